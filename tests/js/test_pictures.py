"""Pictures of one channel and of three: what is painted of their means, and the dots that say their classes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.js.node import Engine, running
from tests.js.page import PAGE
from vae_core.data.pictures import mosaic_of

RED = [200, 30, 10]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that paints and marks."""
    modules = (
        *(f"js/canvas/{name}.js" for name in ("pictures", "marks", "view")),
        "js/engine/decoder.js",
        "training_film/training_film.js",
    )
    with running(*modules) as node:
        node.call(PAGE)
        yield node


PAINT = """([picture, means, colour, strength, isDark]) => {
    const painter = js.pictures.painterOf(picture, isDark);
    const [plain, tinted] = [1, 2].map(() => new ImageData(picture.width, picture.height));
    painter.paint(plain, means);
    painter.tint(tinted, means, colour, strength);
    return [painter.isInk, Array.from(plain.data), Array.from(tinted.data)];
}"""


@pytest.mark.parametrize(("channels", "is_dark"), [(1, False), (1, True), (3, False)])
def test_grey_becomes_ink_and_colour_stays_colour(engine: Engine, channels: int, is_dark: bool) -> None:
    means = np.random.default_rng(0).uniform(-0.1, 1.1, (channels, 3, 4))
    picture = {"channels": channels, "height": 3, "width": 4}
    is_ink, *found = engine.call(PAINT, [picture, means.ravel().tolist(), RED, 0.5, is_dark])
    plain, tinted = (np.reshape(image, (3, 4, 4)) for image in found)
    levels = np.clip(means, 0, 1) * 255
    np.testing.assert_allclose(plain[..., :3], np.broadcast_to(np.moveaxis(levels, 0, -1), (3, 4, 3)), atol=0.51)
    assert (plain[..., 3] == 255).all() and is_ink == (channels == 1)
    if is_ink:
        assert (tinted[..., :3] == RED).all()
        np.testing.assert_allclose(tinted[..., 3], np.clip((1 - means[0] if is_dark else means[0]) * 0.5, 0, 1) * 255, atol=0.51)
    else:
        assert (tinted[..., :3] == plain[..., :3]).all() and (abs(tinted[..., 3] - 127.5) < 1).all()


# A frame of the film: how strong the ink is in each dot of its canvas, which takes the part of an image that it is given.
FRAME = """([levels, picture, grid, isDark]) => {
    const pictures = { canvas: { toggleAttribute() {} }, putImageData: ({ data, width }, left, top, x, y, wide, tall) => {
        pictures.ink ??= new Array(pictures.canvas.height * pictures.canvas.width).fill(0);
        for (let row = y; row < y + tall; row++) for (let column = x; column < x + wide; column++)
            pictures.ink[(top + row) * pictures.canvas.width + left + column] = data[4 * (row * width + column) + 3];
    } };
    const data = { picture, grid, is_dark: isDark }, theme = { text: "#102030", ground: "#ffffff" };
    const film = { data, pictures, theme, reel: { drawn: [Uint8Array.from(levels)] }, shown: null };
    js.training_film.Film.prototype.drawPictures.call(film, 0);
    return [[pictures.canvas.height, pictures.canvas.width], pictures.ink];
}"""


@pytest.mark.parametrize("is_dark", [False, True])
def test_a_frame_of_the_film_has_the_ink_of_its_pictures_and_none_beside_them(engine: Engine, is_dark: bool) -> None:
    """Two tall pictures beside each other, two dots apart: of negatives the dark dots are the ink, and the margins stay clear."""
    ink = np.random.default_rng(3).integers(0, 256, (1, 2, 5, 3), np.uint8)
    levels = mosaic_of(255 - ink if is_dark else ink)
    size, found = engine.call(FRAME, [levels.ravel().tolist(), {"channels": 1, "height": 5, "width": 3}, [1, 2], is_dark])
    expected = np.concatenate([mosaic_of(ink)[:, :5], np.zeros((5, 2)), mosaic_of(ink)[:, 5:]], 1)
    assert size == [5, 12]
    np.testing.assert_array_equal(np.reshape(found, size), expected)


# Of a stored map: which part of it goes where, at which strength; the canvas takes what is drawn.
CELLS = """([picture, size, columns, rows, frame, frames]) => {
    const told = [];
    globalThis.OffscreenCanvas = class {
        constructor(width, height) { Object.assign(this, { width, height }); }
        getContext() {
            const context = { drawImage: (_, ...box) => told.push([context.globalAlpha, ...box]) };
            return context;
        }
    };
    const bitmap = { width: size[1], height: size[0] };
    const canvas = js.pictures.painterOf(picture).tintCells(bitmap, columns, rows, (n) => [null, 1 - n / 10], frame, frames);
    return [[canvas.height, canvas.width], told];
}"""


def test_a_stored_map_in_colour_shows_nothing_beside_its_pictures(engine: Engine) -> None:
    """The second of two frames of 2 x 3 pictures that are wider than tall: their margins in the square cells are left out."""
    pictures = np.random.default_rng(1).random((2, 3, 3, 4, 8))
    film = np.concatenate([np.zeros((3, 16, 24), np.uint8), mosaic_of(pictures)], 1)
    size, told = engine.call(CELLS, [{"channels": 3, "height": 4, "width": 8}, film.shape[1:], 3, 2, 1, 2])
    assert size == [16, 24]
    for n, (alpha, left, top, wide, tall, *there) in enumerate(told):
        row, column = divmod(n, 3)
        assert alpha == 1 - n / 10 and there == [left, top - 16, wide, tall]
        part = film[:, int(top) : int(top + tall), int(left) : int(left + wide)]
        np.testing.assert_array_equal(part, np.round(pictures[row, column] * 255))


MARKS = """([picture, columns, rows, colours, scale]) => {
    globalThis.Path2D = class {
        dots = [];
        moveTo() {}
        arc(...dot) { this.dots.push(dot.slice(0, 3)); }
    };
    const told = [], lines = [];
    const context = {
        fill: (path) => told.push([context.fillStyle, context.lineWidth / 2, path.dots]),
        stroke() {},
        beginPath() {},
        moveTo: (...from) => lines.push(from),
        lineTo: (...to) => lines.at(-1).push(...to),
    };
    const view = Object.assign(new js.view.View(), { width: 400, height: 400, scale, ratio: 2 });
    const map = [context, view, [-2, 2, -1, 1], columns, rows];
    js.marks.drawMarks(...map, picture, { ground: "white" }, (n) => colours[n]);
    js.marks.drawGaps(...map, { ground: "white" });
    return [told, lines];
}"""


@pytest.mark.parametrize("scale", [8, 40, 400])
def test_a_dot_lies_within_its_picture_in_the_colour_of_its_class(engine: Engine, scale: float) -> None:
    """Four columns and two rows of pictures half as wide as tall; a dot covers little of its picture, and lines lie between them."""
    colours = ["red", None, "red", "blue", None, None, "blue", "red"]
    told, lines = engine.call(MARKS, [{"channels": 3, "height": 8, "width": 4}, 4, 2, colours, scale])
    assert [colour for colour, *_ in told] == ["red", "blue"]
    for colour, rim, dots in told:
        wanted = [n for n, one in enumerate(colours) if one == colour]
        for n, (x, y, radius) in zip(wanted, dots, strict=True):
            row, column = divmod(n, 4)
            left, right, top = 200 + scale * np.array([column - 2 + 0.25, column - 2 + 0.75, row - 1])
            assert x - radius - rim == pytest.approx(left) and y - radius - rim == pytest.approx(top) and x + radius + rim < right
            assert radius <= min(12, 0.1 * scale) and (radius >= 3 or scale == 8)
    edges = 200 + scale * np.array([-2, 2, -1, 1])
    assert lines[:3] == [[200 + scale * x, edges[2], 200 + scale * x, edges[3]] for x in (-1, 0, 1)]
    assert lines[3:] == [[edges[0], 200, edges[1], 200]]


def test_which_arrays_are_pictures(engine: Engine) -> None:
    shapes = [[4, 5], [1, 4, 5], [3, 4, 5], [2, 4, 5], [4], [], [1, 3, 4, 5]]
    found = engine.call("(shapes) => shapes.map((shape) => js.decoder.pictureOf(shape))", shapes)
    assert [one and one["channels"] for one in found] == [1, 1, 3, None, None, None, None]
