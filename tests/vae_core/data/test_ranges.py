"""Sets of rows as ranges: one form for each set, whatever the order of its rows, and all of its rows in it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vae_core.data import ranges


@given(st.sets(st.integers(0, 30)))
def test_ranges_hold_what_their_set_holds(rows: set[int]) -> None:
    found = ranges.to_ranges(sorted(rows))
    assert {row for first, end in found.tolist() for row in range(first, end)} == rows
    assert (np.diff(found.ravel()) > 0).all() and found.dtype == np.int64
    assert ranges.contains(found, range(31)).tolist() == [row in rows for row in range(31)]


def test_order_and_repetition_do_not_matter() -> None:
    assert ranges.to_ranges([5, 1, 2, 5, 2]).tolist() == [[1, 3], [5, 6]]
    assert ranges.to_ranges([]).tolist() == []
