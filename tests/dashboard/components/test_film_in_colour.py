"""The film of pictures in colour, without a browser's page: what becomes of its frames, and the colours to paint with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.js.node import Engine, running


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has the modules loaded which need no page."""
    with running("training_film/frames.js", "js/canvas/brushes.js") as node:
        yield node


PICTURES = """async (isColour) => {
    const levels = [10, 10, 10, 255, 200, 200, 200, 255];
    globalThis.createImageBitmap = async (blob) => ({ width: 2, height: 1, size: blob.size });
    globalThis.OffscreenCanvas = class { getContext() { return { drawImage() {}, getImageData: () => ({ data: levels }) }; } };
    const found = await js.frames.picturesIn(new Uint8Array(7), isColour);
    return isColour ? found : Array.from(found);
}"""
# One packet of three frames, of which the last has no picture yet; a second packet brings it.
REEL = """async () => {
    const reel = new js.frames.Reel();
    const part = (start, end) => ({
        facts: {}, first: 0, start, end, count: 1, spots: new Uint8Array(8 * end), rows: new Uint8Array(4), labels: [], files: ["a.png"],
        "picture/0": [1], "picture/1": [2], "picture/2": [3],
    });
    reel.receive(part(0, 2), async ([n]) => `bitmap ${n}`);
    const held = [reel.held];
    reel.receive(part(2, 3), async ([n]) => `bitmap ${n}`);
    await 0; await 0; await 0;
    return { held: [...held, reel.held], drawn: reel.drawn, files: reel.files };
}"""
BRUSHES = """(colours) => {
    const element = () => ({
        attributes: {}, dataset: {}, style: {}, children: [],
        setAttribute(name, value) { this.attributes[name] = value; },
        replaceChildren(...children) { this.children = children; },
    });
    globalThis.document = { createElement: element };
    const row = element();
    const pad = { isErasing: true, setColours: () => (pad.brush = [255, 0, 9]), setErasing: (is) => (pad.isErasing = is) };
    const heard = {};
    const text = (key, { colour } = {}) => `${key} ${colour ?? ""}`;
    const stage = { text, find: () => row, on: (part, name, action) => (heard[name] = action) };
    const brushes = new js.brushes.Brushes(stage, pad);
    brushes.lay(colours);
    const pressed = () => row.children.map((one) => one.attributes["aria-pressed"]);
    const first = pressed();
    heard.click({ target: { closest: () => row.children[2] } });
    return { first, then: pressed(), brush: pad.brush, isErasing: pad.isErasing, titles: row.children.map((one) => one.title) };
}"""


def test_grey_pictures_are_read_as_levels_and_those_in_colour_as_they_are(engine: Engine) -> None:
    assert engine.call(PICTURES, False) == [10, 200]
    assert engine.call(PICTURES, True) == {"width": 2, "height": 1, "size": 7}


def test_frames_are_held_with_their_pictures_and_the_files_of_their_images(engine: Engine) -> None:
    found = engine.call(REEL)
    assert found == {"held": [2, 3], "drawn": ["bitmap 1", "bitmap 2", "bitmap 3"], "files": ["a.png"]}


def test_the_brush_takes_a_colour_of_the_data_and_says_which(engine: Engine) -> None:
    found = engine.call(BRUSHES, ["#000000", "#ff0009", "#0000ff"])
    assert found["first"] == ["false", "true", "false"] and found["then"] == ["false", "false", "true"]
    assert found["brush"] == [0, 0, 255] and not found["isErasing"] and found["titles"][1] == "brush #ff0009"
