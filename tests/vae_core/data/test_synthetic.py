"""Made pictures and points: what is said to vary in them varies by just so much."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from vae_core.data import sources, synthetic
from vae_core.data.dataset import Dataset


@pytest.fixture(scope="module")
def glyphs() -> Dataset:
    return synthetic.glyphs()


def test_glyphs_are_a_dataset_that_is_the_same_every_time(glyphs: Dataset) -> None:
    assert glyphs.values.shape == (synthetic.COUNT, 28, 28) and glyphs.values.dtype == np.uint8 and glyphs.values.max() > 250
    assert glyphs.sha256 == synthetic.glyphs().sha256
    assert np.bincount(glyphs.labels).tolist() == [synthetic.COUNT // 10] * 10 and glyphs.class_names == tuple(synthetic.LETTERS)
    assert len(np.unique(glyphs.values.reshape(len(glyphs.values), -1), axis=0)) == synthetic.COUNT


def test_factors_fill_their_range_evenly(glyphs: Dataset) -> None:
    turn, height = glyphs.factors[glyphs.labels == 0].T
    for values, low, high in ((turn, -synthetic.TURN, synthetic.TURN), (height, synthetic.SMALLEST, synthetic.LARGEST)):
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
    rows = np.flatnonzero(glyphs.labels == synthetic.LETTERS.index("R"))[::7]
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
    upright = np.flatnonzero((abs(glyphs.factors[:, 0]) < 1.5) & (glyphs.labels == synthetic.LETTERS.index("E")))
    assert len(upright) > 5
    for row in upright:
        ink = glyphs.values[row].astype(float)
        high = ink.max(1).sum() / 255  # partly covered rows count in part
        assert high == pytest.approx(glyphs.factors[row, 1], abs=0.8)


# --------------------------------------------------------------------------- points in the plane


@given(n=st.integers(2, 400))
def test_the_line_spreads_as_the_formula_says(n: int) -> None:
    """The covariance is computed from the points; the formula knows only how many there are."""
    points, facts = synthetic.line(n), synthetic.line_facts(n)
    variances, directions = np.linalg.eigh(np.cov(points.T, bias=True))
    assert variances == pytest.approx([facts["across"], facts["along"]], abs=1e-8 * n * n)
    assert abs(directions[:, 1] @ facts["direction"]) == pytest.approx(1)
    assert points.mean(0) == pytest.approx(facts["mean"]) and len(points) == n


def test_ten_points_spread_sixteen_and_a_half() -> None:
    assert synthetic.line_facts(10)["along"] == 16.5 and synthetic.line_facts(100)["along"] == 1666.5


@pytest.mark.parametrize("name", synthetic.CURVES)
def test_a_curve_is_one_way_without_a_jump(name: str) -> None:
    data = synthetic.curve(name)
    steps = np.linalg.norm(np.diff(data.values, axis=0), axis=1)
    assert data.kind == "points" and data.values.dtype == np.float32 and data.values.shape == (synthetic.POINTS, 2)
    assert steps.min() > 0 and steps.max() < 5 * np.median(steps) and np.abs(data.values).max() <= 1
    assert (np.diff(data.factors[:, 0]) > 0).all() and np.abs(data.factors).max() < 1
    assert data.sha256 == sources.load(name).sha256


@given(t=st.floats(-1, 1))
def test_curves_are_what_their_names_say(t: float) -> None:
    at = np.array([t])
    place = {name: np.array(curve(at))[:, 0] for name, curve in synthetic.CURVES.items()}
    assert place["line"][0] == place["line"][1]
    assert place["parabola"][1] == pytest.approx(1.5 * place["parabola"][0] ** 2 - 0.75)
    assert place["sine"][1] == pytest.approx(0.6 * np.sin(np.pi * place["sine"][0]))
    x, y = place["u"]
    assert (y > 0 and abs(x) == pytest.approx(0.7)) or np.hypot(x, y) == pytest.approx(0.7)
    x, y = place["eight"]
    assert (y / 1.4) ** 2 == pytest.approx(x**2 * (1 - x**2), abs=1e-12)  # Gerono's lemniscate


def test_the_u_is_walked_at_even_speed() -> None:
    steps = np.linalg.norm(np.diff(synthetic.curve("u").values, axis=0), axis=1)
    assert steps.max() / steps.min() < 1.01


def test_only_the_eight_comes_by_one_place_twice() -> None:
    for name in synthetic.CURVES:
        values, t = synthetic.curve(name).values, synthetic.curve(name).factors[:, 0]
        near = np.linalg.norm(values[:, None] - values, axis=2) < 0.02
        assert (abs(t[:, None] - t)[near].max() > 0.5) == (name == "eight")
    crossing = np.stack(synthetic.CURVES["eight"](np.array([-0.5, 0.5])), 1)
    assert crossing == pytest.approx(np.zeros((2, 2)), abs=1e-12)


# --------------------------------------------------------------------------- one glyph


@pytest.mark.parametrize(("name", "half"), [("five", 60.0), ("five-full", 180.0)])
def test_the_five_is_turned_and_scaled_over_its_whole_range(name: str, half: float) -> None:
    data = sources.load(name)
    turn, height = data.factors.T
    assert data.values.shape == (synthetic.FIVES, 28, 28) and data.labels is None
    for values, low, high in ((turn, -half, half), (height, synthetic.SMALLEST, synthetic.LARGEST)):
        counts, _ = np.histogram(values, 20, (low, high))
        assert counts.sum() == synthetic.FIVES and counts.min() > 0.8 * synthetic.FIVES / 20
    assert np.array_equal(data.values[::500], synthetic.turned(data.factors[::500]))


def test_a_five_turned_by_a_half_circle_is_its_mirror_image_twice() -> None:
    for angle, height in ((0.0, 16.0), (45.0, 13.0), (30.0, 16.0), (77.0, 20.0)):
        upright, turned = synthetic.turned(np.array([[angle, height], [angle + 180, height]])).astype(int)
        off, other = abs(upright - turned[::-1, ::-1]).mean(), abs(upright - turned).mean()
        assert other > 10 and off < other / 3  # centring moves whole dots, a quarter of a pixel
        assert off == 0 or angle not in (0, 45)
