"""A cloud of more points than a frame has time for is drawn bit by bit, and to its end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.js import page
from tests.js.node import Engine, running

MODULES = (
    "live_map/map_points.js",
    "js/canvas/colouring.js",
    "js/canvas/view.js",
    "js/canvas/points.js",
    "js/engine/grid_index.js",
    "js/engine/selection.js",
)
# A map of more points than MANY, two classes on a spiral; `settle` lets frames come as long as they are asked for.
CLOUD = """(zoom) => {
    const count = js.grid_index.MANY + 5000, flat = new Float32Array(2 * count);
    for (let n = 0; n < count; n++) {
        flat[2 * n] = 3 * (n / count) * Math.cos(n);
        flat[2 * n + 1] = 3 * (n / count) * Math.sin(n);
    }
    const column = js.colouring.classColumn(Uint8Array.from({ length: count }, (_, n) => n % 2), ["even", "odd"]);
    const colouring = new js.colouring.Colouring(column, ["#ff0000", "#0000ff"], count);
    const view = Object.assign(new js.view.View(), { width: 200, height: 200, scale: 30 });
    const told = [];
    let isAsked = false, isDirty = true, frames = 0;
    const liveMap = {
        flat, count, mu: flat, z: [0, 0], colouring, view, isCovered: true, inkFirst() {},
        indexes: Int32Array.from({ length: count }, (_, n) => n), sets: { taking: (set) => [told.push(set)] },
        schedule: () => (isAsked = true), invalidate: () => (isDirty = isAsked = true),
    };
    const points = new js.map_points.MapPoints(liveMap);
    const settle = () => {
        while (isAsked && frames++ < 10000) {
            isAsked = false;
            for (const worker of points.workers) if (worker.task.isBusy) worker.work(performance.now());
            if (points.isBusy) isAsked = true;
            if (isDirty) points.draw(anything, view, flat, colouring, -1);
            isDirty = false;
        }
    };
    points.layOut();
    liveMap.invalidate();
    settle();
    const first = points.layer.cloud.picture;
    view.scale *= zoom;
    liveMap.invalidate();
    settle();
    const { picture } = points.layer.cloud, painter = new js.points.PointPainter();
    painter.draw(anything, view, flat, colouring, -1);
    const [ours, theirs] = [points.layer.cloud.painter, painter].map(({ pixels }) => pixels && Array.from(pixels, (pixel) => pixel !== 0));
    const isSame = ours?.every((isInk, n) => isInk === theirs[n]);
    const polygon = [[-1, -1], [1, -1], [1, 1], [-1, 1]];
    points.choose(polygon);
    settle();
    const within = js.selection.inside(polygon, flat);
    const isChosen = told.length === 1 && told[0].every((isIn, n) => isIn === within[n]);
    const at = points.at(view.px(flat[2 * 600]), view.py(flat[2 * 600 + 1]), 6);
    const dense = [first.isDense, picture.isDense];
    return { isChosen, at, frames, isBusy: points.isBusy, dense, scale: picture.view.scale, isSame: isSame ?? null };
}"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has points and as much of a page as they need."""
    with running(*MODULES) as node:
        node.call(page.PAGE)
        yield node


@pytest.mark.parametrize(("zoom", "is_dense"), [(1.1, True), (8, False)])
def test_another_window_gets_its_own_picture_without_another_move(engine: Engine, zoom: float, is_dense: bool) -> None:
    found = engine.call(CLOUD, zoom)
    assert found["frames"] < 1000 and not found["isBusy"], "it waits for a frame that nobody asks for"
    assert found["scale"] == pytest.approx(30 * zoom) and found["dense"] == [True, is_dense]
    assert found["isChosen"] and found["at"] == 600
    assert is_dense or found["isSame"], "near, the same pixels carry points as when all are drawn"
