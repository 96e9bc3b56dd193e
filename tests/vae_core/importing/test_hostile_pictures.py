"""Whatever is bad about pictures is refused, left out or converted, in one sentence that names file and remedy; nothing is written."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from tests.vae_core.importing.hostile_pictures import CASES
from tests.vae_core.importing.making import GOOD, Case
from vae_core.data.errors import UnusableFile
from vae_core.importing.registry import open_source
from vae_core.importing.source import ImportOptions


def files_in(place: Path) -> set[str]:
    return {str(path) for path in place.rglob("*")}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_answered_in_a_sentence(case: Case, tmp_path: Path) -> None:
    path = case.make(tmp_path)
    before = files_in(tmp_path)
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
        assert survey.n_left_out == len(survey.left_out) == (case.outcome == "left out")
        for line in map(str, survey.said):
            assert_is_sentence(line)
        images = np.concatenate(list(source.blocks()))
        assert images.shape == (survey.count, *survey.shape) and survey.count >= len(GOOD) and images.dtype == survey.dtype
        names = source.table().column("file").to_pylist()
        assert len(names) == survey.count and all(name.isprintable() for name in names)
        assert np.array_equal(source.read(np.arange(survey.count)), images)
        source.close()
    assert files_in(tmp_path) == before


def assert_is_sentence(text: str) -> None:
    assert text.endswith(".") and "\n" not in text and "Traceback" not in text and text.isprintable(), text
