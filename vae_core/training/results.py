"""What a finished run keeps of its test images: latents, first paints, scores and the simpler models beside them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from vae_core.config import RunConfig
from vae_core.data import pictures
from vae_core.data.batches import ImageSubset, image_subset
from vae_core.data.dataset import Dataset, Split
from vae_core.evaluation import baselines, closed_forms, neighbours, scoring
from vae_core.evaluation.scoring import Scores
from vae_core.latent import grids, inference, projections
from vae_core.model.vae import VAE
from vae_core.registries import has_normal_prior
from vae_core.runs.writer import RunWriter
from vae_core.training import snapshots

# Pictures per side of the manifold at the prior's quantiles and of the map at true scale: fewer of large ones, see grids.pictures_per_side.
SIDES = {"mosaic": 20, "map": 30}
COVERAGE = 0.95  # share of the prior on each axis of the manifold
MOST_MEANS = 0.8  # share of the test images' means that lie on the map, at least
NEIGHBOURS = 20


def store_results(vae: VAE, config: RunConfig, dataset: Dataset, split: Split, writer: RunWriter) -> dict[str, Any]:
    """Write weights, latents and first paints of a trained model, and return what summary.json says of it."""
    rows, d, has_prior = scoring.test_rows(split), config.model.latent_size, has_normal_prior(config)
    test = image_subset(dataset, rows, config, fixed=True)
    scores = scoring.test_scores(vae, test, config)
    mu, log_var = scoring.encode_images(vae, test, config)
    labels = {} if dataset.labels is None else {"labels": dataset.labels[rows].astype(np.int64)}
    writer.weights(vae)
    writer.arrays("latents", mu=mu, log_var=log_var, rows=rows.astype(np.uint32), **labels)
    dims = most_informative(scores)
    sides = {name: grids.pictures_per_side(side, dataset.event_shape) for name, side in SIDES.items()}
    axes = map_axes(mu[:, [dim for dim in dims if dim < d]], sides, has_prior=has_prior)
    if dataset.kind == "image":
        for name, axis in axes.items():
            grid = grids.manifold_grid(lambda z: inference.decode_mean(vae, z), axis, d, dims)
            writer.picture(name, pictures.png(pictures.mosaic_of(grid.images)))
    return {
        "protocol": config.data.pixels,
        "test_split": "test" if len(split.test) else "train",
        "test": scoring.record_of(scores),
        "usual": cost_quantiles(scores),
        "reach": neighbours.neighbour_reach(mu),
        "mosaic": {"side": sides["mosaic"], "coverage": COVERAGE if has_prior else None, "dims": list(dims)},
        "map": {"side": sides["map"], "reach": grids.reach_of(axes["map"]), **snapshots.layout(dataset.event_shape)},
        **comparisons(vae, config, dataset, split, test, dims),
    }


def most_informative(scores: Scores) -> tuple[int, int]:
    """Return the two dimensions that the map shows: in their own order where there are no more, else by KL, without one by variance."""
    if len(scores.mu_variance) <= 2:
        return (0, 1)
    carried = scores.mu_variance if np.isnan(scores.kl_per_dim).any() else scores.kl_per_dim
    first, second = np.argsort(-carried, kind="stable")[:2].tolist()
    return first, second


def map_axes(mu: np.ndarray, sides: Mapping[str, int], *, has_prior: bool) -> dict[str, np.ndarray]:
    """Return the axes of mosaic and map, with so many places on each.

    They are the quantiles and the reach of a normal prior, or without one what the means mu (N, 1 or 2) fill. Where many means lie beyond
    the prior's reach, as after a short training on images with many values, the map reaches as far as most of them.
    """
    if has_prior:
        reach = max(snapshots.REACH, 1.1 * float(np.quantile(np.abs(mu).max(1), MOST_MEANS)))
        return {"mosaic": grids.quantile_axis(sides["mosaic"], COVERAGE), "map": grids.even_axis(sides["map"], reach)}
    reach = float(np.quantile(np.abs(mu), 0.995)) * 1.1 or 1.0
    return {name: grids.even_axis(side, reach) for name, side in sides.items()}


def cost_quantiles(scores: Scores) -> dict[str, list[float]]:
    """Return what test images cost: the 0, 1, ... 100 % quantiles of the negative ELBO and its parts, nats per image."""
    if math.isnan(scores.kl):
        parts = {"reconstruction": scores.reconstructions}
    else:
        parts = {"reconstruction": scores.reconstructions, "kl": scores.kls, "negative_elbo": scores.reconstructions + scores.kls}
    return {name: np.quantile(values, np.linspace(0, 1, 101)).round(4).tolist() for name, values in parts.items()}


def comparisons(vae: VAE, config: RunConfig, dataset: Dataset, split: Split, test: ImageSubset, dims: tuple[int, int]) -> dict[str, Any]:
    """Return what simpler models score on the same test images (`references`), and how well neighbours tell the classes (`knn`).

    They need their images in memory: of large data they get a part of either kind (`compared` says how many), drawn by the run's seed.

    Args:
        dims: the two latent dimensions that the map shows.
    """
    model, (_, most) = config.model, baselines.most_compared(dataset.event_shape)
    parts = [baselines.fitted_on(dataset, split.train, config), test.at_most(most, config.train.seed)]
    pictures = [part.all() for part in parts]
    known, held = flat = [x.flatten(1).numpy() for x in pictures]
    found: dict[str, Any] = {
        "compared": {"train": len(parts[0]), "test": len(parts[1])},
        **baselines.references(
            known, held, model.likelihood, config.data.pixels, model.latent_size, model.sigma, quantum=1 / dataset.divisor
        ).record(),
        "knn": None,
    }
    rows = [part.rows.numpy() for part in parts]
    if dataset.labels is None or len(dataset.class_names) < 2 or len(rows[0]) < 2:
        return found
    codes = [inference.encode(vae, x).mu.numpy() for x in pictures]
    spots = {"accuracy": codes} | ({"map_accuracy": [mu[:, list(dims)] for mu in codes]} if model.latent_size > 2 else {})
    if flat[0].shape[1] <= closed_forms.MAX_NUMBERS:
        axes = projections.principal_axes(flat[0], model.latent_size)
        spots["pca_accuracy"] = [axes.project(x) for x in flat]
    return {
        **found,
        "knn": {
            "k": NEIGHBOURS,
            "pca_accuracy": None,
            **neighbours.vote_shares(spots, [dataset.labels[one] for one in rows], rows, NEIGHBOURS),
        },
    }
