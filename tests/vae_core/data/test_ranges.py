"""Sets of rows as ranges: the algebra of Python's own sets, and one form for each set."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vae_core.data import ranges

ROWS = st.sets(st.integers(0, 30))


@given(ROWS, ROWS)
def test_algebra_is_that_of_sets(one: set[int], other: set[int]) -> None:
    a, b, whole = (ranges.to_ranges(sorted(rows)) for rows in (one, other, set(range(31))))
    for found, expected in (
        (ranges.union(a, b), one | other),
        (ranges.intersection(a, b), one & other),
        (ranges.difference(a, b), one - other),
        (ranges.inverted(a, whole), set(range(31)) - one),
    ):
        assert set(ranges.to_rows(found).tolist()) == expected and ranges.count(found) == len(expected)
        assert (np.diff(found.ravel()) > 0).all() and found.dtype == np.int64
        assert found.tolist() == ranges.to_ranges(sorted(expected)).tolist(), "one set has one form"
        assert ranges.contains(found, range(31)).tolist() == [row in expected for row in range(31)]


def test_order_and_repetition_do_not_matter() -> None:
    assert ranges.to_ranges([5, 1, 2, 5, 2]).tolist() == [[1, 3], [5, 6]]
    assert ranges.to_ranges([]).tolist() == []
