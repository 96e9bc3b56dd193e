"""What the nearest images say of a place in latent space: the class that they vote for, and how far away they usually are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Ints


def knn_accuracy(
    train: NDArray[Any],
    train_labels: NDArray[Any],
    test: NDArray[Any],
    test_labels: NDArray[Any],
    k: int = 20,
    own: Ints | None = None,
) -> float:
    """Return the share of test codes whose k nearest training codes (of fewer, all) vote for the right class, of equals the lowest.

    Args:
        train, test: codes (M, d) and (N, d); train_labels, test_labels: their classes, (M,) and (N,).
        own: where the same images are among the training ones, the place of each test image there, (N,), -1 for none: it has no vote.
    """
    from sklearn.neighbors import NearestNeighbors

    count = min(k + (own is not None), len(train))
    near = NearestNeighbors(n_neighbors=count).fit(train).kneighbors(test, return_distance=False)
    if own is not None:  # to the end with it, or where there is none with the farthest, and away
        near = np.take_along_axis(near, np.argsort(near == own[:, None], 1, kind="stable"), 1)[:, :-1]
    votes = np.zeros((len(test), int(train_labels.max()) + 1), np.int32)
    np.add.at(votes, (np.arange(len(test))[:, None], train_labels[near]), 1)
    return float((votes.argmax(1) == test_labels).mean())


def neighbour_reach(mu: NDArray[Any], k: int = 10, share: float = 0.99) -> float | None:
    """Return the distance within which `share` of the images find their k-th nearest other image, or None for too few images.

    A place on the map whose k-th nearest image is farther away than this lies outside of what the model has seen; calibrated on the images
    themselves, each left out of its own neighbours.
    """
    from sklearn.neighbors import NearestNeighbors

    if len(mu) <= k:
        return None
    distances = NearestNeighbors(n_neighbors=k + 1).fit(mu).kneighbors(mu)[0][:, k]
    return float(np.quantile(distances, share))


def vote_shares(spots: dict[str, list[np.ndarray]], classes: list[np.ndarray], rows: list[np.ndarray], k: int) -> dict[str, Any]:
    """Return the share of test images that neighbours give the right class, by name of `spots`; of (training, test) codes (M or N, d).

    Where training images stand in for a test set, none counts among its own neighbours, and `is_own_left_out` says so.
    """
    place = np.minimum(np.searchsorted(rows[0], rows[1]), len(rows[0]) - 1)
    own = np.where(rows[0][place] == rows[1], place, -1)
    is_among = bool((own >= 0).any())
    left_out = own if is_among else None
    shares = {name: knn_accuracy(at[0], classes[0], at[1], classes[1], k, left_out) for name, at in spots.items()}
    return shares | ({"is_own_left_out": True} if is_among else {})
