"""The density of all test posteriors against the prior, against a sum that is written out, and how places are ranked in it."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import chi2, norm

from vae_core.latent import aggregate_posterior
from vae_core.latent.aggregate_posterior import DRAWS, calibration, held_out, log_density, log_ratio, rim


def posteriors(n: int, d: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return mu and log_var (n, d) as an encoder might give them."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)).astype(np.float32), rng.normal(-3, 1, (n, d)).astype(np.float32)


def written_out(z: np.ndarray, mu: np.ndarray, log_var: np.ndarray) -> float:
    """Return log q(z) of one place, posterior by posterior."""
    terms = [norm.logpdf(z, mean, np.exp(0.5 * spread)).sum() for mean, spread in zip(mu.astype(float), log_var.astype(float), strict=True)]
    return float(logsumexp(terms) - np.log(len(terms)))


@pytest.mark.parametrize("d", [1, 2, 16])
def test_the_density_is_that_of_the_mixture(d: int) -> None:
    mu, log_var = posteriors(50, d)
    z = np.random.default_rng(1).normal(0, 2, (20, d))
    np.testing.assert_allclose(log_density(z, mu, log_var), [written_out(place, mu, log_var) for place in z], rtol=1e-10)


def test_it_integrates_to_one() -> None:
    mu, log_var = posteriors(30, 2)
    axis = np.linspace(-6, 6, 601)
    z = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    assert np.exp(log_density(z, mu, log_var)).sum() * (axis[1] - axis[0]) ** 2 == pytest.approx(1, abs=3e-3)


def test_its_own_image_is_left_out() -> None:
    mu, log_var = posteriors(40, 3)
    own = np.array([0, 7, 39])
    expected = [written_out(mu[n], np.delete(mu, n, 0), np.delete(log_var, n, 0)) for n in own]
    np.testing.assert_allclose(log_density(mu[own], mu, log_var, own), expected, rtol=1e-10)


def test_the_pieces_in_which_it_is_computed_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    mu, log_var = posteriors(40, 3)
    own = np.arange(40)
    whole = log_density(mu, mu, log_var, own)
    monkeypatch.setattr(aggregate_posterior, "MAX_TERMS", 100)
    np.testing.assert_allclose(log_density(mu, mu, log_var, own), whole, rtol=1e-12)


@pytest.mark.parametrize("d", [1, 2, 3, 16, 100])
def test_the_rim_holds_all_but_a_hundredth_of_the_prior(d: int) -> None:
    assert rim(d) == pytest.approx(chi2.ppf(0.99, d) ** 0.5, rel=1e-9)
    assert rim(d, 0.999) == pytest.approx(chi2.ppf(0.999, d) ** 0.5, rel=1e-9)


def test_the_ratio_is_to_the_prior_and_beyond_its_rim_to_the_prior_at_the_rim() -> None:
    mu, log_var = posteriors(50, 2)
    z = np.array([[0.3, -0.2], [2.0, 2.0], [3.0, 3.0], [0.0, 40.0]])
    prior = norm.logpdf(np.where(np.linalg.norm(z, axis=1, keepdims=True) < rim(2), z, [[rim(2), 0]])).sum(1)
    np.testing.assert_allclose(log_ratio(z, mu, log_var), log_density(z, mu, log_var) - prior, rtol=1e-10)


def test_the_calibration_is_a_fixed_choice_of_draws() -> None:
    mu, log_var = posteriors(300, 2)
    found = calibration(mu, log_var)
    np.testing.assert_array_equal(found, calibration(mu, log_var))
    assert len(found) == 101 and (np.diff(found) > 0).all() and (found != calibration(mu, log_var, seed=1)).any()
    rows, ratios = held_out(mu, log_var, np.random.default_rng(0))
    assert len(rows) == DRAWS and found[1] == np.quantile(ratios, 0.01)


def test_a_place_where_images_lie_is_as_likely_busy_as_not() -> None:
    mu, log_var = posteriors(2000, 2)
    known, others = slice(0, 1000), slice(1000, None)
    z = mu[others] + np.exp(0.5 * log_var[others]) * np.random.default_rng(3).standard_normal((1000, 2))
    ranks = np.interp(log_ratio(z, mu[known], log_var[known]), calibration(mu[known], log_var[known]), np.linspace(0, 100, 101))
    # Images of the same kind that the density has not seen: their percentiles are even.
    assert ranks.mean() == pytest.approx(50, abs=4) and (ranks < 10).mean() == pytest.approx(0.1, abs=0.04)


def test_what_has_no_density_has_no_calibration() -> None:
    mu, log_var = posteriors(20, 2)
    assert calibration(mu[:1], log_var[:1]).size == 0
    assert calibration(mu, np.full_like(log_var, np.nan)).size == 0


def test_a_large_run_takes_well_under_a_second() -> None:
    mu, log_var = posteriors(10_000, 16)
    start = time.process_time()
    calibration(mu, log_var)
    assert time.process_time() - start < 4  # 0.5 s on a quiet machine; the bound is for a busy one
