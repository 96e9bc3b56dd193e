"""The arithmetic of the story's steps, as it ships: the glyph that a viewer turns, principal axes and folds, against Pillow and numpy."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from tests.js.node import Engine, running
from vae_core.data import synthetic

MODULES = ("story/steps/turn.js", "js/engine/principal_axis.js")
GLYPH = """([data, shape, factors, side, finer]) =>
    factors.map(([angle, height]) => Array.from(js.turn.turnedGlyph({ data: Uint8Array.from(data), shape }, angle, height, side, finer)))"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has a step loaded, and the arithmetic of another."""
    with running(*MODULES) as node:
        yield node


def test_the_glyph_is_turned_as_the_machine_saw_it(engine: Engine) -> None:
    factors = np.array([[0, 11], [20, 16], [-60, 20], [133.7, 13.3], [180, 18.2], [-90, 11.05], [360, 14]])
    glyph = synthetic.five()
    found = engine.call(GLYPH, [glyph.ravel().tolist(), glyph.shape, factors.tolist(), synthetic.SIDE, synthetic.FINER])
    expected = synthetic.turned(factors).reshape(len(factors), -1).astype(int)
    assert np.abs(np.array(found) - expected).max() <= 2  # grey levels of 255
    assert np.abs(expected[1] - expected[2]).max() > 100


def test_principal_axes_are_those_of_numpy(engine: Engine) -> None:
    rng = np.random.default_rng(0)
    clouds = [rng.standard_normal((50, 2)) @ rng.standard_normal((2, 2)) + rng.standard_normal(2) for _ in range(20)]
    clouds += [synthetic.line(10), synthetic.line(2) * [1, -1], np.array([[0.0, 1.0], [0.0, 4.0], [0.0, 2.0]])]
    told = engine.call(
        "(clouds) => clouds.map((points) => js.principal_axis.principalAxis(points))", [points.tolist() for points in clouds]
    )
    for points, found in zip(clouds, told, strict=True):
        variances, directions = np.linalg.eigh(np.cov(points.T, bias=True))
        assert [found["across"], found["along"]] == pytest.approx(variances, abs=1e-9)
        assert abs(np.dot(found["axis"], directions[:, 1])) == pytest.approx(1)
        assert found["mean"] == pytest.approx(points.mean(0))


@pytest.mark.parametrize(("turns", "folds"), [(0.4, 0), (1.0, 1), (2.0, 2), (3.5, 3)])
def test_a_line_that_turns_back_is_found_out(engine: Engine, turns: float, folds: int) -> None:
    """A cosine over so many half waves turns back at each whole one inside, seen along its height; along its length never."""
    x = np.linspace(0.02, turns + 0.3, 200)
    points = np.stack([x, np.cos(math.pi * x)], 1).tolist()
    call = "([points, along]) => js.principal_axis.foldsAlong(points, along, 0.1)"
    found = engine.call(call, [points, [0, 1]])
    assert len(found) == folds and x[found] == pytest.approx(np.arange(1, folds + 1), abs=0.02)
    assert engine.call(call, [points, [1, 0]]) == []
