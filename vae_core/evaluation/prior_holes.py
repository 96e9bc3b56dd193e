"""The aggregate posterior against the prior: log q(z)/p(z), and the holes, where the prior has mass and no posterior has any.

q(z) = 1/N sum_n q(z|x_n) is known through N images only, so it is judged by their own measure: at draws from each posterior, with that
image left out of q. A hole is where log q/p is lower than at all but 1 % of those draws; if q were the prior, they would cover 1 %.
Where the live map has fog, it goes by the same measure and the same draws. NumPy alone, in float64.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Floats, Ints
from vae_core.latent.aggregate_posterior import held_out, log_ratio, rim
from vae_core.latent.grids import even_axis
from vae_core.progress import Progress, no_progress

QUANTILE = 0.01
DRAWS = 20_000  # from the prior
REACH = 4.2  # of the grid, in standard deviations of the prior
SIDES = {1: 840, 2: 168, 3: 48}  # cells along an axis
INSIDE = 0.999  # of the prior: where holes are looked for
MAX_HOLES = 20  # holes that are listed
MIN_DRAWS = 5  # draws in a hole that is listed
RESAMPLED = 200  # times that the images are drawn anew, for the error of the threshold: a standard deviation to a twentieth


@dataclass(frozen=True)
class Hole:
    """A connected region in which log q/p is below the threshold."""

    mass: float  # share of the prior
    standard_error: float  # from draw to draw of the prior and from image to image of those that set the threshold
    z: Floats  # (d,) deep inside
    log_ratio: float  # log q/p there
    nearest: int  # number of the image whose mean is nearest to z
    distance: float  # to that mean
    is_rim: bool  # whether it opens to the outside, where the prior draws next to nothing


@dataclass(frozen=True)
class Holes:
    """The map of log q/p, its threshold, and the holes, heaviest first."""

    axis: Floats  # (side,) ascending, along every dimension
    log_ratio: Floats  # (side,) * d; in two dimensions row 0 is the lowest second coordinate, columns run along the first
    region: NDArray[np.int16]  # of the same shape: 0 none, i + 1 the i-th hole
    held_out: Floats  # ascending log q/p at draws of posteriors, each left out of its own q
    threshold: float
    mass: float  # share of the prior's draws below the threshold
    standard_error: float  # as that of a hole
    draws: int
    holes: list[Hole]


def find_holes(mu: Floats, log_var: Floats, *, seed: int = 0, progress: Progress = no_progress) -> Holes:
    """Return the holes of the mixture of N posteriors mu, log_var (N, d), d at most 3, N at least 2."""
    mu, log_var = np.asarray(mu, np.float64), np.asarray(log_var, np.float64)
    d, rng = mu.shape[1], np.random.default_rng(seed)
    owners, at_images = held_out(mu, log_var, rng)
    threshold = float(np.quantile(at_images, QUANTILE))
    others = thresholds(owners, at_images)
    progress(0.1)
    z = rng.standard_normal((DRAWS, d))
    at_draws = _log_ratio(z, mu, log_var, lambda share: progress(0.1 + 0.3 * share))
    is_empty = at_draws < threshold
    axis = even_axis(SIDES[d], REACH)
    places = np.stack(np.meshgrid(*[axis] * d, indexing="ij"), -1).reshape(-1, d)[:, ::-1]
    shape = (len(axis),) * d
    ratio = _log_ratio(places, mu, log_var, lambda share: progress(0.4 + 0.6 * share)).reshape(shape)
    inside = (np.linalg.norm(places, axis=1) <= rim(d, INSIDE)).reshape(shape)
    labels, depth, is_rim = regions((ratio < threshold) & inside, inside)
    drawn = _labels_of(z[is_empty], labels, axis)
    counts = np.bincount(drawn, minlength=labels.max() + 1)[1:]
    owned = _nearest_labels(z, at_draws, threshold, others.max(), drawn)
    order = [int(i) for i in np.argsort(-counts, kind="stable")[:MAX_HOLES] if counts[i] >= MIN_DRAWS]
    squares = (places**2).sum(1).reshape(shape)
    holes, region = [], np.zeros(shape, np.int16)
    for number, i in enumerate(order):
        own = labels == i + 1
        deepest = np.where(
            own, depth - squares / (2 * rim(d, INSIDE) ** 2), -np.inf
        ).argmax()  # of equally deep ones the most probable under the prior
        distances = np.linalg.norm(mu - places[deepest], axis=1)
        share = float(counts[i] / DRAWS)
        near = int(distances.argmin())
        error = _error(share, at_draws[owned == i + 1], others)
        holes.append(Hole(share, error, places[deepest], float(ratio.flat[deepest]), near, float(distances[near]), bool(is_rim[i])))
        region[own] = number + 1
    mass = float(is_empty.mean())
    return Holes(axis, ratio, region, np.sort(at_images), threshold, mass, _error(mass, at_draws, others), DRAWS, holes)


def thresholds(owners: Ints, at_images: Floats, seed: int = 0) -> Floats:
    """Return the thresholds, (RESAMPLED,), that other images would have set: whole images are drawn with replacement (a bootstrap).

    All draws of one image go with it, since they lie in one place: with few images it is these, and not the draws, that are uncertain.

    Args:
        owners: the image of each held-out draw, (M,).
        at_images: log q/p there, (M,).
    """
    order, rng = np.argsort(at_images), np.random.default_rng([seed, 1])
    images = np.unique(owners, return_inverse=True)[1][order]
    count, found = int(images.max()) + 1, np.empty(RESAMPLED)
    for i in range(RESAMPLED):
        below = np.cumsum(np.bincount(rng.integers(count, size=count), minlength=count)[images])
        found[i] = at_images[order[np.searchsorted(below, QUANTILE * below[-1])]]
    return found


def _error(share: float, at_draws: Floats, others: Floats) -> float:
    """Return the standard error of a share of the prior's draws: theirs, and that of the threshold, which they do not depend on.

    Args:
        share: of all draws.
        at_draws: log q/p at those draws that lie here or would under another threshold.
        others: thresholds (R,).
    """
    moved = np.searchsorted(np.sort(at_draws), others) / DRAWS
    return math.sqrt(share * (1 - share) / DRAWS + float(moved.var(ddof=1)))


def _nearest_labels(z: Floats, at_draws: Floats, threshold: float, highest: float, drawn: Ints) -> Ints:
    """Return the region to which each place z (M, d) belongs, (M,), 0 for none.

    Of empty ones it is `drawn` (E,); of those that the highest threshold would make empty, that of the nearest empty one.
    """
    found, is_empty = np.zeros(len(z), np.int64), at_draws < threshold
    found[is_empty] = drawn
    known, labels = z[is_empty][drawn > 0], drawn[drawn > 0]
    for rows in np.array_split(np.flatnonzero(~is_empty & (at_draws < highest)), 100):
        if len(known) and len(rows):
            apart = (z[rows] ** 2).sum(1)[:, None] - 2 * z[rows] @ known.T + (known**2).sum(1)
            found[rows] = labels[apart.argmin(1)]
    return found


def _log_ratio(z: Floats, mu: Floats, log_var: Floats, progress: Progress, parts: int = 20) -> Floats:
    """Return log q/p at places z (M, d), in parts, with their progress."""
    found = []
    for i, part in enumerate(np.array_split(z, parts)):
        found.append(log_ratio(part, mu, log_var))
        progress((i + 1) / parts)
    return np.concatenate(found)


def regions(is_empty: NDArray[np.bool_], inside: NDArray[np.bool_]) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Split the empty cells into connected regions; neighbours share a side.

    Returns:
        labels: 0 or the region's number from 1, of the shape of `is_empty`.
        depth: steps to the nearest cell that is not empty, or not `inside`; 0 there.
        is_rim: for each region whether it touches a cell that is not `inside`.
    """
    padded, within = np.pad(is_empty, 1), np.pad(inside, 1)
    strides = [math.prod(padded.shape[axis + 1 :]) for axis in range(padded.ndim)]
    steps = [sign * stride for stride in strides for sign in (-1, 1)]
    empty, flat_within = padded.ravel(), within.ravel()
    cells = np.flatnonzero(empty)
    edge = [cell for cell in cells.tolist() if not all(empty[cell + step] for step in steps)]
    depth = np.zeros(empty.size, np.int64)
    depth[edge] = 1
    todo = deque(edge)
    while todo:
        cell = todo.popleft()
        for step in steps:
            if empty[cell + step] and not depth[cell + step]:
                depth[cell + step] = depth[cell] + 1
                todo.append(cell + step)
    labels = np.zeros(empty.size, np.int64)
    rims: list[bool] = []
    for start in cells.tolist():
        if not labels[start]:
            rims.append(_flood(start, len(rims) + 1, empty, flat_within, labels, steps))
    core = tuple(slice(1, -1) for _ in is_empty.shape)
    return labels.reshape(padded.shape)[core], depth.reshape(padded.shape)[core], np.array(rims, dtype=bool)


def _flood(start: int, number: int, empty: Any, within: Any, labels: Any, steps: list[int]) -> bool:
    """Write a region's number into its cells, and return whether it touches the outside."""
    is_rim, todo = False, [start]
    labels[start] = number
    while todo:
        cell = todo.pop()
        for step in steps:
            is_rim |= not within[cell + step]
            if empty[cell + step] and not labels[cell + step]:
                labels[cell + step] = number
                todo.append(cell + step)
    return is_rim


def _labels_of(z: Floats, labels: Ints, axis: Floats) -> Ints:
    """Return the region of each empty place z (M, d), 0 for none: that of its cell, or of a cell beside it where its own is not empty."""
    wide = labels.copy()
    for dim in range(labels.ndim):
        for shift in (-1, 1):
            beside = np.roll(labels, shift, dim)
            wide = np.where(wide > 0, wide, beside)
    step = axis[1] - axis[0]
    index = np.rint((z - axis[0]) / step).astype(np.int64)
    held = ((index >= 0) & (index < len(axis))).all(1)
    found = np.zeros(len(z), np.int64)
    found[held] = wide[tuple(index[held, ::-1].T)]
    return found
