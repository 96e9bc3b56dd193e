"""Blind and aimed guesses, by plain sums and by the decoder alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vae_core.story.stored import facts
from vae_core.story import recipes
from vae_core.story.steps import aim

__all__ = ["facts"]  # a fixture


@settings(max_examples=50)
@given(st.lists(st.floats(-50, 5), min_size=1, max_size=40))
def test_a_mean_of_exponentials_by_plain_sums(logs: list[float]) -> None:
    assert aim.log_mean(np.array(logs)) == pytest.approx(float(np.log(np.exp(np.array(logs, np.longdouble)).mean())), abs=1e-9)


def test_blind_darts_hardly_hit_and_aimed_ones_nearly_all(facts: dict[str, Any]) -> None:
    for picture in facts["aim"]["pictures"]:
        assert picture["blind_hits"] < 1 < 70 < picture["aimed_hits"] <= 100
        assert abs(picture["aimed"] - picture["exact"]) < 0.5


def test_a_hit_is_counted_by_likelihoods_written_out(facts: dict[str, Any]) -> None:
    """A Bernoulli's log-likelihood written out at the blind throws, with a decoder run by itself."""
    import torch

    told, vae = facts["aim"], recipes.open_run(recipes.MAP).model()
    z = np.random.default_rng(told["seed"]).standard_normal((told["throws"], 2)).astype(np.float32)
    with torch.inference_mode():
        own = vae.decode(torch.tensor(told["places"][:2]))[0].double().reshape(2, -1).numpy()
        logits = vae.decode(torch.from_numpy(z))[0].double().reshape(len(z), -1).numpy()
    x = 1 / (1 + np.exp(-own))
    best = (x * own - np.logaddexp(0, own)).sum(1)
    logs = x @ logits.T - np.logaddexp(0, logits).sum(1)
    hits = 100 * (logs >= best[:, None] - told["near"]).mean(1)
    assert hits == pytest.approx([picture["blind_hits"] for picture in told["pictures"][:2]], abs=0.021)


def test_blindness_grows_with_the_knobs(facts: dict[str, Any]) -> None:
    rows = facts["aim"]["linear"]
    assert [row["knobs"] for row in rows] == [2, 5, 10, 20]
    errors = [row["blind_error"] for row in rows]
    assert abs(errors[0]) < 1 < 20 < errors[1] < errors[2] < errors[3] and errors[3] > 1000
    assert all(abs(row["aimed_error"]) < 0.5 for row in rows)


def test_the_evidence_of_the_linear_model_is_that_of_its_covariance() -> None:
    from scipy.stats import multivariate_normal

    rng = np.random.default_rng(3)
    w = rng.standard_normal((6, 2))
    covariance, x = w @ w.T + 0.1 * np.eye(6), rng.standard_normal((5, 6))
    assert aim.normal_log_prob(x, covariance) == pytest.approx(multivariate_normal(np.zeros(6), covariance).logpdf(x))
