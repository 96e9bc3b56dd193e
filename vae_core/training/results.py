"""What a finished run keeps of its test images: latents, first paints, scores and the simpler models beside them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vae_core.config import RunConfig
from vae_core.data.batches import TEST, Images, images, keyed
from vae_core.data.dataset import Dataset, Split
from vae_core.evaluation import closed_forms as exact
from vae_core.evaluation import scoring as evaluate
from vae_core.latent import latents
from vae_core.model import objectives
from vae_core.model.objectives import Objective
from vae_core.model.vae import VAE
from vae_core.runs import run as runs
from vae_core.runs.writer import RunWriter
from vae_core.training import snapshots as film

# Pictures per side of the manifold at the prior's quantiles and of the map at true scale: fewer of large ones, see latents.per_side.
SIDES = {"mosaic": 20, "map": 30}
COVERAGE = 0.95  # share of the prior on each axis of the manifold
SAMPLES = 4  # latent samples per test image
NEIGHBOURS = 20
# Simpler models are fitted on at most so many numbers, and tested on a sixth: all of MNIST, 188 MB. But on no fewer images than these.
NUMBERS, FEWEST = 60_000 * 784, 1000


def test_rows(split: Split) -> np.ndarray:
    """Return the rows that results are reported on; without a test set the training images stand in, and every table says so."""
    return split.test if len(split.test) else split.train


def store(vae: VAE, config: RunConfig, dataset: Dataset, split: Split, writer: RunWriter) -> dict[str, Any]:
    """Write weights, latents and first paints of a trained model, and return what summary.json says of it."""
    rows, d = test_rows(split), config.model.latent_size
    test = images(dataset, rows, config, fixed=True)
    scores = test_scores(vae, test, config)
    mu, log_var = codes(vae, test, config)
    labels = {} if dataset.labels is None else {"labels": dataset.labels[rows].astype(np.int64)}
    writer.weights(vae)
    writer.arrays("latents", mu=mu, log_var=log_var, rows=rows.astype(np.uint32), **labels)
    dims = most_informative(scores)
    sides = {name: latents.per_side(side, dataset.event_shape) for name, side in SIDES.items()}
    axes = map_axes(mu[:, [dim for dim in dims if dim < d]], is_deterministic(config), sides)
    if dataset.kind == "image":
        for name, axis in axes.items():
            grid = latents.manifold_grid(lambda z: latents.decode_mean(vae, z), axis, d, dims)
            writer.picture(name, latents.png(latents.tile(grid.images)))
    return {
        "protocol": config.data.pixels,
        "test_split": "test" if len(split.test) else "train",
        "test": record(scores),
        "usual": usual(scores),
        "reach": evaluate.neighbour_reach(mu),
        "mosaic": {"side": sides["mosaic"], "coverage": None if is_deterministic(config) else COVERAGE, "dims": list(dims)},
        "map": {"side": sides["map"], "reach": latents.reach_of(axes["map"]), **film.layout(dataset.event_shape)},
        **comparisons(vae, config, dataset, split, test, dims),
    }


def is_deterministic(config: RunConfig) -> bool:
    """Tell whether the run is a plain autoencoder: z = mu, and neither KL nor prior mean anything."""
    return objectives.build(config.objective, config.train, steps_per_epoch=1).deterministic


def codes(vae: VAE, x: Tensor | Images, config: RunConfig) -> tuple[np.ndarray, np.ndarray]:
    """Return mu and log_var (N, d) of images x (N, *event); an autoencoder's log_var is not a number, since nothing trained it."""
    posterior = latents.encode(vae, x)
    mu, log_var = posterior.mu.numpy(), posterior.log_var.numpy()
    return mu, np.full_like(log_var, np.nan) if is_deterministic(config) else log_var


def most_informative(scores: evaluate.Scores) -> tuple[int, int]:
    """Return the two dimensions that the map shows: in their own order where there are no more, else by KL, without one by variance."""
    if len(scores.mu_variance) <= 2:
        return (0, 1)
    carried = scores.mu_variance if np.isnan(scores.kl_per_dim).any() else scores.kl_per_dim
    first, second = np.argsort(-carried, kind="stable")[:2].tolist()
    return first, second


def map_axes(mu: np.ndarray, without_prior: bool, sides: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Return the axes of mosaic and map, with so many places on each.

    They are the prior's quantiles and its reach, or without a prior what the means mu (N, 1 or 2) fill.
    """
    if not without_prior:
        return {"mosaic": latents.quantile_axis(sides["mosaic"], COVERAGE), "map": latents.even_axis(sides["map"], film.REACH)}
    reach = float(np.quantile(np.abs(mu), 0.995)) * 1.1 or 1.0
    return {name: latents.even_axis(side, reach) for name, side in sides.items()}


def usual(scores: evaluate.Scores) -> dict[str, list[float]]:
    """Return what test images cost: the 0, 1, ... 100 % quantiles of the negative ELBO and its parts, nats per image."""
    if math.isnan(scores.kl):
        parts = {"reconstruction": scores.reconstructions}
    else:
        parts = {"reconstruction": scores.reconstructions, "kl": scores.kls, "negative_elbo": scores.reconstructions + scores.kls}
    return {name: np.quantile(values, np.linspace(0, 1, 101)).round(4).tolist() for name, values in parts.items()}


def comparisons(vae: VAE, config: RunConfig, dataset: Dataset, split: Split, test: Images, dims: tuple[int, int]) -> dict[str, Any]:
    """Return what simpler models score on the same test images (`references`), and how well neighbours tell the classes (`knn`).

    They need their images in memory: of large data they get a part of either kind (`compared` says how many), drawn by the run's seed.

    Args:
        dims: the two latent dimensions that the map shows.
    """
    model, most = config.model, NUMBERS // math.prod(dataset.event_shape)
    parts = [fitted_on(dataset, split.train, config), test.some(max(FEWEST, most // 6), config.train.seed)]
    pictures = [part.all() for part in parts]
    known, held = flat = [x.flatten(1).numpy() for x in pictures]
    found: dict[str, Any] = {
        "compared": {"train": len(parts[0]), "test": len(parts[1])},
        **evaluate.references(known, held, model.likelihood, config.data.pixels, model.latent_size, model.sigma).record(),
        "knn": None,
    }
    rows = [part.rows.numpy() for part in parts]
    if dataset.labels is None or len(dataset.class_names) < 2 or len(rows[0]) < 2:
        return found
    codes = [latents.encode(vae, x).mu.numpy() for x in pictures]
    spots = {"accuracy": codes} | ({"map_accuracy": [mu[:, list(dims)] for mu in codes]} if model.latent_size > 2 else {})
    if flat[0].shape[1] <= exact.WIDEST:
        axes = latents.principal_axes(flat[0], model.latent_size)
        spots["pca_accuracy"] = [axes.project(x) for x in flat]
    return {**found, "knn": {"k": NEIGHBOURS, "pca_accuracy": None, **votes(spots, [dataset.labels[one] for one in rows], rows)}}


def votes(spots: dict[str, list[np.ndarray]], classes: list[np.ndarray], rows: list[np.ndarray]) -> dict[str, Any]:
    """Return the share of test images that neighbours give the right class, by name of `spots`; of (training, test) codes (M or N, d).

    Where training images stand in for a test set, none counts among its own neighbours, and `is_own_left_out` says so.
    """
    place = np.minimum(np.searchsorted(rows[0], rows[1]), len(rows[0]) - 1)
    own = np.where(rows[0][place] == rows[1], place, -1)
    is_among = bool((own >= 0).any())
    left_out = own if is_among else None
    shares = {name: evaluate.knn_accuracy(at[0], classes[0], at[1], classes[1], NEIGHBOURS, left_out) for name, at in spots.items()}
    return shares | ({"is_own_left_out": True} if is_among else {})


def fitted_on(dataset: Dataset, rows: np.ndarray, config: RunConfig) -> Images:
    """Return the images that simpler models are fitted on: all training rows (N,), and of large data a part, drawn by the run's seed."""
    most = max(FEWEST, NUMBERS // math.prod(dataset.event_shape))
    return images(dataset, rows, config, fixed=True).some(most, config.train.seed)


def test_scores(vae: VAE, x: Tensor | Images, config: RunConfig) -> evaluate.Scores:
    """Score test images x (N, *event) with the noise that the run's seed names, so that the result can be repeated."""
    objective: Objective = objectives.build(config.objective, config.train, steps_per_epoch=1)  # a score has no schedule
    eps = torch.randn(SAMPLES, len(x), config.model.latent_size, generator=keyed(config.train.seed, TEST))
    return evaluate.scores(vae, x, eps, objective)


def rescore(run: runs.Run) -> dict[str, Any]:
    """Return {"test": scores} of a finished run, computed anew from its weights and its dataset.

    Raises:
        RunError: the images are not to be had, or others than the run was trained on, or the weights are damaged.
    """
    test = images(run.images(is_fetched=True), run.latents().rows.astype(np.int64), run.config, fixed=True)
    return {"test": record(test_scores(run.model(), test, run.config))}


def record(scores: evaluate.Scores) -> dict[str, Any]:
    """Return scores as JSON-ready values; the total is the sum of the parts as written, and what is not defined is None."""
    reconstruction, kl = round(scores.reconstruction, 6), _rounded(scores.kl)
    return {
        "negative_elbo": None if kl is None else round(reconstruction + kl, 6),
        "reconstruction": reconstruction,
        "kl": kl,
        "kl_per_dim": [_rounded(value) for value in scores.kl_per_dim],
        "active_units": scores.active_units,
        "asleep": scores.asleep,
        "n": scores.n,
        "samples": SAMPLES,
        "standard_error": _rounded(scores.standard_error),
    }


def _rounded(value: float) -> float | None:
    return round(float(value), 6) if math.isfinite(value) else None
