"""Sources as tests open them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

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
