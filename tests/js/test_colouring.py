"""What points look like by a column: classes in their colours, numbers on a scale, and the pixels that are painted of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plotly.colors import hex_to_rgb, sequential

from dashboard.components import run_packets
from dashboard.figures.colours import CLASSES
from tests.dashboard.figures import hues
from tests.js import page
from tests.js.node import Engine, encoded, running
from vae_core.evaluation import paired
from vae_core.runs.listing import load_run

PALETTE = ["#3f90da", "#ffa90e", "#bd1f01"]
MODULES = (
    *(f"js/canvas/{name}.js" for name in ("colouring", "points", "view", "colour")),
    *(f"live_map/{name}.js" for name in ("packets", "ground", "toolbar")),
    "js/host/host.js",
    "js/host/store.js",
)
OUTLINE = [255, 255, 255, 220]
COLOUR = """([column, palette, count, hidden]) => {
    const colouring = new js.colouring.Colouring(column, palette, count, new Set(hidden));
    const rgba = Array.from(new Uint8Array(colouring.colours.buffer));
    const names = Array.from(colouring.shown, (_, row) => colouring.nameOf(row) ?? null);
    return { rgba, shown: Array.from(colouring.shown), names, legend: colouring.legend(), isLabelled: colouring.labels !== null };
}"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that can colour points and paint them."""
    with running(*MODULES) as node:
        node.call(page.PAGE)
        yield node


def coloured(engine: Engine, column: dict[str, Any], count: int, hidden: tuple[int, ...] = ()) -> dict[str, Any]:
    """Return what a colouring says of its points; their colours as (count, 4)."""
    found = engine.call(COLOUR, [{"name": "one", "categories": [], "unit": "", **column}, PALETTE, count, list(hidden)])
    return found | {"rgba": np.reshape(found["rgba"], (-1, 4))}


def test_each_class_has_its_colour_and_may_be_switched_off(engine: Engine) -> None:
    labels = [2, 0, 1, 1]
    found = coloured(engine, {"kind": "category", "values": labels, "categories": ["zero", "one", "two"]}, 4, hidden=(1,))
    assert found["rgba"].tolist() == [[*hex_to_rgb(PALETTE[label]), 255] for label in labels]
    assert found["shown"] == [1, 1, 0, 0] and found["names"] == ["two", "zero", "one", "one"] and found["isLabelled"]
    assert [(row["name"], row["colour"], row["isShown"]) for row in found["legend"]] == [
        ("zero", PALETTE[0], True), ("one", PALETTE[1], False), ("two", PALETTE[2], True),
    ]  # fmt: skip


def test_points_without_a_class_have_the_first_colour_and_no_name(engine: Engine) -> None:
    found = coloured(engine, {"kind": "category", "values": None, "categories": ["zero"]}, 3)
    assert found["rgba"].tolist() == [[*hex_to_rgb(PALETTE[0]), 255]] * 3
    assert found["shown"] == [1, 1, 1] and found["names"] == [None] * 3 and not found["isLabelled"]


def test_numbers_lie_on_an_even_scale_between_their_two_ends(engine: Engine) -> None:
    values = np.concatenate([[80.0, 200.0], np.random.default_rng(0).uniform(80, 200, 50)])
    found = coloured(engine, {"kind": "number", "values": values.tolist(), "unit": "nats"}, len(values))
    stops = np.array([hex_to_rgb(colour) for colour in sequential.Cividis])
    share = (values - 80) / 120 * (len(stops) - 1)
    expected = np.stack([np.interp(share, np.arange(len(stops)), stops[:, channel]) for channel in range(3)], 1)
    np.testing.assert_allclose(found["rgba"][:, :3], expected, atol=0.51)
    assert (found["rgba"][:, 3] == 255).all() and found["shown"] == [1] * len(values) and not found["isLabelled"]
    assert [row["name"] for row in found["legend"]] == ["80.0 nats", "200 nats"] == found["names"][:2]
    assert [row["colour"] for row in found["legend"]] == [colour.lower() for colour in (sequential.Cividis[0], sequential.Cividis[-1])]


def test_one_number_alone_and_none_at_all_are_no_reason_to_fail(engine: Engine) -> None:
    found = coloured(engine, {"kind": "number", "values": [None, 5.0, 5.0]}, 3)
    assert found["shown"] == [0, 1, 1] and [row["name"] for row in found["legend"]] == ["5.00", "5.00"]


def test_points_are_squares_of_their_colour_in_an_outline(engine: Engine) -> None:
    """At 10 pixels per unit two points lie well inside of 40 x 30 pixels; the third is switched off, the fourth lies outside."""
    column = {"name": "class", "kind": "category", "values": [0, 1, 2, 0], "categories": ["a", "b", "c"], "unit": ""}
    draw = """([column, palette, flat]) => {
        const colouring = new js.colouring.Colouring(column, palette, 4);
        colouring.toggle(2);
        return painted(flat, colouring, 40, 30, 10);
    }"""
    pixels = np.reshape(engine.call(draw, [column, PALETTE, [-1, 0.5, 1, -0.5, 0, 0, 9, 9]]), (30, 40, 4))
    expected = np.zeros_like(pixels)
    for x, y, colour in ((30, 20, PALETTE[1]), (10, 10, PALETTE[0])):
        left, top = round(x - 1.5 + 1e-9), round(y - 1.5 + 1e-9)  # three pixels wide
        expected[top - 1 : top + 4, left - 1 : left + 4] = OUTLINE
        expected[top : top + 3, left : left + 3] = [*hex_to_rgb(colour), 255]
    np.testing.assert_array_equal(pixels, expected)


# A map that has its weights already takes the packet of a column, and draws its ground into a context that only says yes.
MAP = """([packet, data, flat]) => {
    const legend = [];
    js.store.keep(oddly(packet));
    const count = flat.length / 2, labels = new Int32Array(count);
    const points = Object.assign(new js.points.PointPainter(), { take: () => [...js.packets.arrive(liveMap)] });
    const liveMap = {
        data, host: js.host, count, labels, flat: Float32Array.from(flat), places: null, first: true, decoder: {}, mu: [], laidOut: 0,
        colouring: new js.colouring.Colouring(js.colouring.classColumn(labels, data.names), data.colours, count),
        layers: { points: true }, plane: { v: [0, 1] }, theme: {}, outline: js.colour.packed("#ffffff", 220), ground: anything,
        view: Object.assign(new js.view.View(), { width: 400, height: 400, scale: 50 }), points,
        film: {}, drawing: {}, sets: { choice: null, receive() {}, draw() {}, name() {} },
        setup: { hidden: new Set() }, planeName: "0,1", restartMosaic() { this.laidOut++; }, invalidate() {},
    };
    const find = () => ({ replaceChildren: (...parts) => legend.push(parts.map((part) => part.className ?? part)) });
    liveMap.toolbar = { liveMap, find, buildLegend: js.toolbar.Toolbar.prototype.buildLegend };
    for (let n = 0; n < 2; n++) js.packets.pickUp(liveMap);
    js.ground.drawGround(liveMap);
    const names = [0, 1].map((row) => liveMap.colouring.nameOf(row));
    return { pixels: Array.from(liveMap.points.image.data), legend, names, laidOut: liveMap.laidOut };
}"""


def test_a_map_can_be_coloured_by_what_each_image_costs(engine: Engine, tiny_root: Path, tmp_path: Path) -> None:
    """The negative ELBO of a run's test images, from its files to the pixels of the map."""
    shutil.copytree(tiny_root / "tiny-2d", tmp_path / "tiny-2d")
    run = load_run(tmp_path, "tiny-2d")
    paired.store_costs(run, paired.compute_costs(run))
    cost = next(column for column in run.columns() if column.name == "negative_elbo")
    data = run_packets.map_data(run, run_packets.run_facts(run, run.latents()), {}, column=cost.name)
    flat = np.random.default_rng(1).permutation([(x, y) for x in np.linspace(-3.5, 3.5, 30) for y in np.linspace(-3.5, 3.5, 30)])
    flat = flat[: len(cost.values)]  # a place of its own for each image, so that no point hides another one
    assert len(flat) == len(cost.values)
    found = engine.call(MAP, [encoded(run_packets.column_packet(run, cost)), data, flat.ravel().tolist()])
    low, high = cost.values.min(), cost.values.max()
    assert found["laidOut"] == 1 and all(name.endswith(" nats") for name in found["names"])
    assert [len(parts) for parts in found["legend"]] == [3] and found["legend"][0][1] == "ll-scale"
    assert [float(found["legend"][0][end].split()[0]) for end in (0, 2)] == pytest.approx([low, high], rel=0.01)
    stops = np.array([hex_to_rgb(colour) for colour in sequential.Cividis])
    share = (cost.values - low) / (high - low) * (len(stops) - 1)
    expected = np.stack([np.interp(share, np.arange(len(stops)), stops[:, channel]) for channel in range(3)], 1)
    x, y = (np.floor(200 + sign * 50 * side).astype(int) for sign, side in zip((1, -1), flat.T, strict=True))
    painted = np.reshape(found["pixels"], (400, 400, 4))[y, x]
    np.testing.assert_allclose(painted[:, :3], expected, atol=0.75)
    assert (painted[:, 3] == 255).all()


@pytest.mark.parametrize(("ground", "text", "least"), [("#ffffff", "#22262a", 2.3), ("#14171a", "#e8eaed", 4.3)])
def test_thin_strokes_of_every_class_are_seen_on_both_grounds(engine: Engine, ground: str, text: str, least: float) -> None:
    strokes = engine.call("([hexes, text]) => hexes.map((hex) => js.colour.strokeOf(hex, text))", [list(CLASSES), text])
    contrast = hues.contrasts(hues.light_of([f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in strokes]), ground)
    assert contrast.min() > least
    assert (contrast > hues.contrasts(hues.light_of(list(CLASSES)), ground)).all()
