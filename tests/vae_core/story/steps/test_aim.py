"""Blind and aimed guesses, by plain sums and by the decoder alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vae_core.story.stored import arrays, facts
from vae_core.story import recipes
from vae_core.story.steps import aim

__all__ = ["facts"]  # a fixture


@settings(max_examples=50)
@given(st.lists(st.floats(-50, 5), min_size=1, max_size=40))
def test_effective_size_and_mean_by_plain_sums(logs: list[float]) -> None:
    w = np.exp(np.array(logs, np.longdouble))
    assert aim.effective(np.array(logs)) == pytest.approx(float(w.sum() ** 2 / (w**2).sum()))
    assert aim.log_mean(np.array(logs)) == pytest.approx(float(np.log(w.mean())), abs=1e-9)
    assert 1 - 1e-9 <= aim.effective(np.array(logs)) <= len(logs) + 1e-9


def test_the_stored_throws_are_as_useful_as_said(facts: dict[str, Any]) -> None:
    told, stored = facts["aim"], arrays("aim")
    for n, picture in enumerate(told["pictures"]):
        w = np.exp(stored["aimed_weights"][n].astype(np.float64) - stored["aimed_weights"][n].max())
        assert 1 / ((w / w.sum()) ** 2).sum() == pytest.approx(picture["useful_aimed"], rel=1e-3)
        assert picture["useful_blind"] < 0.1 * told["blind"] and picture["useful_aimed"] > 0.2 * told["aimed"]
        assert abs(picture["aimed"] - picture["exact"]) < 0.5


def test_the_ground_is_what_the_map_draws() -> None:
    """The picture nearest to the middle, decoded by itself."""
    import torch

    sheet, vae = arrays("aim")["ground"], recipes.open_run(recipes.HALVES).model()
    side = len(sheet) // 8
    half = aim.REACH / side
    place = torch.tensor([[half, -half]], dtype=torch.float32)  # right of the middle, below it
    with torch.inference_mode():
        picture = torch.sigmoid(vae.decode(place)).reshape(8, 8).numpy()
    row = column = side // 2
    assert np.abs(sheet[8 * row : 8 * row + 8, 8 * column : 8 * column + 8] / 255 - picture).max() < 0.003


def test_typical_pictures_are_near_their_digit_s_medians() -> None:
    useful = np.array([[1, 1], [10, 10], [100, 100], [5, 50], [6, 60], [500, 70]], float)
    assert aim.typical(useful, np.array([0, 0, 0, 1, 1, 1])) == [1, 4] or aim.typical(useful, np.array([0, 0, 0, 1, 1, 1])) == [4, 1]


def test_weights_of_darts_are_likelihoods() -> None:
    """A Bernoulli's log-likelihood written out for stored places and pictures, with a decoder run by itself."""
    import torch

    stored, vae = arrays("aim"), recipes.open_run(recipes.HALVES).model()
    with torch.inference_mode():
        logits = vae.decode(torch.from_numpy(stored["darts"]))[0].double().reshape(-1, 64).numpy()
    x = stored["pictures"].reshape(-1, 64) / 16
    expected = x @ logits.T - np.logaddexp(0, logits).sum(1)
    assert stored["dart_weights"] == pytest.approx(expected, abs=2e-3)


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
