"""What points look like by a column: classes in their colours, numbers on a scale, and the pixels that are painted of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from plotly.colors import hex_to_rgb, sequential

from tests.js.node import Engine, running

PALETTE = ["#3f90da", "#ffa90e", "#bd1f01"]
OUTLINE = [255, 255, 255, 220]
# What a page has for pixels, in Node. `painted` gives the pixels (height, width, 4) of points drawn in a colouring.
PAGE = """() => {
    globalThis.ImageData = class {
        constructor(width, height) {
            Object.assign(this, { width, height, data: new Uint8ClampedArray(4 * width * height) });
        }
    };
    globalThis.OffscreenCanvas = class {
        getContext() {
            return { putImageData() {} };
        }
    };
    globalThis.painted = (flat, colouring, width, height, scale) => {
        const view = Object.assign(new js.view.View(), { width, height, scale });
        const painter = new js.points.PointPainter();
        painter.draw({ drawImage() {} }, view, flat, colouring, js.colour.packed("#ffffff", 220));
        return Array.from(painter.image.data);
    };
}"""
COLOUR = """([column, palette, count, hidden]) => {
    const colouring = new js.colouring.Colouring(column, palette, count, new Set(hidden));
    const rgba = Array.from(new Uint8Array(colouring.colours.buffer));
    const names = Array.from(colouring.shown, (_, row) => colouring.nameOf(row) ?? null);
    return { rgba, shown: Array.from(colouring.shown), names, legend: colouring.legend(), isLabelled: colouring.labels !== null };
}"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that can colour points and paint them."""
    with running("js/canvas/colouring.js", "js/canvas/points.js", "js/canvas/view.js", "js/canvas/colour.js") as node:
        node.call(PAGE)
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
