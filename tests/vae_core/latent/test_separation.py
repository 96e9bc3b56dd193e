"""The view that keeps the classes apart best is found among all pairs and the principal axes, and counted as neighbours are counted."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from vae_core.latent.latents import Latents
from vae_core.latent.separation import MOST_IMAGES, best_view


def points(mu: np.ndarray, labels: np.ndarray | None) -> Latents:
    return Latents(mu.astype(np.float32), np.full(mu.shape, -4.0, np.float32), labels, np.arange(len(mu)))


def own_share(flat: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of points whose nearest other point has their label."""
    near = NearestNeighbors(n_neighbors=2).fit(flat).kneighbors(return_distance=False)[:, 0]
    return float((labels[near] == labels).mean())


def test_the_two_dimensions_that_tell_the_classes_are_found() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 4, 600)
    mu = random.normal(size=(600, 5)) * [3, 1, 1, 1, 1]
    mu[:, 4] += 6 * (labels % 2)
    mu[:, 1] += 6 * (labels // 2)
    found = best_view(points(mu, labels))
    assert found is not None and found.dims is not None and set(found.dims) == {1, 4} and found.own > 0.97 > found.runner_up
    assert (found.images, found.dimensions) == (600, 5)
    shares = [own_share(mu[:, list(pair)].astype(np.float32), labels) for pair in combinations(range(5), 2)]
    assert found.own == pytest.approx(max(shares))


def test_the_principal_axes_win_where_no_pair_shows_it() -> None:
    random = np.random.default_rng(1)
    labels = random.integers(0, 8, MOST_IMAGES + 500)
    angle = labels * np.pi / 4
    turn = np.linalg.qr(random.normal(size=(8, 8)))[0][:2]
    mu = 4 * np.stack([np.cos(angle), np.sin(angle)], 1) @ turn + 0.3 * random.normal(size=(len(labels), 8))
    found = best_view(points(mu, labels))
    assert found is not None and found.dims is None and found.own > 0.95 and found.images == MOST_IMAGES


def test_without_a_choice_there_is_none() -> None:
    mu = np.random.default_rng(2).normal(size=(50, 3))
    assert best_view(points(mu[:, :2], np.zeros(50, np.int64))) is None and best_view(points(mu, None)) is None
