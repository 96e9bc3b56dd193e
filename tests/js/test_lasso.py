"""A lasso round points of one map selects the same images in all of them; on the live map it encloses them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.components import carrier, linked_maps, point_packets, registry, set_packets
from dashboard.figures.colours import class_colour
from tests.js import page
from tests.js.node import Engine, encoded, running
from vae_core.runs.listing import load_run

MODULES = (
    "linked_maps/linked_maps.js",
    "live_map/input.js",
    "js/canvas/colouring.js",
    "js/canvas/view.js",
    "js/host/store.js",
    "js/host/host.js",
)
# Two maps; a lasso through corners in pixels of the first one.
LASSO = """([packet, data, corners, button]) => {
    if (packet) js.store.keep(oddly(packet));
    const told = [], root = document.createElement("div"), twins = new js.linked_maps.LinkedMaps(root);
    twins.update({ data, bytes: js.host.bytes, trigger: (...what) => told.push(what) });
    drawn();
    const { canvas } = twins.maps[0];
    if (corners.length) {
        twins.choice.use("lasso");
        canvas.point("pointerdown", ...corners[0], 1, button);
        canvas.point("pointermove", 199, 199, 2);
        for (const corner of corners.slice(1)) canvas.point("pointermove", ...corner);
        canvas.point("pointerup");
        drawn();
    }
    const { selected } = twins.colouring;
    const pixels = twins.maps.map((map) => Array.from(map.points.painter.image.data));
    return { told, row: root.dataset.row, selected: selected && Array.from(selected), pixels, said: twins.find("note").textContent ?? "" };
}"""
SIDE = 200


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has maps and as much of a page as they need."""
    with running(*MODULES) as node:
        node.call(page.PAGE)
        yield node


@pytest.fixture
def maps(tiny_root: Path) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Return where two runs have the same images, (N, 2) each, the images' row numbers and their classes."""
    first, second = (load_run(tiny_root, name).latents() for name in ("tiny-2d", "tiny-5d"))
    assert np.array_equal(first.rows, second.rows)
    return [first.mu, second.mu[:, :2]], first.rows, first.labels


class Session:
    """What is chosen of these images in a session, as the maps know it."""

    def __init__(self, rows: np.ndarray, mask: np.ndarray | None) -> None:
        self.rows, self.mask = rows, mask

    def told(self, rows: np.ndarray) -> dict[str, Any]:
        bits = b"" if self.mask is None else np.packbits(self.mask[np.searchsorted(self.rows, rows)]).tobytes()
        n = 0 if self.mask is None else int(self.mask.sum())
        told = {"n": n, "of": len(self.rows), "can_undo": False, "serial": 0, "said": ""}
        return {"choice": told | {"bits": base64.b64encode(bits).decode()}}

    def heard(self, rows: np.ndarray, asked: object) -> None:
        """Nobody asks in these tests: what is told is caught in the browser."""


def sent(
    monkeypatch: pytest.MonkeyPatch, maps: tuple[list[np.ndarray], np.ndarray, np.ndarray], mask: np.ndarray | None = None
) -> tuple[bytes, Any]:
    """Return the packet and the data that linked maps get from Python, where these images are chosen."""
    flats, rows, labels = maps
    got: list[Any] = []
    monkeypatch.setattr(carrier, "carry", lambda _, packet: got.append(packet))
    monkeypatch.setattr(registry, "component", lambda *_: lambda data, **_: got.append(data))
    titles, names = [("one", ""), ("other", "")], list("0123456789")
    linked_maps.show(flats, titles, rows, labels, names, [None, None], sets=Session(rows, mask))
    return got[0], got[1]


def test_maps_of_many_images_are_the_same_maps_in_fewer_bytes(
    engine: Engine, maps: tuple[list[np.ndarray], np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come quantised, and where not all fit some are drawn, which is said; costs are what they are."""
    (one, other), rows, labels = maps
    nats = one[:, 0] * 1000
    monkeypatch.setattr(point_packets, "MANY", 100)
    monkeypatch.setattr(point_packets, "MOST_BYTES", 7 * 200)  # of two maps: 200 images
    got: list[Any] = []
    monkeypatch.setattr(carrier, "carry", lambda _, packet: got.append(packet))
    monkeypatch.setattr(registry, "component", lambda *_: lambda data, **_: got.append(data))
    linked_maps.show([one, other], [("one", ""), ("other", "")], rows, labels, list("0123456789"), [None, nats])
    script = """([packet, data]) => {
        js.store.keep(oddly(packet));
        const twins = new js.linked_maps.LinkedMaps(document.createElement("div"));
        twins.update({ data, bytes: js.host.bytes, trigger() {} });
        const isEarly = twins.flats !== null;
        drawn();
        const { flats, rows, costs } = twins;
        const [places, nats] = [flats.map((flat) => Array.from(flat)), Array.from(costs[1])];
        return { isEarly, flats: places, rows: Array.from(rows), costs: nats, said: twins.said() };
    }"""
    found = engine.call(script, [encoded(got[0]), got[1]])
    assert not found["isEarly"] and len(found["rows"]) == 200 and f"200 of {len(rows):,}" in found["said"]
    at = np.searchsorted(rows, found["rows"])
    assert np.array_equal(rows[at], found["rows"]) and np.allclose(found["costs"], nats[at])
    for flat, whole in zip(found["flats"], (one, other), strict=True):
        assert np.allclose(np.reshape(flat, (-1, 2)), whole[at], atol=np.ptp(whole) / 2**14)


def test_what_is_lassoed_in_one_map_is_marked_in_the_other(
    engine: Engine, maps: tuple[list[np.ndarray], np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    packet, data = sent(monkeypatch, maps)
    flats, rows, labels = maps
    one, other = (SIDE / 2 + flat * [1, -1] * SIDE / 2 / data["reach"] for flat in flats)
    middle = np.median(one, 0)
    low, high = middle - 31.3, middle + 17.7
    corners = [low, (high[0], low[1]), high, (low[0], high[1])]
    found = engine.call(LASSO, [encoded(packet), data, [list(map(float, corner)) for corner in corners]])
    chosen = ((one > low) & (one < high)).all(1)
    assert 10 < chosen.sum() < len(rows) - 10 and not found["said"]
    assert found["selected"] == chosen.astype(int).tolist()
    ((name, asked),) = found["told"]
    assert name == "choice" and (asked["do"], asked["how"], asked["serial"]) == ("lasso", "new", 1)
    mask = set_packets.unpacked(asked["bits"], len(rows))
    assert mask is not None and np.array_equal(mask, chosen)

    # The other map: the last of the selected lies on top in its colour, and what lies away from all of them is faint.
    pixels = np.reshape(found["pixels"][1], (SIDE, SIDE, 4))
    assert labels is not None
    last = np.flatnonzero(chosen)[-1]
    column, row = other[last].astype(int)
    assert "#{:02x}{:02x}{:02x}".format(*pixels[row, column]) == class_colour(labels[last]) and pixels[row, column, 3] == 255
    far = np.abs(other[:, None] - other[chosen]).max(2).min(1) > 5
    on_map = far & (other > 5).all(1) & (other < SIDE - 5).all(1)
    assert on_map.sum() > 10 and not chosen[on_map].any()
    faint = pixels[tuple(other[on_map].astype(int).T[::-1])]
    assert set(faint[:, 3]) <= {0, 56} and (faint[:, 3] == 56).mean() > 0.5  # some lie under the clear edge of others

    # The choice comes back from Python, and a mere press lets go of it.
    _, again = sent(monkeypatch, maps, chosen)
    assert engine.call(LASSO, ["", again, []])["selected"] == found["selected"]
    released = engine.call(LASSO, ["", again, [[3, 3], [4, 4]]])
    assert released["told"] == [["choice", {"do": "nothing", "serial": 1}]] and released["selected"] is None
    other = engine.call(LASSO, ["", again, [list(map(float, corner)) for corner in corners], 2])
    assert not other["told"] and other["selected"] == found["selected"], "only the first button chooses"


LIVE = """(corners) => {
    const enclosed = [], over = document.createElement("canvas"), moves = [];
    const liveMap = {
        find: () => over, guard: (action) => action, leaving: new AbortController(), drawOver() {}, invalidate() {},
        film: {}, layers: {}, isPinned: true, pin() {}, release: () => moves.push("release"), moveTo: (...place) => moves.push(place),
        view: Object.assign(new js.view.View(), { width: 200, height: 200, scale: 10 }), sets: { enclose: (line) => enclosed.push(line) },
    };
    js.input.listen(liveMap);
    over.point("pointerdown", 110, 80);
    over.point("pointerup", 110, 80);
    const draw = (tool, end) => {
        js.input.choose(liveMap, tool);
        over.point("pointerdown", ...corners[0]);
        for (const corner of corners.slice(1)) over.point("pointermove", ...corner);
        over.point(end);
    };
    draw("lasso", "pointercancel");
    over.point("pointerup");
    draw("lasso", "pointerup");
    draw("box", "pointerup");
    const [x, y] = corners[0];
    for (const way of [[], [[x + 2, y - 2]], [corners[1], [x + 1, y]]]) {
        over.point("pointerdown", x, y);
        for (const place of way) over.point("pointermove", ...place);
        over.point("pointerup");
    }
    return { moves, enclosed };
}"""


def test_on_the_live_map_a_press_moves_z_until_the_lasso_or_the_box_is_chosen(engine: Engine) -> None:
    """A line that the browser takes away encloses nothing, and a box ends where the pointer is let go.

    A mere press is neither, nor is one by a hand that trembles, nor a box that was drawn and taken back.
    """
    corners = [[100, 100], [145, 100], [145, 55]]
    found = engine.call(LIVE, corners)
    assert found["moves"] == [[1, 2], "release"]
    assert found["enclosed"] == [[[0, 0], [4.5, 0], [4.5, 4.5]], [[0, 0], [4.5, 0], [4.5, 4.5], [0, 4.5]], None, None, None]
