"""The pictures to pick from: the run's own, treated as it was tested, and those that need no network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.components import album, run_packets
from dashboard.widgets import thumbnails
from tests.conftest import tiny_config
from tests.dashboard.components.test_run_packets import MEGABYTE
from tests.dashboard.packets import taken_apart
from vae_core.data import sources
from vae_core.data.batches import image_subset
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run
from vae_core.training.runner import train


def offered(run: Run) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """Return the datasets to pick from as the browser gets them, and their bytes."""
    header, blobs = taken_apart(album.album_packet(run, run.latents()))
    return header["sources"], blobs


def pictures(source: dict[str, Any], blobs: dict[str, bytes]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the pictures in [0, 1], rows and labels of one of them."""
    name = source["name"]
    values = np.frombuffer(blobs[f"values/{name}"], np.uint8).reshape(-1, source["height"], source["width"]) / source["divisor"]
    return values, np.frombuffer(blobs[f"rows/{name}"], "<i4"), np.frombuffer(blobs[f"labels/{name}"], "<i4")


def test_there_are_pictures_to_pick_from(run: Run) -> None:
    found, blobs = offered(run)
    assert [(source["name"], source["own"]) for source in found] == [("own", True), ("glyphs", False)]
    own, rows, labels = pictures(found[0], blobs)
    data, points = sources.load("digits"), run.latents()
    assert 100 < len(own) <= album.MAX_IMAGES and set(rows.tolist()) <= set(points.rows.tolist())
    np.testing.assert_array_equal(own, data.values[rows] / 16)
    np.testing.assert_array_equal(labels, data.labels[rows])
    letters, rows, labels = pictures(found[1], blobs)
    assert letters.shape == (album.MAX_IMAGES, 28, 28) and len(np.unique(labels)) == 10 and found[1]["names"][0] == "A"
    assert sum(map(len, blobs.values())) < MEGABYTE


def test_real_numbers_are_sent_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Float32 images are drawn, picked and priced, and a drawing for them is not made black or white."""
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / project)
    digits, config = sources.load("digits"), tiny_config(epochs=1)
    np.save(tmp_path / "digits.npy", (digits.values / 17).astype(np.float32))
    run = train(replace(config, data=replace(config.data, dataset=str(tmp_path / "digits.npy"))), tmp_path / "run")
    (own, *others), blobs = offered(run)
    assert own["own"] and own["is_real"] and not any(other["is_real"] for other in others)
    assert [other["name"] for other in others] == ["digits", "glyphs"]  # the run's own are called digits, too, and are others
    values = np.frombuffer(blobs["values/own"], "<f4").reshape(-1, 8, 8)
    rows = np.frombuffer(blobs["rows/own"], "<i4")
    np.testing.assert_array_equal(values, run.images().values[rows])
    shown, reason = thumbnails.real(run, rows[:3])
    np.testing.assert_array_equal(shown, np.round(values[:3] * 255))
    assert reason == "" and run_packets.grey_levels(run) == 0
    for divisor, more, levels in ((16, {}, 16), (1, {}, 0), (1, {"taken": "masks", "type": ""}, 1)):
        old = {key: value for key, value in run.dataset.items() if key not in ("taken", "type")}
        assert run_packets.grey_levels(replace(run, dataset={**old, "divisor": divisor, **more})) == levels


def test_of_large_pictures_fewer_are_sent() -> None:
    dataset = replace(sources.load("digits"), values=np.zeros((1797, 200, 200), np.uint8))
    assert len(album._spread(dataset, np.arange(1797))) == 25


@pytest.mark.parametrize("pixels", ["thresholded", "static", "dynamic"])
def test_own_pictures_are_treated_as_they_were_when_the_run_was_tested(pixels: str, tiny_root: Path) -> None:
    run = load_run(tiny_root, "tiny-2d")
    run = replace(run, config=replace(run.config, data=replace(run.config.data, pixels=pixels)))
    found, blobs = offered(run)
    own, rows, _ = pictures(found[0], blobs)
    tested = image_subset(sources.load("digits"), rows.astype(np.int64), run.config, fixed=True).all().numpy()
    np.testing.assert_array_equal(own, tested)
    assert set(np.unique(own)) == {0, 1}


def test_pictures_of_a_run_whose_data_are_not_at_hand(tiny_root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run = load_run(tiny_root, "tiny-2d")
    changed = replace(run, dataset={**run.dataset, "sha256": "0" * 64})
    assert [(source["name"], source["own"]) for source in offered(changed)[0]] == [("digits", False), ("glyphs", False)]
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(sources, "is_available", lambda name: name == "digits")
    absent = replace(run, config=replace(run.config, data=replace(run.config.data, dataset="mnist")))
    assert not any(source["own"] for source in offered(absent)[0])
