"""What the story's steps show and say, each in a state made for it: where the ring is, what has landed, what there is to do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.i18n.texts import LANGUAGES, in_language, t
from tests.js.node import Engine, running

MODULES = ("story/steps/aim.js", "story/steps/halves.js", "story/steps/strict.js", "story/drawing.js", "story/map.js")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has the steps loaded."""
    with running(*MODULES) as node:
        yield node


POINTED = """([reach, window, x, y]) => {
    const listeners = {};
    const canvas = {
        width: 800, height: 800, getContext: () => ({}), setAttribute() {},
        addEventListener: (name, action) => (listeners[name] = action),
        getBoundingClientRect: () => ({ left: 10, top: 20, width: 400, height: 400 }),
    };
    const map = new js.map.StoryMap({ guard: (action) => action }, canvas, reach, () => {});
    map.view.resize(800, 800, 2);
    map.window = window;
    map.view.fit(window, false);
    listeners.pointermove({ clientX: 10 + x, clientY: 20 + y });
    return [map.view.px(map.a) / 2, map.view.py(map.b) / 2];
}"""


@pytest.mark.parametrize("window", [3.3, 3.77, 58.8])
def test_the_ring_is_under_the_pointer_however_far_the_map_is_seen(engine: Engine, window: float) -> None:
    assert engine.call(POINTED, [3.3, window, 206, 193]) == pytest.approx((206, 193))
    edge = 200 * 3.3 / window
    assert engine.call(POINTED, [3.3, window, 400, 0]) == pytest.approx((200 + edge, 200 - edge))  # it stays on the map


@pytest.mark.parametrize(("found", "hit"), [(0.9965, 99), (0.29, 29), (0.57, 57), (0.0, 0), (1.0, 100)])
def test_a_share_that_is_not_quite_all_is_not_told_as_all(engine: Engine, found: float, hit: int) -> None:
    assert engine.call("(found) => js.strict.hitOf(found)", found) == hit


LEFT = """(thrown) => {
    globalThis.cancelAnimationFrame ??= () => {};
    const tray = Array.from({ length: 5 }, () => ({ show() {}, canvas: { style: { visibility: "hidden" } } }));
    const darts = Array.from({ length: 100 }, (_, n) => [n, n, false]);
    const blind = { darts, thrown, tray, canvas: {}, map: { darts: darts.slice(0, thrown), draw() {} } };
    const sides = { blind, aimed: { darts: [], thrown: 0 } };
    Object.assign(Object.create(js.aim.AimStep.prototype), { sides, decoder: { decode: (place) => place } }).leave();
    return [blind.map.darts.length, tray.filter(({ canvas }) => !canvas.style.visibility).length];
}"""


def test_darts_in_the_air_land_when_something_else_begins(engine: Engine) -> None:
    """The number counts all hundred, and of every twentieth stands the picture."""
    assert engine.call(LEFT, 0) == [100, 5]


RESTED = """() => {
    globalThis.cancelAnimationFrame ??= () => {};
    const seen = [];
    const pad = { paint: () => seen.push("pad") };
    const step = Object.assign(Object.create(js.drawing.DrawingStep.prototype), { pad, encode: () => seen.push("machine"), pending: 7 });
    step.leave();
    step.leave();
    return seen;
}"""


def test_the_end_of_a_fast_stroke_is_shown_when_its_frame_is_called_off(engine: Engine) -> None:
    assert engine.call(RESTED) == ["pad", "machine"]


def test_nothing_is_to_be_watched_where_nothing_moves(engine: Engine) -> None:
    call = "(state) => Object.assign(Object.create(js.halves.HalvesStep.prototype), state).task"
    states = [{"round": n, "chosen": chosen, "stage": {"isStill": still}} for n, chosen, still in
              ((0, None, True), (1, None, True), (1, 0, True), (2, 0, False), (2, 0, True))]  # fmt: skip
    tasks = [engine.call(call, state) for state in states]
    assert tasks == ["do", "do_16", "do_after", "do_last", "do_last_still"]
    for language in LANGUAGES:
        with in_language(language):
            assert len({t(f"story.halves.{task}") for task in tasks}) == len(tasks)
