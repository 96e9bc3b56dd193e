"""Training again without some images, or on some alone: the settings, and that a run on them keeps and checks what was left out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.vae_core.conftest import own_config
from vae_core.cli.main import parser
from vae_core.cli.train import configure
from vae_core.config import ConfigError
from vae_core.data import left_out, sources
from vae_core.runs.errors import MissingImages
from vae_core.runs.listing import load_run, open_run
from vae_core.runs.retraining import settings_again
from vae_core.training import runner


def test_a_run_learns_without_the_images_of_a_set_and_keeps_which(runs: Path, tmp_path: Path) -> None:
    run = load_run(runs, "tiny-2d")
    rows, count = run.latents().rows[:40].astype(int), len(run.images().values)
    run.select("odd ones", rows)
    options = parser().parse_args(["train", "--like", run.id, "--only", "odd ones", "--epochs", "1", "--snapshots", "0"])
    only = configure(options)
    assert left_out.kept_rows(only.data.left_out, count).tolist() == sorted(rows) and only.train.epochs == 1 and not only.name
    without = settings_again(run, rows, "without")
    assert sorted({*range(count)} - {*left_out.kept_rows(without.data.left_out, count).tolist()}) == sorted(rows)
    trained = runner.train(only, tmp_path / "again")
    stored = json.loads((trained.path / "config.json").read_text())
    assert stored["data"]["left_out"] == only.data.left_out and stored["dataset"]["sha256"] == run.dataset["sha256"]
    assert stored["dataset"]["n_train"] + stored["dataset"]["n_validation"] + stored["dataset"]["n_test"] == 40
    assert {*trained.latents().rows.tolist()} < {*rows.tolist()}
    twice = settings_again(trained, trained.latents().rows, "without")
    assert left_out.count_of(twice.data.left_out) == count - 40 + len(trained.latents().rows), "what was left out stays so"
    assert open_run(trained.path).config == only


def test_rows_of_other_images_are_refused_before_training(runs: Path, tmp_path: Path) -> None:
    run = load_run(runs, "tiny-2d")
    other = run.config.with_settings(left_out="0" * 16 + ":3")
    with pytest.raises(ConfigError, match="other images"):
        runner.train(replace(other, name=""), tmp_path / "other", dataset=sources.load(run.config.data.dataset))
    assert not (tmp_path / "other" / "config.json").exists()
    with pytest.raises(ConfigError, match="every image"):
        settings_again(run, np.empty(0, int), "only")


def test_of_two_files_of_one_name_a_run_is_trained_again_on_its_own(folder: Path) -> None:
    digits = sources.load("digits").values
    (folder / "far" / "mine-labels.npy").unlink()
    for place, images in (("far", digits[:40]), ("data", digits[40:50])):
        np.save(folder / place / "mine.npy", images)
    run = runner.train(own_config(folder, epochs=1, snapshots=0), folder / "run")
    rows, own = run.latents().rows, (folder / "far" / "mine.npy").resolve()
    like = ["train", "--like", str(run.path)]
    assert run.config.data.dataset == "mine.npy" and rows.max() >= 10
    again = settings_again(run, rows, "only")
    assert again.data.dataset == str(own) and {*left_out.kept_rows(again.data.left_out, 40).tolist()} == {*rows.tolist()}
    assert configure(parser().parse_args(like)).data.dataset == str(own)
    own.unlink()
    for ask in (lambda: settings_again(run, rows, "only"), lambda: configure(parser().parse_args(like))):
        with pytest.raises(MissingImages, match="not those that run 'run' was trained on"):
            ask()
    assert configure(parser().parse_args([*like, "--dataset", "digits"])).data.dataset == "digits", "its own are not asked for"
