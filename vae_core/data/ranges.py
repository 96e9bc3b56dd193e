"""Sets of row numbers as ranges: (K, 2) int64, each [first, end), ascending, none touching the next. Pure algebra, by their edges alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

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


def to_rows(ranges: Ranges) -> Ints:
    """Return the row numbers of ranges, (N,) ascending; as many as the ranges say, so theirs must be known to be few."""
    return np.concatenate([np.arange(first, end) for first, end in ranges]) if len(ranges) else np.empty(0, np.int64)


def count(ranges: Ranges) -> int:
    """Return how many rows there are."""
    return int((ranges[:, 1] - ranges[:, 0]).sum())


def contains(ranges: Ranges, rows: Sequence[int] | Ints) -> NDArray[np.bool_]:
    """Tell of each row number, (N,), whether it lies in one of the ranges."""
    return np.searchsorted(ranges.ravel(), np.asarray(rows, np.int64), side="right") % 2 == 1


def union(one: Ranges, other: Ranges) -> Ranges:
    """Return the rows of either."""
    return _combined(one, other, np.logical_or)


def intersection(one: Ranges, other: Ranges) -> Ranges:
    """Return the rows of both."""
    return _combined(one, other, np.logical_and)


def difference(one: Ranges, other: Ranges) -> Ranges:
    """Return the rows of one that are not of the other."""
    return _combined(one, other, np.greater)


def inverted(ranges: Ranges, whole: Ranges) -> Ranges:
    """Return the rows of the whole that are not in these ranges."""
    return difference(whole, ranges)


def _combined(one: Ranges, other: Ranges, rule: Callable[[Any, Any], Any]) -> Ranges:
    """Return the rows of which the rule holds: between two neighbouring edges it holds everywhere or nowhere."""
    edges = np.unique(np.concatenate([one.ravel(), other.ravel()]))
    is_in = np.r_[False, rule(contains(one, edges), contains(other, edges)), False]
    return edges[np.flatnonzero(np.diff(is_in.astype(np.int8)))].reshape(-1, 2)
