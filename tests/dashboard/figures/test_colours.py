"""The colours of the classes: told apart by everybody, seen on both grounds, never grey, olive or brown."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.figures.colours import CLASSES
from tests.dashboard.figures import hues

PETROFF = ("#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd")


@pytest.mark.parametrize(("sight", "least"), [("normal", 0.17), ("protan", 0.085), ("deutan", 0.085), ("tritan", 0.09)])
def test_classes_are_told_apart(sight: str, least: float) -> None:
    pairs = np.triu_indices(len(CLASSES), 1)
    far = hues.distances(hues.light_of(list(CLASSES)), sight)[pairs].min()
    assert far > least
    # Petroff (2021) is the best known sequence of ten.
    assert far > hues.distances(hues.light_of(list(PETROFF)), sight)[pairs].min()


def test_no_class_is_grey_olive_or_brown() -> None:
    assert hues.is_allowed(hues.light_of(list(CLASSES))).all()
    assert not hues.is_allowed(hues.light_of([PETROFF[3], PETROFF[7], PETROFF[5], PETROFF[8]])).any()


def test_no_three_classes_crowd_in_one_hue() -> None:
    assert hues.crowding(hues.lightness_chroma_hue(hues.light_of(list(CLASSES)))[2]) > hues.CROWD - 2  # rounded to 8 bits


def test_the_computation_knows_what_is_published() -> None:
    white, red = hues.oklab(hues.light_of(["#ffffff", "#ff0000"]))  # Ottosson's values
    np.testing.assert_allclose(white, [1, 0, 0], atol=1e-3)
    np.testing.assert_allclose(red, [0.628, 0.225, 0.126], atol=1e-3)
    assert hues.contrasts(hues.light_of(["#000000"]), "#ffffff")[0] == pytest.approx(21)
