"""Stitched digits before three models, by formulas that share no code with them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score

from tests.vae_core.story.stored import arrays, facts
from vae_core.data import sources
from vae_core.data.dataset import split
from vae_core.story import recipes
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
    dots, digit, vae = (facts["halves"]["right"][name] for name in halves.MODELS)
    assert abs(dots["value"] - 0.5) < 2 * dots["standard_error"] and 0.75 < digit["value"] < 0.81
    assert vae["value"] > digit["value"] + 2 * math.hypot(vae["standard_error"], digit["standard_error"]) and vae["value"] < 0.9
    assert facts["halves"]["right_twins"]["vae"]["value"] < vae["value"] - 0.1


def test_prepared_pairs_are_one_real_and_one_stitched_picture(facts: dict[str, Any]) -> None:
    data, stored = sources.load("digits"), arrays("halves")
    held_out = data.values[split(data, recipes.RECIPES[recipes.HALVES].data).test]
    assert len(stored["pairs"]) == halves.PAIRS
    for pair, fake in zip(stored["pairs"], stored["pair_fake"], strict=True):
        assert (held_out == pair[1 - fake]).all((1, 2)).any() and not (held_out == pair[fake]).all((1, 2)).any()
        for half in (slice(0, 4), slice(4, 8)):
            assert (held_out[:, :, half] == pair[fake][:, half]).all((1, 2)).any()
    assert (stored["pair_labels"][:, 1] != stored["pair_labels"][:, 2]).all()


def test_nats_of_two_models_are_those_of_the_formula(facts: dict[str, Any]) -> None:
    """Independent dots and digit first, written out once more."""
    data, stored = sources.load("digits"), arrays("halves")
    train = split(data, recipes.RECIPES[recipes.HALVES].data).train
    known, labels = data.values[train].reshape(-1, 64) / 16, data.labels[train]
    x = stored["pairs"][:, 0].reshape(-1, 64) / 16

    def cost(rows: np.ndarray) -> np.ndarray:
        p = (rows.sum(0) + 0.5) / (len(rows) + 1)
        return (x * np.log(p) + (1 - x) * np.log(1 - p)).sum(1)

    assert stored["pair_nats"][:, 0, 0] == pytest.approx(cost(known), abs=1e-3)
    each = np.array([cost(known[labels == label]) + math.log((labels == label).mean()) for label in range(10)])
    assert stored["pair_nats"][:, 0, 1] == pytest.approx(np.logaddexp.reduce(each), abs=1e-3)
