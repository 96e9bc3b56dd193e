"""Pictures in colour, of an imported set with names of files, are on every page as they were."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from dashboard.components.training_film import packets
from dashboard.i18n.texts import t
from tests.conftest import tiny_config
from tests.dashboard.packets import taken_apart
from tests.dashboard.pages import Open, is_calm, words
from tests.vae_core.importing.sources import made
from vae_core.data import sources
from vae_core.data.file_names import file_names
from vae_core.data.pictures import mosaic_of
from vae_core.importing.writer import import_images
from vae_core.inspection import process
from vae_core.runs.listing import open_run
from vae_core.runs.run import Run
from vae_core.training.runner import train

COUNT, SHAPE = 60, (3, 6, 4)
ODD = 'odd/<b onclick="x">![](http://evil.example)\u202e.png'


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a run on imported pictures in colour, without classes, with every part of Inspect that the report wants."""
    folder = tmp_path_factory.mktemp("colour")
    values = np.random.default_rng(0).integers(0, 256, (COUNT, *SHAPE), np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LATENT_LENS_DATA", str(folder / "data"))
        patch.setenv("LATENT_LENS_RUNS", str(folder / "runs"))
        found = import_images(made(values=values, columns={"file": [ODD if i % 2 else f"{i}.png" for i in range(COUNT)]}))
        config = tiny_config("Colours", epochs=2)
        train(replace(config, data=replace(config.data, dataset=found.id)), folder / "runs" / "colours")
        process.run_parts(open_run(folder / "runs" / "colours"), ("redrawing", "outliers"))
        yield folder / "runs"


@pytest.fixture
def run(root: Path) -> Run:
    return open_run(root / "colours")


def picture(url: str) -> NDArray[np.uint8]:
    """Return the picture (3, H, W) behind a data URL."""
    image = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))
    return np.moveaxis(np.asarray(image.convert("RGB")), -1, 0)


def test_the_frames_of_the_film_are_in_colour(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    reel = packets.reel(run)
    facts = packets.film_facts(run, reel)
    _, blobs = taken_apart(packets.film_packet(reel, 0, 0, facts, np.arange(5), None, ["a.png"] * 5))
    grid = run.snapshots()[-1]["grid"]
    side = round(len(grid) ** 0.5)
    found = np.moveaxis(np.asarray(Image.open(io.BytesIO(blobs[f"picture/{len(reel.frames) - 1}"]))), -1, 0)
    np.testing.assert_array_equal(found, mosaic_of(grid.reshape(side, side, *SHAPE)))
    monkeypatch.setattr("vae_core.data.pictures.MOST_PIXELS", 10)  # what is large is sent with less care
    packets._frame.cache_clear()
    with Image.open(io.BytesIO(packets.reel(run).frames[-1].picture)) as large:
        assert large.format == "JPEG" and large.size == found.shape[:0:-1]
        assert np.abs(np.moveaxis(np.asarray(large), -1, 0).astype(int) - found).mean() < 12
    packets._frame.cache_clear()
    assert facts["picture"] == {"channels": 3, "height": 6, "width": 4} and facts["grid"] == [side, side] and not facts["is_dark"]


def test_files_have_their_names_where_a_set_knows_them(run: Run) -> None:
    sha256, dataset = run.dataset["sha256"], run.config.data.dataset
    assert file_names(dataset, sha256, [2, 1]) == ["2.png", ODD.replace("\u202e", "")]
    assert file_names(dataset, sha256, np.array([COUNT])) == [""] and file_names(dataset, sha256, []) == []
    assert file_names("digits", "0" * 64, [0]) == [""]


def test_losses_shows_originals_and_redrawings_in_colour_with_their_files(run: Run, visit: Open) -> None:
    at = visit("losses", run="colours")
    at.segmented_control(key="reconstructions/way").set_value("worst").run()
    (html,) = [one.proto.body for one in at.get("html") if 'class="reconstructions"' in one.proto.body]
    shown = re.findall(r'src="([^"]+)"', html)
    rows = [int(row) for row in re.findall(r'aria-label="Image (\d+)', html)]
    values = np.asarray(sources.load(run.config.data.dataset).values[np.array(rows)])
    assert is_calm(at) and len(shown) == 3 * len(rows) == 36 and t("reconstructions.said_colour") in words(at)
    for row, original, source in zip(rows, values, shown[::3], strict=True):
        np.testing.assert_array_equal(picture(source), original)
        assert (f"{row}.png" in html) == (row % 2 == 0)
    assert "<b onclick" not in html and "odd/&lt;b onclick=" in html


@pytest.mark.parametrize("page", ["report", "inspect", "film", "compare"])
def test_other_pages_show_them_too(run: Run, visit: Open, page: str) -> None:
    at = visit(page, run="colours", part="outliers")
    assert is_calm(at)
    if page == "report":
        assert "<img" in next(one.proto.body for one in at.get("html") if 'class="reconstructions"' in one.proto.body)
        assert t("report.separates.no_classes") in words(at)
    if page == "inspect":
        at.button_group(key="outliers").set_value("log_density").run()
        (sheet,) = [one for one in at.get("plotly_chart") if one.proto.id.endswith("outliers")]
        spec = json.loads(sheet.proto.spec)
        row = int(re.search(r"\d+", spec["data"][0]["text"][0])[0])
        found = picture(spec["layout"]["images"][0]["source"])
        times = found.shape[-1] // SHAPE[-1]
        np.testing.assert_array_equal(found[:, ::times, ::times], sources.load(run.config.data.dataset).values[np.array([row])][0])
        assert ("evil" in spec["data"][1]["text"][0]) == bool(row % 2) and "<b onclick" not in sheet.proto.spec
