"""The ink on the pad, as it ships: framed as the data are, dark or light, against numpy and the data themselves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from dashboard.i18n.texts import t
from tests.js import page
from tests.js.node import Engine, encoded, running
from vae_core.data import sources, synthetic
from vae_core.data.binarisation import binarise

MODULES = ("js/engine/ink.js", "js/canvas/pad.js")
# A picture (tall, wide) lies on an otherwise empty pad, each pixel so many dots large, its corner at (left, top).
FRAME = """([dataset, pad, height, width, drawings]) => drawings.map(({ pixels, tall, wide, left, top, times }) => {
    const ink = new js.ink.Ink(pad, pad), bytes = oddly(pixels);
    for (let y = 0; y < tall * times; y++) {
        for (let x = 0; x < wide * times; x++) {
            ink.dots[(top + y) * pad + left + x] = bytes[Math.floor(y / times) * wide + Math.floor(x / times)];
        }
    }
    const picture = js.ink.framed(ink, dataset, height, width);
    return picture && Array.from(picture);
})"""
PAD = 280


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has the pad and its ink loaded."""
    with running(*MODULES) as node:
        yield node


def drawing(pixels: NDArray[np.uint8], left: int = 0, top: int = 0, times: int = 1) -> dict[str, Any]:
    """Return a picture (tall, wide) that lies on the pad, so many times enlarged, with its corner at (left, top)."""
    place = {"left": left, "top": top, "times": times}
    return {"pixels": encoded(pixels.tobytes()), "tall": pixels.shape[0], "wide": pixels.shape[1], **place}


def framed(engine: Engine, dataset: str, side: int, drawings: list[dict[str, Any]]) -> NDArray[np.float64]:
    """Return the pictures (N, side, side) that drawings become."""
    return np.array(engine.call(FRAME, [dataset, PAD, side, side, drawings])).reshape(-1, side, side)


def images_of(name: str, count: int) -> NDArray[np.uint8]:
    """Return the first images of a dataset, which train."""
    if name == "glyphs":
        return synthetic.glyphs().values[:count]
    if not sources.is_available(name):
        pytest.skip(f"{name} is not on this computer")
    return sources.load(name).values[:count]


@pytest.mark.parametrize(("name", "least"), [("mnist", 0.99), ("fashion-mnist", 0.9), ("glyphs", 0.99)])
def test_framing_an_image_of_the_data_gives_it_back(engine: Engine, name: str, least: float) -> None:
    images = images_of(name, 100)
    found = framed(engine, name, 28, [drawing(image, times=10) for image in images])
    same = abs(found - images / 255).max(axis=(1, 2)) < 1e-6
    assert same.mean() >= least


@pytest.mark.parametrize(("name", "mean"), [("mnist", 0.035), ("fashion-mnist", 0.055)])
def test_where_and_how_large_it_is_drawn_hardly_matters(engine: Engine, name: str, mean: float) -> None:
    images = images_of(name, 60)
    large = [np.asarray(Image.fromarray(image).resize((190, 190), Image.Resampling.BILINEAR)) for image in images]
    if name == "mnist":  # a pen leaves full ink or none, as the black and white originals did
        large = [np.where(dots > 127, 255, 0).astype(np.uint8) for dots in large]
    found = framed(engine, name, 28, [drawing(dots, 7 + n, 80 - n) for n, dots in enumerate(large)])
    assert abs(found - images / 255).mean() < mean
    assert abs(found - np.roll(images, 1, axis=0) / 255).mean() > 3 * mean, "the bound holds for any picture"


def test_digits_are_as_high_and_as_wide_as_the_data(engine: Engine) -> None:
    block = framed(engine, "digits", 8, [drawing(np.full((120, 90), 255, np.uint8), 100, 30)])[0]
    np.testing.assert_array_equal(block, np.tile([0, 0.5, 1, 1, 1, 1, 0.5, 0], (8, 1)))
    stroke = framed(engine, "digits", 8, [drawing(np.full((200, 24), 255, np.uint8), 10, 30)])[0]
    assert stroke.sum(1) == pytest.approx([7 / 4] * 8), "a thin drawing is no block"
    own = sources.load("digits").values
    assert (own > 0).any(2).all(), "all digits fill the height"
    # A block with so much ink is at least so many of its four dots wide.
    dots = np.ceil(own.max(1) / 4).astype(int)
    left = np.array([4 * row.argmax() + 4 - row[row.argmax()] for row in (dots > 0) * dots * (np.cumsum(dots > 0, 1) == 1)])
    right = np.array([4 * row.argmax() + row[row.argmax()] for row in dots * (np.cumsum(dots[:, ::-1] > 0, 1)[:, ::-1] == 1)])
    assert (np.median(left), np.median(right)) == (6, 26), "their bitmaps are 20 dots wide and stand in the middle"


def test_any_other_data_take_the_pad_as_it_is(engine: Engine) -> None:
    dots = np.zeros((PAD, PAD), np.uint8)
    dots[:140, :70] = 255
    found = framed(engine, "toString", 4, [drawing(dots)])[0]
    np.testing.assert_allclose(found, [[1, 0, 0, 0]] * 2 + [[0] * 4] * 2, atol=1e-6)
    # MNIST of another size has no rule.
    assert framed(engine, "mnist", 4, [drawing(dots)])[0] == pytest.approx(found)
    assert engine.call(FRAME, ["mnist", PAD, 28, 28, [drawing(np.zeros((1, 1), np.uint8))]]) == [None]
    shape = "() => { const ink = js.ink.Ink.forPicture(7, 5); return [ink.width, ink.height, ink.isEmpty]; }"
    assert engine.call(shape, None) == [200, 280, True]


def test_a_stroke_is_as_wide_as_its_pen_and_the_eraser_takes_it_back(engine: Engine) -> None:
    draw = """([from, to, radius, erase]) => {
        const ink = new js.ink.Ink(60, 40);
        ink.stroke(...from, ...to, radius, false);
        const before = Array.from(ink.dots);
        if (erase) ink.stroke(...from, ...to, radius + 1.5, true);
        return [before, Array.from(ink.dots), ink.box()];
    }"""
    before, after, box = engine.call(draw, [[10, 20], [50, 20], 6, True])
    assert sum(before) / 255 == pytest.approx(40 * 12 + math.pi * 36, rel=0.01)
    assert sum(after) == 0 and box is None
    before, _, box = engine.call(draw, [[20.5, 20.5], [20.5, 20.5], 6, False])
    assert sum(before) / 255 == pytest.approx(math.pi * 36, rel=0.02)
    assert box == [14, 14, 27, 27]
    before, _, box = engine.call(draw, [[-5, -5], [70, 50], 3, False])
    assert box == [0, 0, 60, 40]


def test_levels_are_those_of_the_data(engine: Engine) -> None:
    level = "([x, levels, pixels]) => js.ink.levelled(x, levels, pixels)"
    x = [0, 0.031, 0.49, 0.5, 0.98, 1]
    assert engine.call(level, [x, 0, "grey"]) == x, "real numbers have no levels"
    assert engine.call(level, [x, 16, "grey"]) == [0, 0, 0.5, 0.5, 1, 1]
    for pixels in ("thresholded", "static", "dynamic"):
        assert engine.call(level, [x, 255, pixels]) == [0, 0, 0, 1, 1, 1]
        expected = binarise(np.array(x), 1, "thresholded")
        assert engine.call(level, [x, 255, pixels]) == expected.tolist()


def test_a_picture_laid_on_the_pad_fills_it(engine: Engine) -> None:
    show = """([pixels, height, width, divisor]) => {
        const ink = new js.ink.Ink(280, 280);
        ink.dots.fill(9);
        ink.show(pixels, height, width, divisor);
        return Array.from(ink.average([0, 0, 280, 280], 8, 8));
    }"""
    image = sources.load("digits").values[3]
    found = np.array(engine.call(show, [image.ravel().tolist(), 8, 8, 16])).reshape(8, 8)
    np.testing.assert_allclose(found, image / 16, atol=0.003)
    tall = np.array(engine.call(show, [[16] * 8, 8, 1, 16])).reshape(8, 8)
    np.testing.assert_allclose(tall, np.tile([0, 0, 0, 0.5, 0.5, 0, 0, 0], (8, 1)), atol=0.015)


SEEN = """([picked, isDark, told]) => {
    const ink = js.ink.Ink.forPicture(told.height, told.width);
    if (picked) ink.show(picked.pixels, picked.height, picked.width, picked.divisor, picked.own && isDark);
    const pad = { ink, isDark, picked: picked?.laid ? picked : null };
    const x = js.ink.asSeen(pad, told, told.height, told.width);
    return x && Array.from(x);
}"""


@pytest.mark.parametrize("pixels", ["grey", "thresholded"])
def test_ink_is_as_dark_as_that_of_the_data(engine: Engine, pixels: str) -> None:
    """What is drawn on dark on light data is the negative of what it is on their negatives; an own test image is what it is."""
    told = {"dataset": "mine.npy", "height": 8, "width": 8, "levels": 16, "pixels": pixels}
    image = sources.load("digits").values[3]
    image = np.where(image == 8, 9, image)  # one half of the ink is white on either paper
    picked = {"pixels": image.ravel().tolist(), "height": 8, "width": 8, "divisor": 16, "own": False, "laid": False}
    as_tested = binarise(image.ravel(), 16, pixels)

    def seen(is_dark: bool, **changed: object) -> list[float]:
        return np.round(engine.call(SEEN, [{**picked, **changed}, is_dark, told]), 6).tolist()

    negative = binarise(16 - image.ravel(), 16, pixels).tolist()
    for laid in (False, True):  # drawn, or taken from elsewhere
        assert seen(False, laid=laid) == as_tested.tolist() and seen(True, laid=laid) == negative
    grey = (image.ravel() / 16).tolist()
    for is_dark in (False, True):
        assert seen(is_dark, own=True, laid=True) == grey, "as it is in the data"
        assert seen(is_dark, own=True) == as_tested.tolist(), "drawn over, it stays what it is"
    assert engine.call(SEEN, [None, True, told]) is None, "an empty pad is no picture, whatever its paper"
    assert engine.call("() => js.ink.isOfSize(null, undefined, undefined)") is False, "before the weights have come"


def test_the_other_ink_leaves_an_own_picture_and_undo_as_they_were(engine: Engine) -> None:
    switch = """(pixels) => {
        const pad = Object.assign(Object.create(js.pad.Pad.prototype), {
            stage: { find: () => ({ setAttribute() {} }) }, ink: js.ink.Ink.forPicture(8, 8), before: [], picked: null, key: {},
            changed() {}, rested() {}, paint() { this.onScreen = Array.from(this.ink.dots, (dot) => (this.isDark ? 255 - dot : dot)); },
        });
        pad.setDark(true);
        pad.paint();
        const screens = [pad.onScreen];
        const act = (does) => { does(); screens.push(pad.onScreen); };
        act(() => pad.pick({ pixels, height: 8, width: 8, divisor: 16, own: true }));
        act(() => pad.switchInk());
        act(() => pad.clear());
        act(() => pad.switchInk());
        act(() => pad.undo());
        return screens.map((screen) => screen.reduce((sum, dot) => sum + dot, 0) / (255 * screen.length));
    }"""
    image = sources.load("digits").values[3]
    white, own, other, black, white_again, undone = engine.call(switch, image.ravel().tolist())
    assert (white, black, white_again) == (1, 0, 1)
    assert own == other == undone == pytest.approx(image.mean() / 16, abs=0.003)


def test_the_pen_is_told_beside_the_data(engine: Engine) -> None:
    keys = engine.call("() => [false, true].flatMap((pen) => [false, true].map((data) => js.ink.aboutInk(pen, data)))")
    assert keys == ["ink_light", "ink_light_on_light", "ink_dark_on_dark", "ink_dark"]
    assert all(t(f"live_map.{key}") for key in keys)


def test_a_hand_that_comes_before_the_pad_is_laid_out_does_nothing(engine: Engine) -> None:
    script = """() => {
        const parts = {}, said = [], find = (name) => (parts[name] ??= document.createElement("div"));
        const stage = { leaving: new AbortController(), find };
        stage.guard = (action) => (...values) => said.push(refusal(() => action(...values)));
        const pad = new js.pad.Pad(stage, () => said.push("changed"), () => said.push("rested"));
        pad.canvas.point("pointerdown", 5, 5);
        for (const [key, ctrlKey] of [[" "], ["ArrowLeft"], ["Delete"], ["z", true], ["c"]])
            pad.canvas.dispatchEvent(Object.assign(new Event("keydown"), { key, ctrlKey }));
        for (const act of ["undo", "clear", "switchInk"]) stage.guard(() => pad[act]())();
        return said;
    }"""
    engine.call(page.PAGE)
    assert engine.call(script) == [None] * 9
