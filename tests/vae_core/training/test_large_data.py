"""Large data: what would not fit into memory is done on a part of it, and maps show fewer pictures."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from dashboard.components import run_packets
from tests.dashboard.pages import open_page, told
from tests.places import ROOT
from tests.vae_core.conftest import own_config
from vae_core.data.batches import image_subset
from vae_core.evaluation import baselines
from vae_core.inspection.subject import InspectedRun
from vae_core.latent import grids, inference
from vae_core.runs.listing import open_run
from vae_core.training import results, snapshots
from vae_core.training.runner import train


def test_of_large_data_simpler_models_get_a_part(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = train(own_config(folder), folder / "runs" / "whole")
    assert whole.summary["compared"] == {"train": whole.dataset["n_train"], "test": whole.dataset["n_test"]}
    monkeypatch.setattr(baselines, "NUMBERS", 180 * 64)
    monkeypatch.setattr(baselines, "FEWEST", 10)
    part = train(own_config(folder), folder / "runs" / "part")
    assert part.summary["compared"] == {"train": 180, "test": 30}
    assert part.summary["test"] == whole.summary["test"], "the model's own score is of all images"
    config, dataset = part.config, part.images()
    drawn = [
        image_subset(dataset, rows, config, fixed=True).at_most(most, config.train.seed).all().flatten(1).numpy()
        for rows, most in ((InspectedRun(part).train_rows, 180), (InspectedRun(part).rows, 30))
    ]
    expected = baselines.references(*drawn, config.model.likelihood, "grey", 2, config.model.sigma).record()
    assert part.summary["references"] == expected["references"]


def test_pictures_too_wide_for_a_covariance_are_left_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_core.evaluation.closed_forms.MAX_NUMBERS", 63)
    monkeypatch.setattr("vae_core.evaluation.closed_forms.FEW", 10)
    x = torch.rand(20, 64).numpy()
    wide = baselines.references(x, x, "gaussian", "grey", 2, 0.1)
    assert list(wide.costs) == ["independent-pixels"], "which take no covariance"
    assert list(wide.left_out) == ["ppca"] and "64 are too many" in wide.left_out["ppca"]
    assert list(baselines.references(x, x, "bernoulli", "grey", 2, 0.1).costs) == ["independent-pixels", "entropy-floor"]


def test_maps_of_large_pictures_show_fewer_of_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The side of a map is bounded in pixels, on the disk, in the film, for the landing page and on the map's own page."""
    for module, limit in ((grids, 80), (snapshots, 50)):
        monkeypatch.setattr(module, "LONGEST", limit)
    values = np.random.default_rng(0).integers(0, 256, (12, 20, 4), dtype=np.uint8)
    np.save(folder / "far" / "mine.npy", values)
    (folder / "far" / "mine-labels.npy").unlink()
    run = train(own_config(folder, snapshots=6), folder / "runs" / "large")
    assert (run.summary["mosaic"]["side"], run.summary["map"]["side"], run.summary["map"]["film_side"]) == (4, 4, 2)
    for stored in (run.mosaic(), run.map()):
        assert Image.open(io.BytesIO(stored)).size == (80, 80)
    assert {frame["grid"].shape for frame in run.snapshots()} == {(4, 20, 4)}
    for limit, width in (("TALLEST", 100 // len(run.snapshots())), ("LARGEST", 10)):
        monkeypatch.setattr(run_packets, limit, 100 if limit == "TALLEST" else 10)
        packet = run_packets.film_packet(run)
        picture = Image.open(io.BytesIO(packet[packet.index(b"\x89PNG") :]))
        assert picture.width <= width and picture.height == picture.width * len(run.snapshots())
    monkeypatch.setenv("LATENT_LENS_RUNS", str(folder / "runs"))
    page = open_page("manifold")
    assert not page.exception and told(page)["most_pictures"] == 4


def test_maps_of_small_pictures_are_as_large_as_ever() -> None:
    assert [grids.pictures_per_side(side, (28, 28)) for side in (*results.SIDES.values(), snapshots.SIDE, 40)] == [20, 30, 15, 40]
    assert snapshots.latent_points(2, (28, 28)).shape == (225, 2) and snapshots.latent_points(16, (64, 64)).shape == (64, 16)
    assert inference.images_at_once((28, 28)) == inference.CHUNK and 1 <= inference.images_at_once((256, 256)) <= 32


WHOLE = """
import sys
from pathlib import Path
import torch
from vae_core.evaluation import baselines, scoring
from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.latent import inference
from vae_core.training.runner import train

def peak():  # of what is not backed by a file: those pages are the system's to drop
    lines = dict(line.split(":") for line in open("/proc/self/status"))
    return int(lines["RssAnon"].split()[0]) // 1024

torch.set_num_threads(1)
baselines.NUMBERS = 1000 * 1600
highest = []
def looked(function):
    def inner(*args, **kwargs):
        result = function(*args, **kwargs)
        highest.append(peak())
        return result
    return inner
for module, name in ((scoring, "score_images"), (inference, "encode"), (baselines, "references")):
    setattr(module, name, looked(getattr(module, name)))
model = ModelConfig(network="linear", latent_size=2)
settings = TrainConfig(epochs=1, batch_size=2048, snapshots=0, threads=1)
train(RunConfig(data=DataConfig(dataset=sys.argv[1], test_fraction=0.5), model=model, train=settings), Path(sys.argv[2]))
print(highest, max(highest) - min(highest))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is read from /proc, which Linux alone has")
def test_the_end_of_a_run_holds_no_copy_of_its_images(tmp_path: Path) -> None:
    drawn = np.random.default_rng(0).integers(0, 256, (60_000, 40, 40), dtype=np.uint8)  # 30,000 to be tested on: 192 MB as float32
    np.save(tmp_path / "many.npy", drawn)
    command = [sys.executable, "-c", WHOLE, str(tmp_path / "many.npy"), str(tmp_path / "run")]
    environment = {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(tmp_path), "PATH": ""}
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert int(told.split()[-1]) < 250  # megabytes: libraries take 100 to 185, and a copy would come on top
    assert open_run(tmp_path / "run").summary["test"]["n"] == 30_000
