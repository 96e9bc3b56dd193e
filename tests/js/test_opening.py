"""The arithmetic of the landing page's opening: when each part is shown, which dots have settled, how far each picture has come."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.js.node import Engine, running

LONGEST = 6000  # ms


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has the opening loaded."""
    with running("live_map/opening.js", "live_map/live_map.js") as node:
        yield node


@pytest.mark.parametrize("ready", [0, 300, 2000, 2400])
def test_the_parts_follow_each_other_and_end_within_six_seconds(engine: Engine, ready: int) -> None:
    times = list(range(0, LONGEST + 1, 20))
    parts = engine.call("([times, ready]) => times.map((ms) => js.opening.partAt(ms, ready))", [times, ready])
    shown = [part[0] for part in parts if part]
    assert list(dict.fromkeys(shown)) == ["dots", "settle", "unfold", "lift"] and parts[-1] is None
    for name in set(shown):
        shares = [part[1] for part in parts if part and part[0] == name]
        assert shares == sorted(shares) and shares[0] < 0.1 and 0.9 < shares[-1] < 1
    first = next(ms for ms, part in zip(times, parts, strict=True) if part and part[0] == "settle")
    assert first >= ready, "the digit comes before there are weights to draw it"


def test_without_weights_the_map_is_not_kept_waiting(engine: Engine) -> None:
    for ready in (None, 2401, 9000):
        parts = engine.call("(ready) => [0, 2399, 2400, 5000].map((ms) => js.opening.partAt(ms, ready))", ready)
        assert [part and part[0] for part in parts] == ["dots", "dots", None, None]


def test_dots_settle_one_by_one_and_stay(engine: Engine) -> None:
    rng = np.random.default_rng(1)
    chance, means, turns = rng.integers(0, 2, 784), rng.random(784), rng.random(784)
    settle = "([chance, means, turns, share]) => js.opening.settled(chance, means, turns, share, new Array(784).fill(0))"
    before = np.zeros(784, bool)
    for share in (0, 0.3, 0.7, 1):
        dots = np.array(engine.call(settle, [chance.tolist(), means.tolist(), turns.tolist(), share]))
        is_settled = turns < share
        np.testing.assert_array_equal(dots, np.where(is_settled, means, chance))
        assert (is_settled >= before).all()
        before = is_settled
    assert before.all()


def test_pictures_set_out_from_one_point_and_all_arrive(engine: Engine) -> None:
    far = np.linspace(0, 1, 11).tolist()
    ways = np.array(engine.call("(far) => [0, 0.2, 0.5, 0.9, 1].map((share) => far.map((one) => js.opening.wayOf(share, one)))", far))
    assert (ways[0] == 0).all() and (ways[-1] == 1).all()
    assert (np.diff(ways, axis=0) >= 0).all() and (np.diff(ways, axis=1) <= 0).all()


@pytest.mark.parametrize("is_on", [True, False])
def test_the_opening_asks_for_its_next_frame_itself(engine: Engine, is_on: bool) -> None:
    """A pointer that enters without a move ends the wandering, and nothing else asks for frames then."""
    script = """(isOn) => {
        let asked = 0;
        const idle = { task: { isBusy: false } }, { LiveMap } = js.live_map;
        const liveMap = Object.assign(Object.create(LiveMap.prototype), {
            opening: { isOn, draw() {} }, isWandering: false, path: { ...idle }, film: {}, fog: { ...idle },
            drawing: { ...idle, begin() {} }, badge: idle, samples: idle, exact: idle, points: { workers: [] }, layers: {},
            decoder: null, schedule: () => asked++,
        });
        liveMap.frame();
        return asked;
    }"""
    assert engine.call(script, is_on) == int(is_on)
