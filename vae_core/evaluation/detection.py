"""How well a score tells strangers from images of the kind that a model learned: ROC, precision and recall, with bootstrap intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Float64s, Floats

DRAWS = 200
INTERVAL = (2.5, 97.5)  # percentiles of the draws


@dataclass(frozen=True)
class Detection:
    """Two numbers with their 95 % intervals.

    Attributes:
        auc: the chance that a stranger scores higher than an image of the kind, equal scores counting half.
        precision: the average precision, where as many are strangers as were given.
    """

    auc: float
    auc_interval: tuple[float, float]
    precision: float
    precision_interval: tuple[float, float]


def auc_of(known: Floats, strange: Floats) -> float:
    """Return the chance that one of `strange` (M,) is greater than one of `known` (N,), equals counting half (Mann-Whitney)."""
    order = np.sort(known)
    below = np.searchsorted(order, strange, "left") + np.searchsorted(order, strange, "right")
    return float(below.mean() / (2 * len(known)))


def average_precision(known: Floats, strange: Floats) -> float:
    """Return the mean precision over the strangers, each at the threshold that just takes it in."""
    levels = np.unique(strange)
    of_strange = len(strange) - np.searchsorted(np.sort(strange), levels, "left")
    of_known = len(known) - np.searchsorted(np.sort(known), levels, "left")
    weight = np.unique(strange, return_counts=True)[1] / len(strange)
    return min(1.0, float((weight * of_strange / (of_strange + of_known)).sum()))  # the weights' sum may round to more


def detection(known: Floats, strange: Floats, seed: int = 0) -> Detection:
    """Return how well scores tell (M,) strangers from (N,) known images; images of both kinds are drawn anew DRAWS times."""
    generator = np.random.default_rng(seed)
    drawn = np.empty((DRAWS, 2))
    for one in drawn:
        some = known[generator.integers(0, len(known), len(known))], strange[generator.integers(0, len(strange), len(strange))]
        one[:] = auc_of(*some), average_precision(*some)
    low, high = np.percentile(drawn, INTERVAL, axis=0).tolist()
    return Detection(auc_of(known, strange), (low[0], high[0]), average_precision(known, strange), (low[1], high[1]))


def roc(known: Floats, strange: Floats, points: int = 101) -> Float64s:
    """Return the share of strangers above the threshold at which 0, 1, ... 100 of 100 known images are above it, (points,)."""
    thresholds = threshold_at(known, np.linspace(0, 1, points))
    caught: Float64s = np.array([float((strange > one).mean()) for one in thresholds])
    caught[-1] = 1.0  # below every score
    return caught


def threshold_at(known: Floats, alarms: NDArray[np.float64]) -> Float64s:
    """Return the thresholds above which at most these shares of the known images lie, (A,)."""
    order = np.sort(known.astype(np.float64))
    allowed = np.floor(np.asarray(alarms) * len(order) + 1e-9).astype(int)
    at: Float64s = order[np.clip(len(order) - 1 - allowed, 0, None)]
    return at
