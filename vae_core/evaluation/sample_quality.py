"""How like real images drawn ones are, and how many kinds of real images they reach: precision, recall, density and coverage.

Each image's neighbourhood is the ball that reaches to its k-th nearest other image of its own set. Precision and recall: Kynkaanniemi and
others (2019), arXiv 1904.06991; density and coverage: Naeem and others (2020), arXiv 2002.09797.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from vae_core.arrays import Float64s, Floats

NEIGHBOURS = 5  # k, as Naeem and others take it
GROUPS = 10  # of images, each left out once for the error
MEASURES = ("precision", "recall", "density", "coverage")
FEWEST = 2 * NEIGHBOURS + 2  # images of a set, so that without a group some have k others


def sample_quality(real: Floats, drawn: Floats, k: int = NEIGHBOURS) -> dict[str, tuple[float, float]]:
    """Return each of MEASURES with its standard error, by the jackknife over GROUPS of both sets.

    Args:
        real: features of real images (N, f).
        drawn: features of drawn ones (M, f).
        k: the nearest other image to which a neighbourhood reaches, fewer than nine tenths of N and M.

    Returns:
        precision: the share of drawn images in the neighbourhood of a real one.
        recall: the share of real images in the neighbourhood of a drawn one.
        density: in how many real neighbourhoods a drawn image lies, over k: 1 on average where both are of one kind, and not bounded by it.
        coverage: the share of real images with a drawn one in their neighbourhood.
    """
    from scipy.spatial.distance import cdist

    between, within_real, within_drawn = cdist(real, drawn), cdist(real, real), cdist(drawn, drawn)
    left_out = np.empty((GROUPS, len(MEASURES)))
    for group, (one, other) in enumerate(zip(_without_groups(len(real)), _without_groups(len(drawn)), strict=True)):
        left_out[group] = _measures(between[np.ix_(one, other)], within_real[np.ix_(one, one)], within_drawn[np.ix_(other, other)], k)
    whole = _measures(between, within_real, within_drawn, k)
    errors = np.sqrt((GROUPS - 1) / GROUPS * ((left_out - left_out.mean(0)) ** 2).sum(0))
    return {name: (float(value), float(error)) for name, value, error in zip(MEASURES, whole, errors, strict=True)}


def _without_groups(n: int) -> Iterator[np.ndarray]:
    """Yield the places of n images without those of each group in turn."""
    for group in range(GROUPS):
        yield np.flatnonzero(np.arange(n) % GROUPS != group)


def _measures(between: Float64s, within_real: Float64s, within_drawn: Float64s, k: int) -> Float64s:
    """Return MEASURES (4,) from distances: real to drawn (N, M), among real (N, N) and among drawn (M, M) images."""
    reach_real, reach_drawn = _reach(within_real, k), _reach(within_drawn, k)
    is_near_real = between <= reach_real[:, None]
    recall = (between <= reach_drawn).any(1).mean()
    return np.array([is_near_real.any(0).mean(), recall, is_near_real.sum(0).mean() / k, is_near_real.any(1).mean()])


def _reach(within: Float64s, k: int) -> Float64s:
    """Return the distance of each image (N,) from its k-th nearest other one; the nearest of all is the image itself."""
    reach: Float64s = np.partition(within, k, axis=1)[:, k]
    return reach


def expected_coverage(real: int, drawn: int, k: int = NEIGHBOURS) -> float:
    """Return the coverage on average where so many real and drawn images are of one kind, whatever it is (Naeem and others, lemma 2)."""
    return 1 - math.prod((real - i) / (drawn + real - i) for i in range(1, k + 1))
