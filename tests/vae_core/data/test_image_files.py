"""A run on a file of the user's own: the file's name is kept and its folder is not, and whatever needs the images finds them."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from dashboard.components import run_packets
from dashboard.views.losses import protocol
from tests.conftest import tiny_config
from tests.dashboard.opening import open_page
from tests.places import ROOT
from vae_core.cli.main import main
from vae_core.data import sources
from vae_core.data.batches import image_subset
from vae_core.data.errors import DataError
from vae_core.data.rows import Rows
from vae_core.data.sources import load
from vae_core.evaluation import baselines, paired, scoring
from vae_core.inspection import process, store
from vae_core.inspection.subject import InspectedRun, Unavailable
from vae_core.latent import grids, inference
from vae_core.messages import Message
from vae_core.runs.errors import MissingImages, RunError
from vae_core.runs.listing import open_run
from vae_core.runs.run import Run
from vae_core.storage.files import write_json
from vae_core.training import results, snapshots
from vae_core.training.interrupts import Stopped
from vae_core.training.runner import resume, train


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with digits in a file of one's own; the per-user notes lie beside it, and VAE_DATA_DIR names an empty folder."""
    for name in ("far", "data"):
        (tmp_path / name).mkdir()
    known = sources.load("digits")
    np.save(tmp_path / "far" / "mine.npy", known.values[:400])
    np.save(tmp_path / "far" / "mine-labels.npy", known.labels[:400])
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / "cache" / project)
    return tmp_path


def own_config(folder: Path, **train: object):
    config = tiny_config("Mine", **train)
    return replace(config, data=replace(config.data, dataset=str(folder / "far" / "mine.npy")))


@pytest.fixture
def run(folder: Path) -> Run:
    return train(own_config(folder), folder / "runs" / "mine")


def test_the_folder_is_nobody_elses_business(run: Run, folder: Path) -> None:
    assert run.config.data.dataset == "mine.npy"
    for file in run.path.rglob("*"):
        assert not file.is_file() or str(folder).encode() not in file.read_bytes(), file.name


def test_what_needs_the_images_finds_them(run: Run, folder: Path) -> None:
    assert scoring.rescore(run)["test"]["negative_elbo"] == pytest.approx(run.summary["test"]["negative_elbo"], abs=1e-4)
    assert paired.compute_costs(run).total.mean() == pytest.approx(run.summary["test"]["negative_elbo"], abs=1e-4)
    inspected = InspectedRun(run)
    assert np.array_equal(inspected.labels(inspected.rows), sources.load("digits").labels[inspected.rows])
    (folder / "far").rename(folder / "farther")
    for needs in (run.images, lambda: paired.compute_costs(run)):
        with pytest.raises(RunError, match=r"^The images of mine\.npy are not on this computer; put the file into the folder"):
            needs()
    with pytest.raises(Unavailable) as caught:
        _ = InspectedRun(run).dataset
    assert caught.value.reason == "no-data"
    for name in ("mine.npy", "mine-labels.npy"):
        (folder / "farther" / name).rename(folder / "data" / name)
    assert len(run.images().values) == 400


OTHERS = r"^The images of mine\.npy on this computer are not those that run 'mine' was trained on; put the file that it was trained on into"


def test_other_images_of_the_same_name_are_refused(run: Run, folder: Path) -> None:
    np.save(folder / "far" / "mine.npy", sources.load("digits").values[400:800])
    with pytest.raises(MissingImages, match=OTHERS) as caught:
        scoring.rescore(run)
    assert caught.value.reason == "other-data"


def test_of_two_files_of_one_name_the_run_takes_its_own(run: Run, folder: Path) -> None:
    """Wherever a file of that name is looked at first, and whichever was used last."""
    right = np.load(folder / "far" / "mine.npy")
    np.save(folder / "data" / "mine.npy", sources.load("digits").values[400:800])
    np.testing.assert_array_equal(run.images().values, right)
    (folder / "more").mkdir()
    np.save(folder / "more" / "mine.npy", sources.load("digits").values[800:1200])
    train(replace(own_config(folder), data=replace(run.config.data, dataset=str(folder / "more" / "mine.npy"))), folder / "runs" / "more")
    np.testing.assert_array_equal(run.images().values, right)
    (folder / "data" / "mine.npy").write_text("no images at all")
    np.testing.assert_array_equal(run.images().values, right)
    (folder / "far" / "mine-labels.npy").unlink()  # they are among what the run was trained on
    with pytest.raises(MissingImages, match=OTHERS):
        run.images()


def test_a_refusal_for_want_of_the_images_lasts_as_long_as_its_cause(run: Run, folder: Path) -> None:
    def lacking() -> set[str]:
        return {entry["reason"] for entry in process.run_parts(run, ["inference-gap"], max_images=20)[0].unavailable}

    away, wrong = folder / "away", folder / "data" / "mine.npy"
    (folder / "far").rename(away)
    assert lacking() == {"no-data"} and "inference-gap" not in store.missing(run)
    np.save(wrong, sources.load("digits").values[400:800])
    assert "inference-gap" in store.missing(run), "there is a file now"
    assert lacking() == {"other-data"} and "inference-gap" not in store.missing(run)
    for name in ("mine.npy", "mine-labels.npy"):
        (away / name).rename(folder / "data" / name)
    assert "inference-gap" in store.missing(run), "there is another file now"
    assert lacking() == set() and "inference-gap" not in store.missing(run)
    (folder / "data" / "mine.npy").unlink()
    assert "inference-gap" not in store.missing(run), "what was found stays"


def test_what_was_taken_for_white_is_said_and_kept(run: Run, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = "mine.npy holds uint8 from 0 to 16, and 16 is taken for white."
    assert (run.dataset["divisor"], Message.of(run.dataset["taken"])) == (16, said)
    assert said in protocol.protocol_sentences(run)[1].replace("\\", "")
    settings = ("--epochs", "1", "--hidden", "8", "--snapshots", "0", "--out", str(folder / "told"))
    assert main(["train", "--dataset", str(folder / "far" / "mine.npy"), *settings]) == 0
    assert capsys.readouterr().out.startswith(said)


def test_the_page_says_what_is_taken_for_white_before_it_is_trained(folder: Path) -> None:
    def page(root: str, name: str) -> None:
        from dataclasses import replace
        from pathlib import Path

        from dashboard.views.train import new_run
        from vae_core.config import RunConfig

        config = RunConfig()
        new_run._show_cost(replace(config, data=replace(config.data, dataset=name)), Path(root), False)

    write_json(folder / ".worker.json", {"machine": {"fixed": 1e-3, "dense": 1e-9, "conv": 1e-9, "base": 10**8}})
    app = AppTest.from_function(page, kwargs={"root": str(folder), "name": str(folder / "far" / "mine.npy")}).run()
    (said,) = app.markdown
    assert said.value.replace("\\", "").endswith("mine.npy holds uint8 from 0 to 16, and 16 is taken for white.")


def test_a_run_keeps_the_white_that_it_was_trained_with(folder: Path) -> None:
    config = own_config(folder)
    older = replace(load(config.data.dataset), divisor=255.0, taken=None)
    run = train(config, folder / "runs" / "older", dataset=older)
    assert "taken" not in run.dataset and run.images().divisor == 255
    assert scoring.rescore(run)["test"]["negative_elbo"] == pytest.approx(run.summary["test"]["negative_elbo"], abs=1e-4)


def test_masks_are_drawn_and_not_blackened(folder: Path) -> None:
    masks = np.zeros((300, 8, 8), np.uint8)
    masks[:, 2:5, 2:5] = 1
    np.save(folder / "far" / "mine.npy", masks)
    (folder / "far" / "mine-labels.npy").unlink()
    config = own_config(folder)
    run = train(replace(config, data=replace(config.data, pixels="thresholded")), folder / "runs" / "masks")
    drawn = np.asarray(Image.open(io.BytesIO(run.mosaic())))[:8, :8] / 255
    assert drawn[2:5, 2:5].min() > 0.5 > np.delete(drawn, range(2, 5), 0).max()


def test_a_stopped_run_goes_on_with_the_file_by_its_name(folder: Path) -> None:
    whole = train(own_config(folder, epochs=4), folder / "runs" / "whole")

    class Stop:
        """Asks for a stop after the second epoch."""

        def __getattr__(self, name: str):
            return lambda *args, **kwargs: None

        def epoch(self, *args: object, **kwargs: object) -> None:
            (folder / "runs" / "half" / "control").mkdir(exist_ok=True)
            (folder / "runs" / "half" / "control" / "pause").touch()

    with pytest.raises(Stopped):
        train(own_config(folder, epochs=4), folder / "runs" / "half", reporter=Stop())
    assert resume(folder / "runs" / "half").weights_sha256 == whole.weights_sha256


# --- a file that changes -----------------------------------------------------------------------------------------------------


class Between:
    """Does something to the file after an epoch, so that it is in mid-training."""

    def __init__(self, act: Callable[[], object], epoch: int) -> None:
        self.act, self.at = act, epoch

    def __getattr__(self, name: str):
        return lambda *args, **kwargs: None

    def epoch(self, epoch: int, rows: object) -> None:
        if epoch == self.at:
            self.act()


def overwrite(path: Path) -> None:
    """Write other pixels into the file, which keeps its size."""
    with path.open("r+b") as file:
        file.seek(-6400, os.SEEK_END)
        file.write(bytes(6400))


@pytest.mark.parametrize("change", [overwrite, lambda path: os.truncate(path, 5000)])
@pytest.mark.parametrize("seconds", [0.0, 30.0], ids=["after every step a checkpoint", "no checkpoint yet"])
def test_a_file_that_changes_pauses_its_run_which_goes_on_to_the_same_end(folder: Path, change, seconds: float) -> None:
    file, path = folder / "far" / "mine.npy", folder / "runs" / "half"
    os.utime(file, ns=(1, 1))  # long ago, so that no clock is too coarse
    whole = train(own_config(folder, epochs=3), folder / "runs" / "whole")
    before = file.read_bytes()
    with pytest.raises(
        Stopped, match=r"^mine\.npy was changed while the run read it, so training pauses at step \d+; put it back"
    ) as caught:
        train(own_config(folder, epochs=3, checkpoint_seconds=seconds), path, reporter=Between(lambda: change(file), 2))
    run = open_run(path)
    assert run.state == "paused" and not run.summary and run.sentence.split(";")[0] == str(caught.value).split(";")[0]
    assert run.sentence.endswith("put it back as it was, then go on with: python -m vae_core train --resume half.")
    assert run.history()["epoch"].max() == 2, "no step was taken on other pixels"
    with pytest.raises((DataError, RunError), match=r"mine\.npy"):
        resume(path)
    file.write_bytes(before)
    assert resume(path).weights_sha256 == whole.weights_sha256
    assert open_run(path).summary["test"] == whole.summary["test"]


def test_a_change_that_no_time_tells_of_is_found_before_the_run_is_sealed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, path = folder / "far" / "mine.npy", folder / "runs" / "half"
    whole = train(own_config(folder, epochs=3), folder / "runs" / "whole")
    before = file.read_bytes()
    monkeypatch.setattr(Rows, "_stamp", lambda rows: (file.stat().st_size, 1))
    with pytest.raises(Stopped, match=r"^mine\.npy was changed while the run read it, and nobody can tell since when; put it back"):
        train(own_config(folder, epochs=3, checkpoint_seconds=0.0), path, reporter=Between(lambda: overwrite(file), 2))
    assert open_run(path).state == "paused" and not open_run(path).summary
    file.write_bytes(before)
    assert resume(path).weights_sha256 == whole.weights_sha256, "steps on other pixels count no more"


def test_a_file_that_changes_while_a_finished_run_is_looked_at_is_one_sentence(run: Run, folder: Path) -> None:
    inspected = InspectedRun(run)
    inspected.dataset.values.stamp = (0, 0)
    with pytest.raises(DataError, match=r"^mine\.npy was changed while it was being read"):
        inspected.images(inspected.rows)


# --- large data --------------------------------------------------------------------------------------------------------------


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
    x = torch.rand(20, 64).numpy()
    wide = baselines.references(x, x, "gaussian", "grey", 2, 0.1)
    assert wide.costs == {} and all("64 are too many" in sentence for sentence in wide.left_out.values())
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
    assert not page.exception and (page.slider[0].min, page.slider[0].max) == (3, 5)


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
