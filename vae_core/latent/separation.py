"""Which flat view through many dimensions keeps the classes apart best, by how often an image's nearest other image is of its own class."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from vae_core.arrays import Floats, Ints
from vae_core.latent.latents import ASLEEP, Latents
from vae_core.latent.projections import principal_axes

MOST_IMAGES = 1000  # of the test set, evenly spread over it; a pair takes their number squared
MOST_DIMENSIONS = 16  # those that carry most


@dataclass(frozen=True)
class BestView:
    """The best of the views that were tried.

    Attributes:
        dims: the two dimensions, to the right and upward; None where it is that of the first two principal axes.
        own: share of the images whose nearest other image on this view is of their class.
        runner_up: the largest such share of the other views.
        images: how many images were counted.
        dimensions: of how many dimensions every pair was tried, beside the principal axes.
    """

    dims: tuple[int, int] | None
    own: float
    runner_up: float
    images: int
    dimensions: int


def best_view(points: Latents) -> BestView | None:
    """Return the view of more than two dimensions on which the classes lie apart best; None where there is no choice or no class."""
    labels, d = points.labels, points.mu.shape[1]
    chosen = np.linspace(0, len(points.mu) - 1, min(len(points.mu), MOST_IMAGES)).round().astype(int)
    if d < 3 or labels is None or len(chosen) < 2:
        return None
    mu, labels = points.mu[chosen].astype(np.float32), labels[chosen]
    order = points.order[:MOST_DIMENSIONS]
    awake = [dim for dim in order if not points.kl_per_dim[dim] < ASLEEP]  # an autoencoder's KL is not a number
    tried = awake if len(awake) > 1 else order[:2]
    apart = {dim: _squares(mu[:, dim]) for dim in tried}
    shares = {pair: _own_share(apart[pair[0]] + apart[pair[1]], labels) for pair in combinations(tried, 2)}
    right, up = principal_axes(points.mu.astype(np.float64)).directions.astype(np.float32)
    flat = _own_share(_squares(mu @ right) + _squares(mu @ up), labels)
    ranked = sorted([(share, pair) for pair, share in shares.items()] + [(flat, None)], key=lambda one: -one[0])
    others = [share for share, _ in ranked[1:]]
    return BestView(ranked[0][1], ranked[0][0], others[0], len(chosen), len(tried))


def _squares(values: Floats) -> Floats:
    """Return the squared distances (N, N) of values (N,), of each from itself infinity."""
    squares = (values[:, None] - values[None, :]) ** 2
    np.fill_diagonal(squares, np.inf)
    return squares


def _own_share(squares: Floats, labels: Ints) -> float:
    """Return the share of images whose nearest other one is of their class, from squared distances (N, N)."""
    return float((labels[squares.argmin(1)] == labels).mean())
