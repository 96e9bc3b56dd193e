"""Sources as tests open them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.vae_core.importing.making import Case
from vae_core.data.errors import UnusableFile
from vae_core.importing.registry import open_source
from vae_core.importing.source import ImageSource, ImportOptions, Survey


def opened(path: Path, **options: Any) -> ImageSource:
    return open_source(path, ImportOptions(**options))


def everything(source: ImageSource) -> tuple[Survey, np.ndarray]:
    """Return the survey and all images, which are the same whether they are read in order or by row, and in whichever order."""
    survey = source.survey()
    images = np.concatenate(list(source.blocks()))
    assert images.shape == (survey.count, *survey.shape) and images.dtype == survey.dtype
    rows = np.random.default_rng(0).permutation(survey.count)
    assert np.array_equal(source.read(rows), images[rows])
    assert source.table().num_rows == survey.count
    source.close()
    return survey, images


def classes(survey: Survey) -> list[str]:
    """Return the name of each image's class."""
    assert survey.labels is not None
    return [survey.class_names[label] for label in survey.labels]


def assert_is_answered(case: Case, folder: Path) -> None:
    """Import what a case makes in an empty folder, and hold the answer to its outcome and to one sentence; nothing else is written."""
    path = case.make(folder)
    before = files_in(folder)
    if case.outcome == "refused":
        with pytest.raises(UnusableFile) as refused:
            open_source(path, ImportOptions(**case.options)).survey()
        assert_is_sentence(str(refused.value))
        assert re.search(case.says, str(refused.value)), str(refused.value)
    else:
        source = open_source(path, ImportOptions(**case.options))
        survey = source.survey()
        lines = [f"{name} {why}" for name, why in survey.left_out] if case.outcome == "left out" else list(map(str, survey.said))
        assert any(re.search(case.says, line) for line in lines), lines
        assert survey.n_left_out == (case.outcome == "left out")
        for line in map(str, survey.said):
            assert_is_sentence(line)
        images, table = np.concatenate(list(source.blocks())), source.table()
        assert images.shape == (survey.count, *survey.shape) and images.dtype == survey.dtype and survey.count >= 4
        assert table.num_rows == survey.count and np.array_equal(source.read(np.arange(survey.count)), images)
        assert "file" not in table.column_names or all(name.isprintable() for name in table.column("file").to_pylist())
        source.close()
    assert files_in(folder) == before


def files_in(folder: Path) -> set[str]:
    """Return everything below a folder."""
    return {str(path) for path in folder.rglob("*")}


def assert_is_sentence(text: str) -> None:
    """Hold a text to one line that ends as a sentence does."""
    assert text.endswith(".") and "\n" not in text and "Traceback" not in text and text.isprintable(), text
