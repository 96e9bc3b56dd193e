"""Fakes made of pieces before three models, by formulas that share no code with them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score

from tests.vae_core.story.stored import facts
from vae_core.story.steps import halves

__all__ = ["facts"]  # a fixture


@settings(max_examples=30)
@given(st.lists(st.integers(0, 9), min_size=2, max_size=30), st.lists(st.integers(0, 9), min_size=2, max_size=30))
def test_right_is_the_area_under_the_curve(real: list[int], fake: list[int]) -> None:
    told = halves.share_right(np.array(real, float), np.array(fake, float))
    truth = [1] * len(real) + [0] * len(fake)
    assert told["value"] == pytest.approx(roc_auc_score(truth, [*real, *fake]))
    ranks = rankdata([*real, *fake])[: len(real)]
    assert told["value"] == pytest.approx((ranks.sum() - len(real) * (len(real) + 1) / 2) / (len(real) * len(fake)))


def test_the_error_of_right_is_that_of_repetition() -> None:
    rng = np.random.default_rng(0)
    told = [halves.share_right(rng.normal(1, 1, 60), rng.normal(0, 1, 200)) for _ in range(400)]
    assert np.mean([one["standard_error"] for one in told]) == pytest.approx(np.std([one["value"] for one in told]), rel=0.1)


def test_models_that_decide_first_find_more_fakes(facts: dict[str, Any]) -> None:
    """The less two pieces know of each other the surer; whoever asks of each dot alone is hardly better than a coin."""
    found = [[facts["halves"]["right"][cut][model]["value"] for model in halves.MODELS] for cut in halves.CUTS]
    errors = [facts["halves"]["right"][cut][model]["standard_error"] for cut in halves.CUTS for model in halves.MODELS]
    assert max(errors) < 0.02 and np.all(np.diff(found, axis=0) > 0) and np.all(np.diff(found, axis=1) > 0.08)
    assert max(dots for dots, _, _ in found) < 0.6 and found[-1][-1] > 0.97


@given(st.sampled_from(sorted(halves.CUTS.values())), st.integers(0, 99))
def test_each_piece_of_a_fake_is_that_of_one_picture(cut: tuple[int, int], seed: int) -> None:
    """Pictures of one grey level each: a fake shows in every piece one level, and pieces are drawn without regard to each other."""
    pictures = np.arange(40, dtype=np.uint8)[:, None, None].repeat(28, 1).repeat(28, 2)
    fakes = halves.pieced(pictures, cut, np.random.default_rng(seed))
    rows, columns = cut
    pieces = fakes.reshape(40, rows, 28 // rows, columns, 28 // columns)
    assert (pieces == pieces[:, :, :1, :, :1]).all()
    assert all(sorted(pieces[:, i, 0, j, 0]) == list(range(40)) for i in range(rows) for j in range(columns))
    assert len(np.unique(pieces[:, :, 0, :, 0].reshape(40, -1), axis=0)) == 40
