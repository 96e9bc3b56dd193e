"""More like this: whether the nearest images by some features are of the same class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Floats, Ints


def nearest(features: Floats, queries: Ints, k: int) -> Ints:
    """Return the rows of the k nearest other images (Q, k) of each query, nearest first.

    Args:
        features: of all images, (N, f), N > k.
        queries: rows of those that are asked about, (Q,).
    """
    from sklearn.neighbors import NearestNeighbors

    found = NearestNeighbors(n_neighbors=k + 1, algorithm="brute").fit(features).kneighbors(features[queries], return_distance=False)
    # Its own place is not always first: others may lie at the same one.
    order = np.argsort(found == queries[:, None], axis=1, kind="stable")
    near: Ints = np.take_along_axis(found, order, 1)[:, :k]
    return near


def agreement(near: Ints, labels: Ints, queries: Ints, at: int) -> NDArray[np.float64]:
    """Return for each query the share of its first `at` images that are of its own class, (Q,)."""
    share: NDArray[np.float64] = (labels[near[:, :at]] == labels[queries][:, None]).mean(1)
    return share
