"""The fog on the map: its haze, where its air is clear, and when it is computed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.js.node import Engine, running
from tests.js.page import PAGE

# A canvas that keeps what is put on it.
CANVAS = """() => {
    globalThis.OffscreenCanvas = class {
        getContext() {
            return { putImageData: (image) => { this.image = image; } };
        }
    };
}"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has the fog loaded, and as much of a page as it takes."""
    with running("js/engine/haze.js", "js/canvas/fog.js", "js/engine/plane.js", "live_map/fog_layer.js") as node:
        node.call(PAGE)
        node.call(CANVAS)
        yield node


def test_the_haze_joins_itself_and_is_always_the_same(engine: Engine) -> None:
    found = np.array(engine.call("() => Array.from(js.haze.haze(96))")).reshape(96, 96)
    np.testing.assert_array_equal(found.ravel(), engine.call("() => Array.from(js.haze.haze(96))"))
    assert found.min() == 0 and found.max() == 1 and found.std() > 0.1
    for axis in (0, 1):
        inside = abs(np.diff(found, axis=axis)).max()
        assert abs(found.take(0, axis) - found.take(-1, axis)).max() <= inside, "a seam"


TAKE = """([field, side]) => {
    const painter = new js.fog.FogPainter();
    painter.take(Float32Array.from(field), side, 3, (nats) => Math.min(1, Math.max(0, -nats)));
    const { width, height, data } = painter.clearing.image;
    return [width, height, Array.from({ length: width * height }, (_, n) => data[4 * n + 3])];
}"""


def test_the_air_is_clear_where_images_lie_and_whole_fog_stays_whole(engine: Engine) -> None:
    """The haze plays at the edge alone."""
    side = 32
    field = np.where(np.arange(side) < side / 2, 5.0, -5.0)[None].repeat(side, 0)
    width, height, alpha = engine.call(TAKE, [field.ravel().tolist(), side])
    clear = np.array(alpha).reshape(height, width)
    edge = 2 * width // side
    assert (clear[:, : width // 2 - edge] == 255).all() and (clear[:, width // 2 + edge :] == 0).all()
    assert len(np.unique(clear)) > 20
    width, height, alpha = engine.call(TAKE, [field[0].tolist(), side])
    assert height == 1 and alpha[0] == 255 and alpha[-1] == 0, "a map of one dimension has one row"


# A map of five dimensions with a density that counts how many rows of the field it was asked for.
LAYER = """() => {
    const data = { run: "run", has_spread: true, has_prior: true };
    let rows = 0, written = 0;
    const density = {
        *onPlane(plane, z, reach, side, into) {
            for (let row = 0; row < side; row++) {
                into.fill(z[2], row * side, (row + 1) * side);
                rows++;
                yield;
            }
        },
    };
    const liveMap = { data, z: new Float64Array(5), plane: js.plane.Plane.ofAxes(5, 0, 1), planeName: "0,1", reach: 3, isCalm: true };
    Object.assign(liveMap, { host: { bytes: () => undefined }, schedule() {}, invalidate() {}, controls: { update: () => written++ } });
    const opened = () => {
        const layer = new js.fog_layer.FogLayer(liveMap);
        layer.open();
        layer.trust = { density, thickness: (nats) => nats };
        return layer;
    };
    const asked = (layer, change) => {
        rows = 0;
        change();
        layer.request();
        const wasCoarse = layer.isCoarse;
        layer.work(Infinity);
        return [rows, wasCoarse, layer.isSeen, layer.task.isBusy];
    };
    const layer = opened();
    const found = [
        asked(layer, () => {}),
        asked(layer, () => liveMap.z.set([1, -1])),
        asked(layer, () => liveMap.z.set([0, 0, 1])),
        asked(layer, () => liveMap.z.set([0, 0, 0])),
        asked(opened(), () => {}),
    ];
    const reasons = [{}, { has_prior: false }, { has_spread: false, has_prior: false }].map((one) => {
        liveMap.data = { ...data, ...one };
        return layer.reason;
    });
    liveMap.data = data;
    liveMap.host.bytes = () => ({ quantiles: [] });
    return [found, [...reasons, layer.reason], written];
}"""


def test_a_plane_is_computed_once_from_coarse_to_fine_and_kept_for_the_page(engine: Engine) -> None:
    """A move on the plane changes nothing; a move across it does, and the way back is at hand, also for the next page."""
    found, reasons, written = engine.call(LAYER)
    computed, at_hand = [32 + 128, True, True, False], [0, False, True, False]
    assert found == [computed, at_hand, computed, at_hand, at_hand]
    assert reasons == ["", "fog_none_prior", "fog_none_point", "fog_none_few"], "why there is none"
    assert written == 2, "the legend follows the first fog of each page, and no other one"
