"""The training loop. Order, noise and binarisation are keyed by seed and step, so a seeded run repeats bit for bit."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from filelock import FileLock, Timeout
from torch import Tensor

from vae_core import datasets, evaluate, film, finish, objectives, runs
from vae_core import vae as vae_module
from vae_core.batches import NOISE, ORDER, PIXELS, VALIDATION, WEIGHTS, Images, images, keyed
from vae_core.config import ConfigError, RunConfig, TrainConfig
from vae_core.datasets import Dataset, Split
from vae_core.objectives import Context, Objective
from vae_core.vae import VAE, Batch


class Reporter(Protocol):
    """What a caller may want to hear while training goes on."""

    def start(self, total_steps: int, n_train: int) -> None:
        """Training begins."""

    def step(self, step: int) -> None:
        """One optimiser step is done."""

    def epoch(self, epoch: int, rows: list[dict[str, Any]]) -> None:
        """An epoch is done; `rows` are the lines of history.csv, train and validation."""


class Diverged(runs.RunError):
    """Training met a number that is not finite."""


def learning_rate(step: int, total_steps: int, config: TrainConfig) -> float:
    """Return the rate at `step` (0-based): linear rise over the first `lr_warmup`, then a cosine to zero (Loshchilov & Hutter 2017)."""
    rise = config.lr_warmup * total_steps
    if step < rise:
        return config.learning_rate * (step + 1) / max(rise, 1)
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - rise) / max(total_steps - rise, 1)))


def check_data(config: RunConfig, dataset: Dataset, split: Split) -> None:
    """Raise ConfigError where the settings have no meaning on this dataset."""
    low, high = float(dataset.values.min()) / dataset.divisor, float(dataset.values.max()) / dataset.divisor
    bounded = config.model.likelihood in ("bernoulli", "continuous-bernoulli") or config.data.pixels != "grey"
    if not len(split.train):
        raise ConfigError("no image is left for training; make test_fraction or validation_fraction smaller.")
    if bounded and (low < 0 or high > 1):
        raise ConfigError(
            f"{dataset.name} has values from {low:.3g} to {high:.3g} and this choice of likelihood and pixels needs them between 0 and 1; "
            "choose likelihood gaussian-learnt with grey pixels."
        )
    if config.model.likelihood == "continuous-bernoulli" and config.data.pixels != "grey":
        raise ConfigError("continuous-bernoulli is a density over grey levels; choose pixels grey, or likelihood bernoulli.")


def train(config: RunConfig, path: Path, *, dataset: Dataset | None = None, reporter: Reporter | None = None) -> runs.Run:
    """Train one VAE and write its run directory.

    Args:
        config: all settings.
        path: the run directory to be made.
        dataset: used instead of loading `config.data.dataset`.
        reporter: told of every step and epoch.

    Raises:
        ConfigError, DataError, RunError: one plain sentence; Diverged where a loss is not finite.
    """
    dataset = dataset or datasets.load(config.data.dataset)
    split = datasets.split(dataset, config.data)
    check_data(config, dataset, split)
    torch.set_num_threads(config.train.threads)
    trainer = Trainer(config, dataset, split)
    writer = runs.RunWriter(path, config, describe(dataset, split))
    try:
        with FileLock(path / "lock", timeout=1):
            writer.status("running", "Training.")
            try:
                trainer.fit(writer, reporter)
                summary = finish.store(trainer.vae, config, dataset, split, writer)
                writer.finish({**trainer.summary(), **summary}, f"Finished; epoch {trainer.validation.best_epoch} is kept.")
            except BaseException as error:
                writer.status(*_why(error))
                raise
    except Timeout as error:
        raise runs.RunError(f"Another trainer is writing to {path}; wait for it or choose another folder with --out.") from error
    return runs.open_run(path)


def _why(error: BaseException) -> tuple[str, str]:
    """Return the state and the sentence that an unfinished run is left with."""
    if isinstance(error, Diverged):
        return "diverged", str(error)
    if isinstance(error, Exception):
        return "failed", f"Training failed: {error}"
    return "interrupted", "Training was stopped before it was finished."


def describe(dataset: Dataset, split: Split) -> dict[str, Any]:
    """Return what config.json keeps of a dataset, so that no page needs the images to name them."""
    return {
        "name": dataset.name,
        "sha256": dataset.sha256,
        "kind": dataset.kind,
        "event_shape": list(dataset.event_shape),
        "divisor": dataset.divisor,
        "class_names": list(dataset.class_names),
        "source": dataset.source,
        "licence": dataset.licence,
        **{f"n_{name}": len(rows) for name, rows in asdict(split).items()},
    }


class Validation:
    """Scores held-out images after each epoch, always with the same noise and the same draw of pixels, and keeps the best weights."""

    def __init__(self, held_out: Images, latent_size: int, seed: int, objective: Objective) -> None:
        self.x = held_out.all() if len(held_out) else None
        self.eps = torch.randn(1, len(held_out), latent_size, generator=keyed(seed, VALIDATION))
        self.objective = objective
        self.best: dict[str, Tensor] = {}
        self.best_score, self.best_epoch = math.inf, 0
        self.per_epoch: dict[str, list[np.ndarray]] = {"kl_per_dim": [], "mu_variance": []}

    def score(self, vae: VAE, epoch: int) -> dict[str, Any] | None:
        """Return the epoch's validation part of history.csv, or None without held-out images; then the last epoch is the one kept."""
        if self.x is None:
            self.best_epoch = epoch
            return None
        scores = evaluate.scores(vae, self.x, self.eps, self.objective.score)
        self.per_epoch["kl_per_dim"].append(scores.kl_per_dim)
        self.per_epoch["mu_variance"].append(scores.mu_variance)
        if scores.score < self.best_score:
            self.best_score, self.best_epoch = scores.score, epoch
            self.best = {key: value.clone() for key, value in vae.state_dict().items()}
        parts = {"reconstruction": scores.reconstruction, "kl": scores.kl, "active_units": scores.active_units}
        return {"split": "validation", "loss": scores.score, **parts}


class Trainer:
    """One model on its way through the training set."""

    def __init__(self, config: RunConfig, dataset: Dataset, split: Split) -> None:
        self.config, self.seed, self.d = config, config.train.seed, config.model.latent_size
        self.images = images(dataset, split.train, config, fixed=False)
        self.steps_per_epoch = math.ceil(len(self.images) / config.train.batch_size)
        self.total_steps = self.steps_per_epoch * config.train.epochs
        self.objective = objectives.build(config.objective, config.train, self.steps_per_epoch)
        self.validation = Validation(images(dataset, split.validation, config, fixed=True), self.d, self.seed, self.objective)
        probes = images(dataset, finish.test_rows(split)[: film.PROBES], config, fixed=True).all()
        self.film = film.Film(probes, film.points(self.d) if dataset.kind == "image" else None)
        self.held_rows = {name: getattr(split, name).astype(np.uint32) for name in ("validation", "test")}
        with torch.random.fork_rng(devices=[]):
            torch.random.set_rng_state(keyed(self.seed, WEIGHTS).get_state())
            self.vae = vae_module.build(config.model, dataset.event_shape, 1 / dataset.divisor)
        self.vae.start_at_mean(self.images.mean())
        self.optimizer = torch.optim.AdamW(self.vae.parameters(), weight_decay=config.train.weight_decay, fused=True)
        self.seconds = 0.0

    def fit(self, writer: runs.RunWriter, reporter: Reporter | None = None) -> None:
        """Minimise the objective for all epochs; in the end the model has the weights of the best validation epoch."""
        writer.arrays("split", **self.held_rows)
        moments = film.moments(self.total_steps, self.config.train.snapshots)
        if moments:
            writer.snapshot(**self.film.frame(self.vae, 0, 0))
        if reporter:
            reporter.start(self.total_steps, len(self.images))
        started = time.perf_counter()
        for epoch in range(1, self.config.train.epochs + 1):
            sums, weight = torch.zeros(3), 0.0
            for step, batch, noise in self.steps(epoch):
                added, weight = self.step(step, batch, noise)
                sums += added
                if step + 1 in moments:
                    writer.snapshot(**self.film.frame(self.vae, step + 1, epoch))
                if reporter:
                    reporter.step(step + 1)
            rows = self.rows(epoch, sums, weight, time.perf_counter() - started)
            for row in rows:
                writer.history(row)
            if reporter:
                reporter.epoch(epoch, rows)
        self.seconds = time.perf_counter() - started
        writer.arrays("epochs", **{key: np.array(values, np.float32) for key, values in self.validation.per_epoch.items()})
        if self.validation.best:
            self.vae.load_state_dict(self.validation.best)
        self.vae.eval()

    def steps(self, epoch: int) -> Iterator[tuple[int, Batch, Tensor]]:
        """Yield (step, batch, noise) of one epoch; everything is keyed by seed and epoch or step."""
        order = torch.randperm(len(self.images), generator=keyed(self.seed, ORDER, epoch))
        for i, index in enumerate(order.split(self.config.train.batch_size)):
            step = (epoch - 1) * self.steps_per_epoch + i
            batch = self.images.batch(index, keyed(self.seed, PIXELS, step) if self.images.is_dynamic else None)
            yield step, batch, torch.randn(self.objective.samples, len(index), self.d, generator=keyed(self.seed, NOISE, step))

    def step(self, step: int, batch: Batch, noise: Tensor) -> tuple[Tensor, float]:
        """Take one optimiser step; return the sums over images of reconstruction, KL and loss, (3,), and the KL weight."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(step, self.total_steps, self.config.train)
        terms = self.vae.terms(batch, eps=noise)
        loss = self.objective(terms, Context(step, self.total_steps, len(self.images)))
        self.optimizer.zero_grad(set_to_none=True)
        loss.loss.backward()
        self.optimizer.step()
        # Sums stay tensors: reading a number would make the host wait in every step.
        return torch.stack([terms.reconstruction.sum(), terms.kl.sum(), loss.loss * len(batch.x)]).detach(), loss.kl_weight

    def rows(self, epoch: int, sums: Tensor, weight: float, seconds: float) -> list[dict[str, Any]]:
        """Return the epoch's lines of history.csv: means over the epoch's steps for training, and the validation scores."""
        reconstruction, kl, loss = (sums.double() / len(self.images)).tolist()
        if not math.isfinite(loss):
            raise Diverged(
                f"The training loss of epoch {epoch} is {loss}, so training stopped; lower learning_rate "
                f"(now {self.config.train.learning_rate:g}), or check the data for values that are not finite."
            )
        common = {"step": epoch * self.steps_per_epoch, "epoch": epoch, "kl_weight": weight, "seconds": seconds}
        rows = [{**common, "split": "train", "loss": loss, "reconstruction": reconstruction, "kl": kl}]
        scored = self.validation.score(self.vae, epoch)
        return [*rows, {**common, **scored}] if scored else rows

    def summary(self) -> dict[str, Any]:
        """Return how training went, for summary.json."""
        best = self.validation
        return {
            "best_epoch": best.best_epoch,
            "epochs": self.config.train.epochs,
            "seconds": round(self.seconds, 2),
            "validation_score": best.best_score if best.best else None,
        }
