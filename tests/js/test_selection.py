"""Sets of points: what a polygon holds, and sets as ranges, against brute force."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests.js.node import Engine, running

SETS = st.lists(st.sampled_from([0, 1]), max_size=40)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that knows sets of points."""
    with running("js/engine/selection.js") as node:
        yield node


@given(seed=st.integers(0, 2**32 - 1), corners=st.integers(3, 12))
def test_a_polygon_holds_what_it_goes_round_an_odd_number_of_times(engine: Engine, seed: int, corners: int) -> None:
    """By the angles under which each point sees the edges: their sum is a whole number of turns."""
    rng = np.random.default_rng(seed)
    polygon, points = rng.normal(0, 1, (corners, 2)), rng.normal(0, 1, (60, 2))
    found = engine.call("([polygon, flat]) => Array.from(js.selection.inside(polygon, flat))", [polygon.tolist(), points.ravel().tolist()])
    angles = np.angle((polygon - points[:, None]) @ [1, 1j])
    turned = (np.roll(angles, -1, axis=1) - angles + np.pi) % (2 * np.pi) - np.pi
    turns = turned.sum(1) / (2 * np.pi)
    np.testing.assert_allclose(turns, turns.round(), atol=1e-6)
    assert found == (turns.round().astype(int) % 2).tolist()


@given(chosen=SETS)
def test_ranges_are_the_set_in_order_and_apart(engine: Engine, chosen: list[int]) -> None:
    script = """(set) => {
        const ranges = js.selection.toRanges(Uint8Array.from(set));
        return [ranges, Array.from(js.selection.fromRanges(ranges, set.length))];
    }"""
    ranges, back = engine.call(script, chosen)
    assert back == chosen and [n for first, end in ranges for n in range(first, end)] == [n for n, one in enumerate(chosen) if one]
    assert all(end < first for (_, end), (first, _) in pairwise(ranges)) and all(a < b for a, b in ranges)


@given(pairs=st.lists(st.tuples(st.booleans(), st.integers(0, 255)), max_size=30))
def test_both_and_either(engine: Engine, pairs: list[tuple[bool, int]]) -> None:
    one, other = [int(a) for a, _ in pairs], [b for _, b in pairs]
    script = """(sets) => {
        const [a, b] = sets.map((set) => Uint8Array.from(set));
        return ["and", "or"].map((name) => Array.from(js.selection[name](a, b)));
    }"""
    both, either = engine.call(script, [one, other])
    assert both == [int(bool(a and b)) for a, b in zip(one, other, strict=True)]
    assert either == [int(bool(a or b)) for a, b in zip(one, other, strict=True)]


@given(rows=arrays.arrays(np.int64, st.integers(1, 20), elements=st.integers(0, 50), unique=True), data=st.data())
def test_a_selection_is_of_images_in_whatever_order_their_points_come(engine: Engine, rows: np.ndarray, data: st.DataObject) -> None:
    first, second = (data.draw(st.sets(st.sampled_from(rows.tolist()))) for _ in range(2))
    script = """([rows, sets]) => {
        const numbers = Int32Array.from(rows), selections = sets.map((set) => js.selection.rangesOf(Uint8Array.from(set), numbers));
        const held = (of) => { const set = js.selection.pointsOf(of, numbers); return set && Array.from(set); };
        return [selections, held(selections), held([[[0, 1000]]]), held([]), held(undefined)];
    }"""
    ranges, held, *others = engine.call(script, [rows.tolist(), [[int(row in one) for row in rows] for one in (first, second)]])
    assert [{n for low, end in one for n in range(low, end)} for one in ranges] == [first, second]
    assert held == [int(row in first | second) for row in rows] and others == [[1] * len(rows), None, None]
