"""One rule for sums in print: the sum is the true sum, rounded, and its parts are rounded so that they add up to it."""

from __future__ import annotations

import math
from collections.abc import Sequence


def parts(values: Sequence[float], places: int, whole: float | None = None) -> list[float]:
    """Return the values to so many decimals, such that they add up to their rounded sum; `printed` of js/engine/numbers.js does the same.

    All are rounded down, and what is then missing goes, one unit each, to those that lost most (the largest remainders): each is within
    one unit of the last decimal.

    Args:
        whole: what they add up to instead: their sum as a part of a larger one was printed, which may be rounded the other way.
    """
    if not all(map(math.isfinite, values)):  # a run that diverged
        return [round(float(value), places) for value in values]
    unit = 10**places
    scaled = [float(value) * unit for value in values]
    down = [math.floor(value) for value in scaled]
    missing = round((total(values, places) if whole is None else whole) * unit) - sum(down)
    order = sorted(range(len(down)), key=lambda n: down[n] - scaled[n])
    return [(value + (n in order[:missing])) / unit for n, value in enumerate(down)]


def total(values: Sequence[float], places: int) -> float:
    """Return the rounded sum of the values."""
    return round(math.fsum(values), places)
