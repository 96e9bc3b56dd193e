"""Numbers in print."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.i18n.format import cost_parts, fixed, number, percent


def test_the_printed_sum_is_the_rounded_sum_and_that_of_the_printed_parts() -> None:
    for values in np.random.default_rng(0).uniform(-100, 200, (500, 3)):
        *parts, whole = [float(part.replace("−", "-")) for part in cost_parts(*values)]
        assert round(sum(parts), 1) == whole == round(sum(values), 1)
        assert np.abs(np.subtract(parts, values)).max() < 0.1
    assert cost_parts(1.04, 2.04) == ["1.1", "2.0", "3.1"]


def test_a_share_is_all_or_none_only_where_it_is() -> None:
    assert [percent(share) for share in (0, 0.001, 0.124, 0.5, 0.998, 1)] == ["0", "1", "12", "50", "99", "100"]


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0"), (2.66, "2.7"), (0.034, "0.034"), (-0.5, "−0.50"), (123.4, "123"), (-0.0, "0"), (9999.5, "10,000")]
)
def test_numbers_keep_their_significant_digits(value: float, shown: str) -> None:
    assert number(value) == shown


def test_a_small_negative_number_is_no_minus_zero() -> None:
    assert (fixed(-0.04, 1), fixed(-1.25, 2), fixed(1234567, 0)) == ("0.0", "−1.25", "1,234,567")
