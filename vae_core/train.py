"""The training loop. Order, noise and binarisation are keyed by seed and step, so a seeded run repeats bit for bit."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from filelock import FileLock, Timeout
from torch import Tensor

from vae_core import datasets, evaluate, latents, objectives, runs
from vae_core import vae as vae_module
from vae_core.config import ConfigError, RunConfig, TrainConfig
from vae_core.datasets import Dataset, Split
from vae_core.vae import VAE, Batch

# Streams of randomness: one seed gives unrelated numbers to each.
WEIGHTS, ORDER, NOISE, PIXELS, VALIDATION, TEST = range(6)
PROBES = 600  # images whose posteriors the training film follows
MOSAIC_SIDE, COVERAGE = 20, 0.95  # the manifold at the prior's quantiles: pictures per side, share of the prior on each axis
MAP_SIDE, FILM_SIDE, REACH = 30, 15, 3.3  # the map at true scale, and its frames while learning: pictures per side, edge
FILM_DRAWS = 64  # pictures of a frame where the map has more than two dimensions
TEST_SAMPLES = 4  # latent samples per test image


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


def keyed(seed: int, stream: int, index: int = 0) -> torch.Generator:
    """Return a generator that depends on nothing but its key, so that any step can be repeated without those before it."""
    state = np.random.SeedSequence([seed, stream, index]).generate_state(2, np.uint32)
    return torch.Generator().manual_seed(int(state[0]) << 31 | int(state[1]) >> 1)


def learning_rate(step: int, total_steps: int, config: TrainConfig) -> float:
    """Return the rate at `step` (0-based): linear rise over the first `lr_warmup`, then a cosine to zero (Loshchilov & Hutter 2017)."""
    rise = config.lr_warmup * total_steps
    if step < rise:
        return config.learning_rate * (step + 1) / max(rise, 1)
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - rise) / max(total_steps - rise, 1)))


@dataclass(frozen=True)
class Images:
    """The rows that a phase works on, treated as the configuration says; all data stay as small as they came."""

    values: Tensor  # (N, *event) uint8 or float32
    divisor: float
    rows: Tensor  # (N,) row numbers of the dataset
    is_dynamic: bool = False

    def __len__(self) -> int:
        return len(self.rows)

    def batch(self, index: Tensor, generator: torch.Generator | None = None) -> Batch:
        """Return the images at positions `index` (B,) as float32; dynamic ones are drawn with the generator."""
        chosen = self.values[index]
        uniforms = torch.rand(chosen.shape, generator=generator) if self.is_dynamic else None
        x = datasets.prepare(chosen, self.divisor, "dynamic" if self.is_dynamic else "grey", uniforms)
        return Batch(x, index=self.rows[index])

    def all(self) -> Tensor:
        """Return every image as float32 (N, *event)."""
        return self.batch(torch.arange(len(self))).x


def images(dataset: Dataset, rows: np.ndarray, config: RunConfig, *, fixed: bool) -> Images:
    """Return the rows of a dataset as tensors; `fixed` replaces a new draw per visit by one draw keyed by the row."""
    values, pixels, divisor = dataset.values[rows], config.data.pixels, dataset.divisor
    is_dynamic = pixels == "dynamic" and not fixed
    if pixels != "grey" and not is_dynamic:
        uniforms = None if pixels == "thresholded" else datasets.static_uniforms(rows, dataset.event_shape, config.data.split_seed)
        values, divisor = datasets.prepare(values, divisor, pixels, uniforms).astype(np.uint8), 1.0
    return Images(torch.from_numpy(np.ascontiguousarray(values)), divisor, torch.from_numpy(rows), is_dynamic)


def check_data(config: RunConfig, dataset: Dataset) -> None:
    """Raise ConfigError where the settings have no meaning on this dataset."""
    low, high = float(dataset.values.min()), float(dataset.values.max()) / dataset.divisor
    bounded = config.model.likelihood in ("bernoulli", "continuous-bernoulli") or config.data.pixels != "grey"
    if bounded and (low < 0 or high > 1):
        raise ConfigError(
            f"{dataset.name} has values from {low / dataset.divisor:.3g} to {high:.3g} and this choice of likelihood and pixels needs them "
            "between 0 and 1; choose likelihood gaussian-learnt with grey pixels."
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
    check_data(config, dataset)
    split = datasets.split(dataset, config.data)
    torch.set_num_threads(config.train.threads)
    trainer = Trainer(config, dataset, split)
    writer = runs.RunWriter(path, config, describe(dataset, split))
    try:
        with FileLock(path / "lock", timeout=1):
            writer.status("running", "Training.")
            try:
                trainer.fit(writer, reporter)
                trainer.finish(writer)
            except KeyboardInterrupt:
                writer.status("interrupted", "Training was stopped before it was finished.")
                raise
            except Diverged as error:
                writer.status("diverged", str(error))
                raise
            except Exception as error:
                writer.status("failed", f"Training failed: {error}")
                raise
    except Timeout as error:
        raise runs.RunError(f"Another trainer is writing to {path}; wait for it or choose another folder with --out.") from error
    return runs.open_run(path)


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


class Trainer:
    """One model on its way through the training set."""

    def __init__(self, config: RunConfig, dataset: Dataset, split: Split) -> None:
        self.config, self.dataset, self.split = config, dataset, split
        if not len(split.train):
            raise ConfigError("no image is left for training; make test_fraction or validation_fraction smaller.")
        self.seed = config.train.seed
        self.training = images(dataset, split.train, config, fixed=False)
        self.validation = images(dataset, split.validation, config, fixed=True)
        # Without a test set the training images stand in, and every table says so by its protocol.
        self.test_rows = split.test if len(split.test) else split.train
        self.steps_per_epoch = math.ceil(len(self.training) / config.train.batch_size)
        self.total_steps = self.steps_per_epoch * config.train.epochs
        self.objective = objectives.build(config.objective, config.train, self.steps_per_epoch)
        with torch.random.fork_rng(devices=[]):
            torch.random.set_rng_state(keyed(self.seed, WEIGHTS).get_state())
            self.vae = vae_module.build(config.model, dataset.event_shape, 1 / dataset.divisor)
        self.vae.start_at_mean(self._pixel_mean())
        self.best: dict[str, Tensor] = {}
        self.best_score, self.best_epoch = math.inf, 0

    def _pixel_mean(self) -> Tensor:
        total = torch.zeros(self.dataset.event_shape, dtype=torch.float64)
        for part in latents.chunks(len(self.training), 8192):
            total += self.training.values[part].double().sum(0)
        return (total / len(self.training) / self.training.divisor).float()

    # ----------------------------------------------------------------- the loop

    def fit(self, writer: runs.RunWriter, reporter: Reporter | None) -> None:
        """Minimise the objective for all epochs, keeping the best validation epoch."""
        train = self.config.train
        optimizer = torch.optim.AdamW(self.vae.parameters(), lr=train.learning_rate, weight_decay=train.weight_decay, fused=True)
        frames = (
            set(np.unique(np.geomspace(1, self.total_steps, train.snapshots - 1).astype(int)).tolist()) if train.snapshots > 1 else set()
        )
        writer.arrays("split", validation=self.split.validation.astype(np.uint32), test=self.split.test.astype(np.uint32))
        probe = self._probe()
        eps = torch.randn(1, len(self.validation), self.config.model.latent_size, generator=keyed(self.seed, VALIDATION))
        held_out = self.validation.all() if len(self.validation) else None
        per_epoch: dict[str, list[np.ndarray]] = {"kl_per_dim": [], "mu_variance": []}
        if reporter:
            reporter.start(self.total_steps, len(self.training))
        if frames:
            writer.snapshot(**self._frame(probe, 0, 0))
        started = time.perf_counter()
        for epoch in range(1, train.epochs + 1):
            sums = torch.zeros(3)
            weight = 0.0
            for step, batch, noise in self._steps(epoch):
                for group in optimizer.param_groups:
                    group["lr"] = learning_rate(step, self.total_steps, train)
                terms = self.vae.terms(batch, eps=noise)
                loss = self.objective(terms, objectives.Context(step, self.total_steps, len(self.training)))
                optimizer.zero_grad(set_to_none=True)
                loss.loss.backward()
                optimizer.step()
                with torch.no_grad():
                    sums += torch.stack([terms.reconstruction.sum(), terms.kl.sum(), loss.loss * len(batch.x)])
                weight = loss.kl_weight
                if step + 1 in frames:
                    writer.snapshot(**self._frame(probe, step + 1, epoch))
                if reporter:
                    reporter.step(step + 1)
            rows = self._rows(epoch, sums, weight, held_out, eps, per_epoch, time.perf_counter() - started)
            for row in rows:
                writer.history(row)
            if reporter:
                reporter.epoch(epoch, rows)
        self.seconds = time.perf_counter() - started
        writer.arrays("epochs", **{key: np.array(values, np.float32) for key, values in per_epoch.items()})

    def _steps(self, epoch: int) -> Iterator[tuple[int, Batch, Tensor]]:
        """Yield (step, batch, noise) of one epoch; everything is keyed by seed and epoch or step."""
        order = torch.randperm(len(self.training), generator=keyed(self.seed, ORDER, epoch))
        for i, index in enumerate(order.split(self.config.train.batch_size)):
            step = (epoch - 1) * self.steps_per_epoch + i
            batch = self.training.batch(index, keyed(self.seed, PIXELS, step) if self.training.is_dynamic else None)
            noise = torch.randn(self.objective.samples, len(index), self.config.model.latent_size, generator=keyed(self.seed, NOISE, step))
            yield step, batch, noise

    def _rows(
        self,
        epoch: int,
        sums: Tensor,
        weight: float,
        held_out: Tensor | None,
        eps: Tensor,
        per_epoch: dict[str, list[np.ndarray]],
        seconds: float,
    ) -> list[dict[str, Any]]:
        """Return the epoch's lines of history.csv and keep the weights if they are the best so far."""
        reconstruction, kl, loss = (sums.double() / len(self.training)).tolist()
        common = {"step": epoch * self.steps_per_epoch, "epoch": epoch, "kl_weight": weight, "seconds": seconds}
        rows = [{**common, "split": "train", "loss": loss, "reconstruction": reconstruction, "kl": kl}]
        if not math.isfinite(loss):
            raise Diverged(
                f"The training loss of epoch {epoch} is {loss}, so training stopped; lower learning_rate "
                f"(now {self.config.train.learning_rate:g}), or check the data for values that are not finite."
            )
        if held_out is None:
            self.best_epoch = epoch
            return rows
        scores = evaluate.scores(self.vae, held_out, eps, self.objective.score)
        per_epoch["kl_per_dim"].append(scores.kl_per_dim)
        per_epoch["mu_variance"].append(scores.mu_variance)
        parts = {"reconstruction": scores.reconstruction, "kl": scores.kl, "active_units": scores.active_units}
        rows.append({**common, "split": "validation", "loss": scores.score, **parts})
        if scores.score < self.best_score:
            self.best_score, self.best_epoch = scores.score, epoch
            self.best = {key: value.clone() for key, value in self.vae.state_dict().items()}
        return rows

    # ----------------------------------------------------------------- what is stored

    def _probe(self) -> Tensor:
        return images(self.dataset, self.test_rows[:PROBES], self.config, fixed=True).all()

    def _frame(self, probe: Tensor, step: int, epoch: int) -> dict[str, np.ndarray]:
        """Return one frame of the training film: where the probes lie and what the map draws."""
        posterior = latents.encode(self.vae, probe)
        # Half precision: three digits are more than a moving point shows.
        frame = {"mu": posterior.mu.numpy().astype(np.float16), "log_var": posterior.log_var.numpy().astype(np.float16)}
        frame |= {"step": np.array(step), "epoch": np.array(epoch)}
        if self.dataset.kind == "image":
            grid = latents.decode_mean(self.vae, self._film_points())
            # Sixteen grey levels: the film's pictures are small, and its files half as large.
            frame["grid"] = (np.round(np.clip(grid, 0, 1) * 15) * 17).astype(np.uint8)
        return frame

    def _film_points(self) -> np.ndarray:
        """Return the latent points of the film's grid: at true scale in one or two dimensions, fixed prior draws in more."""
        d = self.config.model.latent_size
        if d > 2:
            return torch.randn(FILM_DRAWS, d, generator=keyed(0, TEST)).numpy()
        return latents.grid_points(latents.even_axis(FILM_SIDE, REACH), d).reshape(-1, d)

    def finish(self, writer: runs.RunWriter) -> None:
        """Write the best weights and everything that pages show of them; summary.json comes last."""
        if self.best:
            self.vae.load_state_dict(self.best)
        self.vae.eval()
        test = images(self.dataset, self.test_rows, self.config, fixed=True).all()
        scores = test_scores(self.vae, test, self.config, self.objective)
        posterior = latents.encode(self.vae, test)
        labels = self.dataset.labels
        known = {} if labels is None else {"labels": labels[self.test_rows].astype(np.int64)}
        writer.weights(self.vae)
        writer.arrays("latents", mu=posterior.mu.numpy(), log_var=posterior.log_var.numpy(), rows=self.test_rows.astype(np.uint32), **known)
        order = np.argsort(-scores.kl_per_dim, kind="stable")[:2].tolist()
        dims = order if self.config.model.latent_size > 2 else [0, 1]
        if self.dataset.kind == "image":
            self._draw(writer, (dims[0], dims[1]))
        writer.finish(
            {
                "best_epoch": self.best_epoch,
                "epochs": self.config.train.epochs,
                "seconds": round(self.seconds, 2),
                "validation_score": self.best_score if self.best else None,
                "protocol": self.config.data.pixels,
                "test_split": "test" if len(self.split.test) else "train",
                "test": score_record(scores),
                "knn": self._knn(posterior.mu.numpy(), test),
                "reach": evaluate.neighbour_reach(posterior.mu.numpy()),
                "references": self._references(test),
                "mosaic": {"side": MOSAIC_SIDE, "coverage": COVERAGE, "dims": dims},
                "map": {"side": MAP_SIDE, "reach": REACH, "film_side": FILM_SIDE},
            },
            f"Finished after {self.config.train.epochs} epochs; epoch {self.best_epoch} is kept.",
        )

    def _draw(self, writer: runs.RunWriter, dims: tuple[int, int]) -> None:
        """Store the two first paints: the manifold at the prior's quantiles, and the map at true scale."""
        axes = {"mosaic": latents.quantile_axis(MOSAIC_SIDE, COVERAGE), "map": latents.even_axis(MAP_SIDE, REACH)}
        for name, axis in axes.items():
            grid = latents.manifold_grid(lambda z: latents.decode_mean(self.vae, z), axis, self.config.model.latent_size, dims)
            writer.picture(name, latents.png(latents.tile(grid.images)))

    def _knn(self, test_mu: np.ndarray, test: Tensor) -> dict[str, Any] | None:
        """Return how well neighbours on the map, and on a PCA map of the same size, tell the classes apart."""
        labels = self.dataset.labels
        if labels is None or len(self.dataset.class_names) < 2:
            return None
        known = images(self.dataset, self.split.train, self.config, fixed=True).all()
        mu = latents.encode(self.vae, known).mu.numpy()
        axes = latents.principal_axes(known.flatten(1).numpy(), self.config.model.latent_size)
        answer, train_labels = labels[self.test_rows], labels[self.split.train]
        flat = [axes.project(x.flatten(1).numpy()) for x in (known, test)]
        return {
            "k": 20,
            "accuracy": evaluate.knn_accuracy(mu, train_labels, test_mu, answer),
            "pca_accuracy": evaluate.knn_accuracy(flat[0], train_labels, flat[1], answer),
        }

    def _references(self, test: Tensor) -> list[dict[str, Any]]:
        known = images(self.dataset, self.split.train, self.config, fixed=True).all()
        model = self.config.model
        return evaluate.references(
            known.flatten(1).numpy(), test.flatten(1).numpy(), model.likelihood, self.config.data.pixels, model.latent_size, model.sigma
        )


def rescore(run: runs.Run) -> dict[str, Any]:
    """Return the test scores of a finished run, computed anew from its weights and its dataset.

    Raises:
        DataError, RunError: the dataset is not the one the run was trained on, or the weights are damaged.
    """
    dataset = datasets.load(run.dataset["name"])
    if dataset.sha256 != run.dataset["sha256"]:
        raise runs.RunError(
            f"Run {run.id!r} was trained on other {dataset.name} images than those at hand, so it cannot be scored on them."
        )
    split = run.split()
    rows = split["test"].astype(np.int64)
    if not len(rows):
        rows = np.setdiff1d(np.arange(len(dataset.values)), split["validation"])
    objective = objectives.build(run.config.objective, run.config.train, 1)
    return {"test": score_record(test_scores(run.model(), images(dataset, rows, run.config, fixed=True).all(), run.config, objective))}


def test_scores(vae: VAE, x: Tensor, config: RunConfig, objective: objectives.Objective) -> evaluate.Scores:
    """Score test images x (N, *event) with the noise that the run's seed names, so that the result can be repeated."""
    eps = torch.randn(TEST_SAMPLES, len(x), config.model.latent_size, generator=keyed(config.train.seed, TEST))
    return evaluate.scores(vae, x, eps, objective.score)


def score_record(scores: evaluate.Scores) -> dict[str, Any]:
    """Return scores as JSON-ready values; the total is the sum of the parts as written."""
    reconstruction, kl = round(scores.reconstruction, 6), round(scores.kl, 6)
    return {
        "negative_elbo": round(reconstruction + kl, 6),
        "reconstruction": reconstruction,
        "kl": kl,
        "kl_per_dim": [round(float(value), 6) for value in scores.kl_per_dim],
        "active_units": scores.active_units,
        "asleep": scores.asleep,
        "n": scores.n,
        "samples": TEST_SAMPLES,
        "standard_error": round(scores.standard_error, 6) if math.isfinite(scores.standard_error) else None,
    }
