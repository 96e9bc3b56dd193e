"""Sets of row numbers as ranges: (K, 2) int64, each [first, end), ascending, none touching the next: one set has one form."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Ints

Ranges = NDArray[np.int64]
NOTHING: Ranges = np.empty((0, 2), np.int64)


def to_ranges(rows: Sequence[int] | Ints) -> Ranges:
    """Return the ranges of row numbers (N,) in any order, each counted once.

    >>> to_ranges([4, 2, 3, 9]).tolist()
    [[2, 5], [9, 10]]
    """
    known = np.unique(np.asarray(rows, np.int64))
    if not len(known):
        return NOTHING
    cuts = np.flatnonzero(np.diff(known) > 1)
    return np.stack([known[np.r_[0, cuts + 1]], known[np.r_[cuts, len(known) - 1]] + 1], 1)


def contains(ranges: Ranges, rows: Sequence[int] | Ints) -> NDArray[np.bool_]:
    """Tell of each row number, (N,), whether it lies in one of the ranges."""
    return np.searchsorted(ranges.ravel(), np.asarray(rows, np.int64), side="right") % 2 == 1
