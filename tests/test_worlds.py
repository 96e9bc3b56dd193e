"""Made pictures: what is said to vary in them varies by just so much."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from vae_core import worlds
from vae_core.datasets import Dataset


@pytest.fixture(scope="module")
def glyphs() -> Dataset:
    return Dataset(**worlds.glyphs())


def test_glyphs_are_a_dataset_that_is_the_same_every_time(glyphs: Dataset) -> None:
    assert glyphs.values.shape == (worlds.COUNT, 28, 28) and glyphs.values.dtype == np.uint8 and glyphs.values.max() > 250
    assert glyphs.sha256 == Dataset(**worlds.glyphs()).sha256
    assert np.bincount(glyphs.labels).tolist() == [worlds.COUNT // 10] * 10 and glyphs.class_names == tuple(worlds.LETTERS)
    assert len(np.unique(glyphs.values.reshape(len(glyphs.values), -1), axis=0)) == worlds.COUNT


def test_factors_fill_their_range_evenly(glyphs: Dataset) -> None:
    turn, height = glyphs.factors[glyphs.labels == 0].T
    for values, low, high in ((turn, -worlds.TURN, worlds.TURN), (height, worlds.SMALLEST, worlds.LARGEST)):
        counts, _ = np.histogram(values, 10, (low, high))
        assert counts.sum() == len(values) and counts.min() > 0.8 * len(values) / 10
    assert abs(np.corrcoef(turn, height)[0, 1]) < 0.03


def test_every_letter_stands_whole_in_the_middle(glyphs: Dataset) -> None:
    for image in glyphs.values:
        rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
        for places in (rows, columns):
            assert places[0] > 0 and places[-1] < 27
            assert abs(places[0] + places[-1] - 27) <= 1


def test_turned_back_and_scaled_all_pictures_of_a_letter_are_one(glyphs: Dataset) -> None:
    """Undo the stated factors and compare; with the turn the other way round, or without it, they differ."""
    rows = np.flatnonzero(glyphs.labels == worlds.LETTERS.index("R"))[::7]
    as_said, not_at_all, the_other_way = (
        spread([undone(glyphs.values[row], sign * glyphs.factors[row, 0], glyphs.factors[row, 1]) for row in rows]) for sign in (1, 0, -1)
    )
    assert as_said < 0.5 * min(not_at_all, the_other_way)


def undone(image: np.ndarray, turn: float, height: float) -> np.ndarray:
    """Return the picture turned clockwise by `turn` degrees and brought to a height of 16, about its centre of mass."""
    upright = ndimage.rotate(image / 255, -turn, reshape=False, order=1)
    centre, scale = np.array(ndimage.center_of_mass(upright)), height / 16
    return ndimage.affine_transform(upright, np.eye(2) * scale, offset=centre - 13.5 * scale, order=1)


def spread(pictures: list[np.ndarray]) -> float:
    """Return how far pictures lie from their mean."""
    return float(abs(np.array(pictures) - np.mean(pictures, 0)).mean())


def test_heights_are_those_of_upright_letters(glyphs: Dataset) -> None:
    upright = np.flatnonzero((abs(glyphs.factors[:, 0]) < 1.5) & (glyphs.labels == worlds.LETTERS.index("E")))
    assert len(upright) > 5
    for row in upright:
        ink = glyphs.values[row].astype(float)
        high = ink.max(1).sum() / 255  # partly covered rows count in part
        assert high == pytest.approx(glyphs.factors[row, 1], abs=0.8)
