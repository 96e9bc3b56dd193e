"""Training on real data: the linear VAE meets its closed form, seeded runs repeat bit for bit, every pixel treatment trains."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.conftest import tiny_config
from vae_core import seeding
from vae_core.config import PIXELS, ConfigError, DataConfig, ModelConfig, ObjectiveConfig, RunConfig, TrainConfig
from vae_core.data import batches, pictures, sources
from vae_core.data.dataset import Dataset
from vae_core.evaluation import closed_forms, scoring
from vae_core.latent import grids, inference
from vae_core.model.architectures import NETWORKS
from vae_core.model.likelihoods import LIKELIHOODS
from vae_core.runs import writer
from vae_core.runs.errors import RunError
from vae_core.runs.layout import LAST
from vae_core.runs.listing import load_run, open_run
from vae_core.runs.run import Run
from vae_core.runs.verification import verify
from vae_core.runs.writer import RunWriter
from vae_core.storage import files
from vae_core.training import runner
from vae_core.training.interrupts import Stopped
from vae_core.training.trainer import Trainer


def test_linear_vae_on_digits_is_probabilistic_pca(tmp_path: Path) -> None:
    """FACTS: digits/16, all 1,797 images, q = 5: ELBO -> 8.9076 nats, sigma^2 -> 0.0362, W spans the principal axes."""
    config = RunConfig(
        data=DataConfig(test_fraction=0, validation_fraction=0),
        model=ModelConfig(network="linear", likelihood="gaussian-learnt", latent_size=5, sigma=1.0),
        train=TrainConfig(epochs=200, batch_size=128, learning_rate=3e-2, weight_decay=0, snapshots=0),
    )
    run = runner.train(config, tmp_path / "linear")
    dataset = sources.load("digits")
    x = dataset.values.reshape(-1, 64) / 16
    theory = closed_forms.ppca(x, 5)
    vae = run.model()
    eps = torch.randn(50, len(x), 5, generator=torch.Generator().manual_seed(0))
    here = scoring.score_images(vae, torch.from_numpy(dataset.values).float() / 16, eps)
    assert -here.negative_elbo == pytest.approx(8.9076, abs=0.05)
    assert -here.negative_elbo <= theory.log_prob(x).mean() + 0.01
    assert float(vae.likelihood.variance.detach()) == pytest.approx(0.0362, abs=5e-4)
    basis = np.linalg.qr(vae.decoder[0].weight.detach().double().numpy())[0]
    cosines = np.linalg.svd(basis.T @ theory.axes)[1]
    assert cosines.min() > 0.99
    assert run.summary["test_split"] == "train"


def test_a_seeded_run_repeats_bit_for_bit_and_another_seed_does_not(tmp_path: Path) -> None:
    config = tiny_config(seed=3)
    config = replace(config, data=replace(config.data, pixels="dynamic"))
    first, second = (runner.train(config, tmp_path / name) for name in "ab")
    other = runner.train(replace(config, train=replace(config.train, seed=4)), tmp_path / "c")

    def files(run: Run) -> dict[str, str]:
        return {name: digest for name, digest in run.summary["files"].items() if name != "history.csv"}

    assert files(first) == files(second)
    one, two = first.history(), second.history()
    assert all(np.array_equal(one[key], two[key], equal_nan=key != "split") for key in one if key != "seconds")
    assert first.weights_sha256 != other.weights_sha256
    assert first.mosaic() != other.mosaic()


@pytest.mark.parametrize("pixels", PIXELS)
def test_pixels_are_treated_as_asked(pixels: str) -> None:
    config, dataset = RunConfig(data=DataConfig(pixels=pixels)), sources.load("digits")
    rows = np.arange(100, 140)
    moving, fixed = (batches.image_subset(dataset, rows, config, fixed=fixed) for fixed in (False, True))
    index = torch.arange(40)
    draws = [moving.batch(index, seeding.keyed(0, seeding.PIXELS, step)).x for step in (0, 1)]
    assert torch.equal(draws[0], draws[1]) == (pixels != "dynamic")
    assert torch.equal(fixed.all(), fixed.all())
    assert set(fixed.all().unique().tolist()) <= {0.0, 1.0} or pixels == "grey"
    if pixels == "grey":
        assert np.array_equal(fixed.all().numpy(), dataset.values[rows] / np.float32(16))


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("network", NETWORKS)
def test_every_network_and_likelihood_learns(network: str, likelihood: str, tmp_path: Path) -> None:
    config = tiny_config(epochs=2)
    model = ModelConfig(network=network, likelihood=likelihood, latent_size=1, hidden=(8, 8), sigma=0.2)
    run = runner.train(replace(config, model=model), tmp_path / "run")
    loss = run.history()["loss"]
    validation = loss[run.history()["split"] == "validation"]
    assert validation[-1] < validation[0]
    assert verify(run.path) == []


def test_history_adds_up_and_the_best_epoch_is_kept(tiny_root: Path) -> None:
    run = load_run(tiny_root, "tiny-2d")
    history = run.history()
    assert history["negative_elbo"] == pytest.approx(history["reconstruction"] + history["kl"], abs=1e-9)
    validation = history["loss"][history["split"] == "validation"]
    assert run.summary["best_epoch"] == 1 + int(validation.argmin())
    assert run.summary["validation_score"] == pytest.approx(validation.min(), abs=1e-5)
    test = run.summary["test"]
    assert test["negative_elbo"] == pytest.approx(test["reconstruction"] + test["kl"], abs=1e-9)
    assert sum(test["kl_per_dim"]) == pytest.approx(test["kl"], abs=1e-4)
    assert run.latents().kl_per_dim == pytest.approx(test["kl_per_dim"], abs=1e-4)


def test_evaluate_repeats_the_test_scores_from_the_stored_weights(tiny_root: Path) -> None:
    run = load_run(tiny_root, "tiny-5d")
    again = scoring.rescore(run)["test"]
    assert again["negative_elbo"] == pytest.approx(run.summary["test"]["negative_elbo"], abs=1e-4)
    assert again["active_units"] == run.summary["test"]["active_units"]


def test_the_mosaic_is_what_the_model_draws(tiny_root: Path) -> None:
    run = load_run(tiny_root, "tiny-2d")
    vae, mosaic, map_ = run.model(), run.summary["mosaic"], run.summary["map"]
    axes = grids.quantile_axis(mosaic["side"], mosaic["coverage"]), grids.even_axis(map_["side"], map_["reach"])
    for axis, stored in zip(axes, (run.mosaic(), run.map()), strict=True):
        grid = grids.manifold_grid(lambda z: inference.decode_mean(vae, z), axis, 2)
        assert pictures.png(pictures.mosaic_of(grid.images)) == stored


def points(values: np.ndarray) -> Dataset:
    return Dataset("points", values.astype(np.float32), 1.0, "points")


def test_values_outside_zero_to_one_are_refused_with_the_remedy(tmp_path: Path) -> None:
    wild = points(np.linspace(-3, 3, 40).reshape(20, 2))
    with pytest.raises(ConfigError, match="gaussian-learnt"):
        runner.train(tiny_config(), tmp_path / "a", dataset=wild)
    with pytest.raises(ConfigError, match="made for grey levels"):
        config = replace(tiny_config(), model=ModelConfig(likelihood="continuous-bernoulli"), data=DataConfig(pixels="dynamic"))
        runner.train(config, tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_points_without_labels_train_too(tmp_path: Path) -> None:
    line = points(np.outer(np.linspace(-3, 3, 60), [1, 1]))
    model = ModelConfig(network="linear", likelihood="gaussian-learnt", latent_size=1)
    run = runner.train(replace(tiny_config(), model=model), tmp_path / "line", dataset=line)
    assert run.summary["knn"] is None
    assert run.latents().labels is None
    assert verify(run.path) == []


def test_divergence_stops_with_a_sentence_and_no_weights(tmp_path: Path) -> None:
    broken = points(np.full((30, 2), 1e30))
    model = ModelConfig(network="linear", likelihood="gaussian", latent_size=1)
    with pytest.raises(runner.Diverged, match="lower learning_rate"):
        runner.train(replace(tiny_config(), model=model), tmp_path / "run", dataset=broken)
    run = open_run(tmp_path / "run")
    assert run.state == "diverged" and "lower learning_rate" in run.sentence and "checkpoint" not in run.sentence, "there is none"
    assert not (run.path / "model.safetensors").exists()


class AfterEveryStep:
    """A reporter that calls a function with the number of steps so far."""

    def __init__(self, act: Callable[[int], object]) -> None:
        self.act = act

    def start(self, total_steps: int, n_train: int, done: int) -> None: ...

    def step(self, step: int) -> None:
        self.act(step)

    def epoch(self, epoch: int, rows: list[dict[str, Any]]) -> None: ...


def stopped(path: Path) -> Path:
    """Train a run that is stopped at once, and return where it lies."""

    def stop(step: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runner.train(tiny_config(), path, reporter=AfterEveryStep(stop))
    return path


def test_stopping_says_interrupted(tmp_path: Path) -> None:
    assert open_run(stopped(tmp_path / "run")).state == "interrupted"


def test_a_run_that_was_finished_while_its_images_were_read_is_left_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, real = stopped(tmp_path / "run"), runner.Trainer

    def late(*given: Any) -> Trainer:
        monkeypatch.setattr(runner, "Trainer", real)
        assert runner.resume(path).state == "done"
        return real(*given)

    monkeypatch.setattr(runner, "Trainer", late)
    with pytest.raises(RunError, match="is finished"):
        runner.resume(path)
    assert verify(path) == []


def test_a_request_that_came_too_late_is_not_for_the_next_trainer(tmp_path: Path) -> None:
    path = stopped(tmp_path / "run")
    (path / "control").mkdir()
    for name in ("pause", "finish"):
        (path / "control" / name).touch()
    run = runner.resume(path)
    assert run.state == "done" and run.summary["epochs"] == run.config.train.epochs and verify(path) == []


def test_a_run_goes_on_without_the_end_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, seen = tmp_path / "run", set()

    def full(*given: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(Stopped):
        patch.setattr(RunWriter, "finish", full)
        runner.train(tiny_config(), path)
    assert {name for name in LAST if (path / name).exists()} == {*LAST}
    run = runner.resume(path, reporter=AfterEveryStep(lambda step: seen.update(name for name in LAST if (path / name).exists())))
    assert run.state == "done" and not seen and verify(path) == []


def test_no_run_is_done_before_its_files_are_hashed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    states: dict[str, str] = {}

    def noted(path: Path) -> str:
        states[path.name] = json.loads((tmp_path / "run" / "status.json").read_text())["state"]
        return files.sha256(path)

    monkeypatch.setattr(writer, "sha256", noted)
    runner.train(tiny_config(epochs=1), tmp_path / "run")
    assert states.pop("status.json") == "done" and states.keys() > {*LAST} and {*states.values()} == {"running"}
    assert verify(tmp_path / "run") == []


def test_what_is_said_to_be_kept_is_what_is_kept(tmp_path: Path) -> None:
    config = tiny_config()
    config = replace(config, data=replace(config.data, validation_fraction=0))
    whole = runner.train(config, tmp_path / "whole")
    steps = math.ceil(whole.dataset["n_train"] / 128)

    def finish(step: int) -> None:
        if step == steps + 1:
            (tmp_path / "cut" / "control").mkdir()
            (tmp_path / "cut" / "control" / "finish").touch()

    cut = runner.train(config, tmp_path / "cut", reporter=AfterEveryStep(finish))
    assert whole.sentence == "Finished; epoch 3 is kept."
    assert cut.sentence == f"Finished; the weights after step {steps + 1} are kept." and cut.state == "done"


def test_a_run_is_never_overwritten(tiny_root: Path) -> None:
    before = (tiny_root / "tiny-2d" / "summary.json").read_bytes()
    with pytest.raises(RunError, match="already holds a run"):
        runner.train(tiny_config(), tiny_root / "tiny-2d")
    assert (tiny_root / "tiny-2d" / "summary.json").read_bytes() == before


def test_kl_weight_is_logged_as_it_was(tmp_path: Path) -> None:
    config = replace(tiny_config(epochs=4), objective=ObjectiveConfig(beta=2.0, kl_warmup_epochs=2))
    run = runner.train(config, tmp_path / "run")
    history = run.history()
    weights = history["kl_weight"][history["split"] == "train"]
    steps = math.ceil(run.dataset["n_train"] / 128)
    assert weights == pytest.approx([2 * (steps - 1) / (2 * steps), 2 * (2 * steps - 1) / (2 * steps), 2, 2])
    validation = history["split"] == "validation"
    assert history["loss"][validation] == pytest.approx((history["reconstruction"] + 2 * history["kl"])[validation], abs=1e-4)
