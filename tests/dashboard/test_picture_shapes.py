"""Pictures keep their shape wherever they are drawn: a disc that a run was trained on stays as wide as high, on tall and on wide images."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from dashboard.components.run_packets import film_packet as landing_film
from dashboard.components.training_film.packets import reel
from dashboard.figures.contact_sheet import draw_sheet
from tests.conftest import tiny_config
from tests.dashboard.packets import taken_apart
from tests.js.node import Engine, running
from vae_core.data import pictures
from vae_core.data.pictures import shrink
from vae_core.latent import grids
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run
from vae_core.training.runner import train

SHAPES = ((48, 16), (16, 48))
# What a canvas is told, in an engine without canvases: the places of the tiles.
CELLS = """([height, width, side, rows]) => {
    const placed = [];
    globalThis.ImageData = class { constructor(width, height) { Object.assign(this, { width, height, data: [] }); } };
    globalThis.OffscreenCanvas = class {
        constructor(width, height) { Object.assign(this, { width, height }); }
        getContext() { return { putImageData: (tile, x, y) => placed.push([x, y, tile.width, tile.height]) }; }
    };
    const mosaic = new js.mosaic.Mosaic(side, rows, 3);
    mosaic.restart(height, width);
    const worlds = [];
    while (!mosaic.isWhole) mosaic.work(Infinity, (tile, a, b) => worlds.push([a, b]));
    return { size: [mosaic.canvas.width, mosaic.canvas.height], placed, worlds };
}"""
PADS = """(shapes) => shapes.map((shape) => { const ink = js.ink.Ink.forPicture(...shape); return [ink.height, ink.width]; })"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that lays out mosaics and pads."""
    with running("js/canvas/mosaic.js", "js/engine/ink.js") as node:
        yield node


@pytest.fixture(scope="module", params=SHAPES)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run on discs, bright and less so, in the middle of images that are no squares."""
    folder, (height, width) = tmp_path_factory.mktemp("shapes"), request.param
    y, x = np.mgrid[:height, :width]
    disc = np.hypot(y - height / 2 + 0.5, x - width / 2 + 0.5) < 6
    light = np.random.default_rng(0).integers(180, 256, 200, np.uint8)
    np.save(folder / "discs.npy", light[:, None, None] * disc)
    config = tiny_config("Discs", epochs=40)
    train(replace(config, data=replace(config.data, dataset=str(folder / "discs.npy"))), folder / "run")
    return load_run(folder, "run")


def grey(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(data)).convert("L"))


def disc_is_round(picture: NDArray[np.uint8], shape: tuple[int, int]) -> bool:
    """Tell whether the spot in a square cell is as wide as high, and stays within the middle where pictures of this shape lie."""
    tall, wide = (np.ptp(np.flatnonzero((picture > picture.max() / 2).any(axis))) for axis in (1, 0))
    height, width = shape[0] / max(shape), shape[1] / max(shape)
    rows, columns = (np.flatnonzero(picture.any(axis)) + 0.5 for axis in (1, 0))
    within = [abs(places / len(picture) - 0.5).max() <= share / 2 for places, share in ((rows, height), (columns, width))]
    return abs(tall - wide) <= 1 and tall > 8 and all(within)


def cells(picture: NDArray[np.uint8], across: int) -> list[NDArray[np.uint8]]:
    side = picture.shape[1] // across
    return [picture[y : y + side, x : x + side] for y in range(0, picture.shape[0], side) for x in range(0, picture.shape[1], side)]


def test_a_disc_is_round_on_every_map_that_a_run_keeps(run: Run) -> None:
    shape = tuple(run.dataset["event_shape"])
    last = reel(run).frames[-1]
    films = grey(taken_apart(landing_film(run))[1]["film"])
    pictures = {
        "mosaic": (run.mosaic(), run.summary["mosaic"]["side"]),
        "map": (run.map(), run.summary["map"]["side"]),
        "film": (last.picture, round(last.count**0.5)),
    }
    for name, (data, across) in pictures.items():
        picture = grey(data)
        assert picture.shape == (across * max(shape), across * max(shape)), name
        assert all(disc_is_round(cell, shape) for cell in cells(picture, across)), name
    side = films.shape[1]  # of a frame; those of large pictures arrive smaller
    whole = grey(last.picture)
    np.testing.assert_array_equal(films[-side:], shrink(whole, len(whole) // side))


def test_the_sheet_lays_pictures_out_in_their_shape(run: Run) -> None:
    height, width = run.dataset["event_shape"]
    one = draw_sheet(np.zeros((3, height, width), np.uint8), ["a", "b", "c"], 3).layout
    assert one.images[0].sizing == "contain" and one.images[0].sizey / one.images[0].sizex == pytest.approx(height / width)
    assert one.yaxis.scaleanchor == "x"


@pytest.mark.parametrize("shape", [*SHAPES, (7, 5), (8, 8)])
def test_the_live_map_lays_tiles_out_as_the_stored_one(engine: Engine, shape: tuple[int, int]) -> None:
    """Every tile lies, unscaled, in the middle of its cell, and the cells are where numpy puts them."""
    height, width = shape
    side, across = max(shape), 5
    for rows in (across, 1):
        found = engine.call(CELLS, [height, width, across, rows])
        assert found["size"] == [across * side, rows * side]
        live = np.zeros((rows * side, across * side), np.uint8)
        decoded = np.random.default_rng(1).random((rows, across, height, width))
        axis = grids.even_axis(across, 3)
        for (x, y, wide, tall), (a, b) in zip(found["placed"], found["worlds"], strict=True):
            column, row = abs(axis - a).argmin(), abs(axis[::-1] - b).argmin() if rows > 1 else 0
            assert (wide, tall) == (width, height)
            live[y : y + tall, x : x + wide] = np.round(decoded[row, column] * 255)
        np.testing.assert_array_equal(live, pictures.mosaic_of(decoded))


def test_the_pad_has_the_pictures_shape(engine: Engine) -> None:
    pads = np.array(engine.call(PADS, [[48, 16], [16, 48], [28, 28], [1, 784]]))
    assert pads[:3].tolist() == [[280, 93], [93, 280], [280, 280]] and pads[3].min() == 1
