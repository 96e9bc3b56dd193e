"""A run on a file of the user's own: the file's name is kept and its folder is not, and whatever needs the images finds them."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from dashboard.views.losses import protocol
from tests.vae_core.conftest import own_config
from vae_core.cli.main import main
from vae_core.data import sources
from vae_core.data.errors import DataError
from vae_core.data.rows import Rows
from vae_core.data.sources import load
from vae_core.evaluation import paired, scoring
from vae_core.inspection import process, store
from vae_core.inspection.subject import InspectedRun, Unavailable
from vae_core.messages import Message
from vae_core.runs.errors import MissingImages, RunError
from vae_core.runs.listing import open_run
from vae_core.runs.run import Run
from vae_core.storage.files import write_json
from vae_core.training.interrupts import Stopped
from vae_core.training.runner import resume, train


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
        from vae_core.data import sources
        from vae_core.data.dataset import split_sizes

        config, dataset = RunConfig(), sources.placeholder(name)
        config = replace(config, data=replace(config.data, dataset=name))
        new_run.show_cost(config, split_sizes(dataset, config.data), Path(root), False, dataset.taken)

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
    assert run.sentence.endswith("put it back as it was, then continue with: python -m vae_core train --resume half.")
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
    with pytest.raises(Stopped, match=r"^mine\.npy was changed while the run read it, and it is not known since when; put it back"):
        train(own_config(folder, epochs=3, checkpoint_seconds=0.0), path, reporter=Between(lambda: overwrite(file), 2))
    assert open_run(path).state == "paused" and not open_run(path).summary
    file.write_bytes(before)
    assert resume(path).weights_sha256 == whole.weights_sha256, "steps on other pixels count no more"


def test_a_file_that_changes_while_a_finished_run_is_looked_at_is_one_sentence(run: Run, folder: Path) -> None:
    inspected = InspectedRun(run)
    inspected.dataset.values.stamp = (0, 0)
    with pytest.raises(DataError, match=r"^mine\.npy was changed while it was being read"):
        inspected.images(inspected.rows)
