"""The arithmetic of the story's steps on shapes, as it ships, against numpy and the exact truths: rules of a ring, a circle's numbers,
a bent mat, roads that leave a spot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.js.node import Engine, running
from vae_core.story.steps import magnifier

MODULES = ("story/rules.js", "story/circle_code.js", "story/mat.js", "story/roads.js", "story/steps/magnifier.js")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with running(*MODULES) as node:
        yield node


def moved(engine: Engine, rule: str, dots: np.ndarray) -> np.ndarray:
    return np.array(engine.call("([name, dots]) => dots.map(js.rules.RULES[name])", [rule, dots.tolist()]))


def test_the_ring_s_rule_is_doersch_s_and_its_distances_the_exact_ones(engine: Engine) -> None:
    dots = np.random.default_rng(0).standard_normal((20_000, 2))
    ring = moved(engine, "ring", dots)
    np.testing.assert_allclose(ring, dots / 10 + dots / np.linalg.norm(dots, axis=1, keepdims=True))
    found = engine.call("(places) => js.rules.distances(places)", ring.tolist())
    far = np.linalg.norm(ring, axis=1)
    assert [found["mean"], found["sd"]] == pytest.approx([far.mean(), far.std()])
    assert found["mean"] == pytest.approx(1.12533, abs=4 * 0.0655 / np.sqrt(len(dots)))
    assert found["sd"] == pytest.approx(0.065514, abs=0.0015)
    sides = moved(engine, "ring", np.array([[1e-9, 0.0], [-1e-9, 0.0]]))
    assert np.linalg.norm(sides[0] - sides[1]) == pytest.approx(2)  # it jumps in the middle


def test_each_other_rule_is_what_its_name_says(engine: Engine) -> None:
    dots = np.random.default_rng(1).standard_normal((500, 2))
    back = engine.call("(places) => places.map(js.rules.unbent)", moved(engine, "bend", dots).tolist())
    np.testing.assert_allclose(back, dots, atol=1e-12)
    corner = "([rule, at]) => js.rules.corner(js.rules.RULES[rule], at)"
    assert engine.call(corner, ["crease", [0, 0.3]]) == pytest.approx(90)
    for rule, at in (("crease", [0.5, 0.3]), ("bend", [0, 0.3]), ("wind", [0.2, 0.3])):
        assert engine.call(corner, [rule, at]) == pytest.approx(180, abs=0.01)
    once = moved(engine, "wind", dots)
    np.testing.assert_allclose(once, moved(engine, "wind", dots + np.array([2, 0])), atol=1e-12)  # once round: the same place
    assert engine.call("(dots) => js.rules.rounds(dots)", dots.tolist()) == pytest.approx(np.ptp(dots[:, 0]) / 2)


def test_without_a_cut_two_opposite_places_share_their_number(engine: Engine) -> None:
    """For whatever is pulled; and a decoder of that one number then misses one of the two by the radius at least."""
    script = """(pulls) => {
        const code = (angle) => js.circle_code.unbroken(pulls, angle);
        const angle = js.circle_code.opposites(code);
        return [angle, code(angle), code(angle + Math.PI)];
    }"""
    rng = np.random.default_rng(2)
    for count in (0, 1, 3, 8):
        pulls = [{"at": at, "by": by} for at, by in zip(rng.uniform(0, 7, count), rng.uniform(-2, 2, count), strict=True)]
        angle, one, other = engine.call(script, pulls)
        assert one == pytest.approx(other, abs=1e-12)
        ends = np.array([[np.cos(angle), np.sin(angle)], [-np.cos(angle), -np.sin(angle)]])
        for drawn in rng.standard_normal((20, 2)):
            assert np.linalg.norm(ends - drawn, axis=1).max() >= 1 - 1e-12


def test_from_a_cut_each_place_has_a_number_of_its_own(engine: Engine) -> None:
    angles = np.sort(np.random.default_rng(3).uniform(0, 2 * np.pi, 200)) + 1.3
    found = engine.call("([cut, angles]) => angles.map((angle) => js.circle_code.fromCut(cut, angle))", [1.3, angles.tolist()])
    np.testing.assert_allclose(found, (angles - 1.3) / (2 * np.pi), atol=1e-12)
    sides = engine.call("(cut) => [cut - 1e-9, cut + 1e-9].map((angle) => js.circle_code.fromCut(cut, angle))", 1.3)
    assert sides == pytest.approx([1, 0], abs=1e-6)


def pulled(rng: np.random.Generator, count: int) -> list[dict[str, float]]:
    return [{"u": u, "v": v, "by": by} for u, v, by in zip(*rng.uniform(-0.7, 0.7, (3, count)), strict=True)]


def test_the_bump_of_a_smooth_mat_shrinks_with_the_square_of_its_side_wherever_and_however_it_is_bent(engine: Engine) -> None:
    """Measured against the plane; and near enough it is what numpy's curvature of the same mat says."""
    script = """([pulls, place, half]) => {
        const height = js.mat.soft(pulls);
        const measured = (scale) => js.mat.bump(height, place, half / scale).size;
        const told = js.mat.curved(pulls, place, half);
        return [js.mat.power(height, place, half), measured(1) / measured(2), measured(1), told, height(...place)];
    }"""
    rng = np.random.default_rng(4)
    for _ in range(60):
        pulls, place, half = pulled(rng, rng.integers(1, 7)), rng.uniform(-0.8, 0.8, 2), 0.4 / 64
        power, ratio, measured, told, height = engine.call(script, [pulls, place.tolist(), half])
        assert power == pytest.approx(2, abs=0.05) and ratio == pytest.approx(4, rel=0.1)
        assert measured == pytest.approx(told, rel=0.1)

        def mat(u: np.ndarray, v: np.ndarray, pulls: list[dict[str, float]] = pulls) -> np.ndarray:
            return sum(p["by"] * np.exp(-((u - p["u"]) ** 2 + (v - p["v"]) ** 2) / (2 * 0.42**2)) for p in pulls)

        assert height == pytest.approx(mat(*place))
        u, v = (place[:, None, None] + np.stack(np.meshgrid(*[np.linspace(-half, half, 9)] * 2, indexing="ij"))).astype(np.float64)
        step = 1e-5
        slopes = [(mat(*(place + d)) - mat(*(place - d))) / (2 * step) for d in step * np.eye(2)]
        off = mat(u, v) - height - slopes[0] * (u - place[0]) - slopes[1] * (v - place[1])
        assert measured == pytest.approx(np.abs(off).max() / np.sqrt(1 + np.square(slopes).sum()), rel=1e-4)


def test_a_folded_mat_is_exactly_flat_but_on_its_folds_and_there_the_bump_keeps_its_share(engine: Engine) -> None:
    script = """([pulls, place]) => {
        const height = js.mat.folded(pulls);
        const sizes = [0.2, 0.1].map((half) => js.mat.bump(height, place, half).size);
        return [js.mat.power(height, place, 0.4), ...sizes, js.mat.bump(height, place, 1e-4).size];
    }"""
    pull = {"u": 0.1, "v": -0.2, "by": 0.5}
    for on in ([0.1, -0.2], [0.1, 0.1], [0.4, -0.2]):  # its top and its ridges
        power, wide, narrow, finest = engine.call(script, [[pull], on])
        assert power == pytest.approx(1, abs=1e-6) and wide / narrow == pytest.approx(2) and finest > 0
    power, _, _, finest = engine.call(script, [[pull], [0.35, 0.05]])
    assert power is None and finest == 0
    for tapped in ([0.14, 0.1], [0.4, -0.23], [0.12, -0.18], [0.55, 0.24]):  # near two ridges, the top, the foot
        onto = engine.call("([pulls, place]) => js.mat.ontoFold(pulls, place, 0.07)", [[pull], tapped])
        assert engine.call(script, [[pull], onto])[0] == pytest.approx(1, abs=1e-6) and np.abs(np.subtract(onto, tapped)).max() < 0.07
    assert engine.call("([pulls, place]) => js.mat.ontoFold(pulls, place, 0.07)", [[pull], [0.35, 0.05]]) == [0.35, 0.05]


def arc(turn: float, length: float = 0.9, at: tuple[float, float] = (0, 0)) -> list[list[float]]:
    """Return a straight stroke from a place into a direction in degrees."""
    way = np.linspace(0, length, 40)[:, None] * [np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))]
    return (way + np.array(at)).tolist()


def through(turn: float) -> list[list[float]]:
    return arc(turn + 180)[::-1] + arc(turn)[1:]


def counted(engine: Engine, strokes: list[list[list[float]]], at: tuple[float, float]) -> int:
    script = "([strokes, at]) => js.roads.spotAt(strokes, js.roads.oddSpots(strokes), at).roads.length"
    return int(engine.call(script, [strokes, at]))


@pytest.mark.parametrize(
    ("strokes", "at", "roads"),
    [
        ([through(30)], (0.03, 0), 2),
        ([through(30)], (0.9, 0.45), 1),
        ([arc(0), arc(60)], (0, 0), 2),  # a corner is a manifold, and a narrow crossing is none
        ([through(0), through(20)], (0.02, 0.03), 4),
        ([through(0), through(20)], (0.6, 0), 2),
        ([through(0), arc(90)], (0, 0), 3),
        ([through(0), arc(90, at=(0, 0.02))], (0, 0), 3),  # a line that ends a hair before another
        ([through(0), arc(90, 0.9, (0, -0.05))], (0, 0), 3),  # or a hair behind it
        ([arc(0), arc(72), arc(144), arc(216), arc(288)], (0, 0), 5),
        ([through(0), np.add(through(0), [0, 0.06]).tolist()], (0, 0), 2),  # beside one another, and they do not touch
        ([arc(0, 0.1)], (0.05, 0), 1),
    ],
)
def test_roads_that_leave_a_spot_are_counted(engine: Engine, strokes: list[list[list[float]]], at: tuple[float, float], roads: int) -> None:
    assert counted(engine, strokes, at) == roads


def test_the_odd_spots_of_each_drawing_come_to_its_pieces_less_its_loops(engine: Engine) -> None:
    """Drawn exactly, and by a hand that trembles: the picture in which they are counted knows nothing of roads."""
    script = "(strokes) => js.roads.oddSpots(strokes).reduce((sum, spot) => sum + (2 - spot.count) / 2, 0)"
    drawings = engine.call("() => js.roads.SHAPES")
    rng = np.random.default_rng(5)
    for name, points in magnifier.curves().items():
        np.testing.assert_allclose([min(np.linalg.norm(points - place, axis=1)) for place in drawings[name][0]], 0, atol=0.01)
        truth = magnifier.pieces_less_loops(points)
        assert engine.call(script, drawings[name]) == truth
        for _ in range(10):
            few = points[np.linspace(0, len(points) - 1, 100).astype(int)]
            shaken = few + 0.004 * rng.standard_normal(few.shape)
            assert engine.call(script, [shaken.tolist()]) == truth, name


SAID = """([strokes, pen, at]) => {
    const told = [];
    const stage = { number: (_, key) => told.push(key), say: (...said) => told.push(...said), theory() {} };
    const own = { stage, shape: "own", strokes, pen, odd: js.roads.oddSpots(strokes) };
    const step = Object.assign(Object.create(js.magnifier.MagnifierStep.prototype), own);
    step.write(at && js.roads.spotAt(strokes, step.odd, at));
    return told;
}"""


def ring(radius: float) -> list[list[float]]:
    """Return a closed circle."""
    angle = np.linspace(0, 2 * np.pi, 60)
    return [[float(x), float(y)] for x, y in zip(radius * np.cos(angle), radius * np.sin(angle), strict=True)]


@pytest.mark.parametrize(
    ("strokes", "pen", "at", "told"),
    [
        ([], None, None, ["meaning_empty", "said_empty"]),
        ([], [[0.0, 0.0]], None, ["meaning_drawing", "said_empty"]),
        ([ring(0.7)], None, None, ["meaning_drawing", "said_empty"]),
        ([ring(0.7)], None, [0.7, 0.0], ["meaning_line", "said_none"]),
        ([ring(0.05)], None, [0.0, 0.0], ["meaning_alone", None]),
        ([ring(0.7), [[0.0, 0.0], [0.7, 0.0]]], None, [0.7, 0.0], ["meaning_crossing", "said_odd", {"ends": 1, "crossings": 1}]),
    ],
)
def test_what_is_said_of_a_drawing_is_true_of_it(engine: Engine, strokes: Any, pen: Any, at: Any, told: list[Any]) -> None:
    """Nothing is called empty that has a stroke, and nothing a crossing that no road leaves."""
    assert engine.call(SAID, [strokes, pen, at]) == told
