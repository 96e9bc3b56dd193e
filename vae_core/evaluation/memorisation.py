"""Whether drawn pictures are training images learned by heart: how near they come to one, beside how near unseen images do."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from vae_core.arrays import Float64s, Floats, Ints


@dataclass(frozen=True)
class Nearest:
    """Of each query the nearest image: its distance and its place (Q,), and the image itself (Q, P)."""

    distance: Float64s
    place: Ints
    image: Floats

    def __getitem__(self, part: slice) -> Nearest:
        """Return those of some queries."""
        return Nearest(self.distance[part], self.place[part], self.image[part])


def nearest_image(queries: Floats, parts: Iterable[Floats]) -> Nearest:
    """Return the image nearest to each query (Q, P), by Euclidean distance.

    Args:
        queries: flat pictures.
        parts: the images that are searched, a part (n, P) at a time; places count through all parts.
    """
    best, place, image, start = np.full(len(queries), np.inf), np.zeros(len(queries), np.int64), np.zeros_like(queries), 0
    for part in parts:
        squares = np.einsum("np,np->n", part, part) - 2 * queries @ part.T  # less the query's own, which is the same for all
        near = squares.argmin(1)
        least = squares[np.arange(len(queries)), near]
        is_nearer = least < best
        best[is_nearer], place[is_nearer], image[is_nearer] = least[is_nearer], start + near[is_nearer], part[near[is_nearer]]
        start += len(part)
    gap = queries.astype(np.float64) - image  # of numbers close to each other, squares multiplied out lose what is left
    return Nearest(np.sqrt((gap**2).sum(1)), place, image)


def nearer_than(distance: Floats, unseen: Floats) -> Float64s:
    """Return for each distance from the nearest training image (Q,) the share of unseen images whose own (N,) is larger."""
    order = np.sort(unseen)
    return 1 - np.searchsorted(order, distance, "right") / len(order)


def copied_share(learned: Nearest, unseen: Nearest, chance: float) -> tuple[float, float]:
    """Return the share of pictures that lie nearer to a training image than to any unseen one, and the standard error by chance alone.

    Where nothing is learned by heart, the nearest of all is any of them with equal chance: of n training and m unseen images the share is
    n / (n + m), and blur, which brings a picture nearer to all images alike, changes nothing about it. Equal distances count half. Pictures
    whose nearest image is the same stand or fall together, so a model that draws one picture only has an error as large as that of one.
    A test of this kind: Meehan and others (2020), arXiv 2004.05675.

    Args:
        learned, unseen: the nearest images of the same Q pictures in either set.
        chance: n / (n + m).
    """
    shares = (learned.distance < unseen.distance) + 0.5 * (learned.distance == unseen.distance)
    nearest = np.where(learned.distance <= unseen.distance, learned.place, -1 - unseen.place)
    weights = np.unique(nearest, return_counts=True)[1] / len(nearest)
    return float(shares.mean()), math.sqrt(chance * (1 - chance) * float((weights**2).sum()))
