"""The split of the KL against entropies by brute force, at two N, and where a finite sample must refuse to tell."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from tests.vae_core.gaussians import gaussian_kl
from vae_core.evaluation import kl_decomposition
from vae_core.evaluation.kl_decomposition import KLDecomposition


def some_posteriors(n: int, d: int = 2, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Means and log variances (n, d) of unequal width, the dimensions dependent, so that every part is well above 0."""
    rng = np.random.default_rng(seed)
    mu = rng.normal(size=(n, d))
    mu[:, 1:] = 0.8 * mu[:, :1] + 0.6 * mu[:, 1:]
    return mu, np.log(rng.uniform(0.15, 0.7, (n, d)) ** 2)


def slow_parts(mu: np.ndarray, log_var: np.ndarray) -> dict[str, np.ndarray]:
    """Mutual information, total correlation and dimension-wise KL in two dimensions from entropies, summed over a fine grid with scipy."""
    sigma, axis = np.exp(log_var / 2), np.linspace(-7, 7, 1401)
    step = axis[1] - axis[0]
    first, second = (np.array([norm.pdf(axis, m, s) for m, s in zip(mu[:, j], sigma[:, j], strict=True)]) for j in (0, 1))
    joint = np.einsum("na,nb->ab", first, second) / len(mu)
    marginals = first.mean(0), second.mean(0)

    def entropy(density: np.ndarray, volume: float) -> float:
        held = density[density > 0]
        return float(-(held * np.log(held)).sum() * volume)

    inner = norm.entropy(scale=sigma).sum(1).mean()
    outer, single = entropy(joint, step**2), [entropy(marginal, step) for marginal in marginals]
    to_bell = [-h - (marginal * norm.logpdf(axis)).sum() * step for h, marginal in zip(single, marginals, strict=True)]
    return {"mutual_information": outer - inner, "total_correlation": sum(single) - outer, "dimension_kl": np.array(to_bell)}


def complaints(found: KLDecomposition, expected: dict[str, np.ndarray]) -> list[str]:
    """Name the parts that are off: by more than four standard errors, or than what quadrature may be."""
    off = [
        name
        for name in ("mutual_information", "total_correlation")
        if abs(getattr(found, name).value - expected[name]) > 4 * getattr(found, name).standard_error
    ]
    return off + ["dimension_kl"] * (not np.allclose(found.dimension_kl, expected["dimension_kl"], atol=1e-6))


@pytest.mark.parametrize("n", [5, 60])
def test_every_part_is_that_of_brute_force(n: int) -> None:
    mu, log_var = some_posteriors(n)
    found, expected = kl_decomposition.decompose(mu, log_var), slow_parts(mu, log_var)
    assert complaints(found, expected) == []
    assert found.dimension_error < 1e-9
    assert abs(found.remainder.value) < 4 * found.remainder.standard_error
    assert found.mean_kl == pytest.approx(
        np.mean([gaussian_kl(m, np.diag(np.exp(v)), np.zeros(2), np.eye(2)) for m, v in zip(mu, log_var, strict=True)])
    )
    assert found.mutual_information.value < min(math.log(n), found.leave_one_out.value)


def test_a_part_that_is_off_is_found() -> None:
    """Wider posteriors, and the well-known mistake of moving nats from one part to another, which no sum of the parts shows."""
    mu, log_var = some_posteriors(5)
    expected = slow_parts(mu, log_var)
    assert set(complaints(kl_decomposition.decompose(mu, log_var + 0.2), expected)) == {
        "mutual_information",
        "total_correlation",
        "dimension_kl",
    }
    found = kl_decomposition.decompose(mu, log_var)
    shifts = {"mutual_information": 0.1, "total_correlation": -0.1, "dimension_kl": 0}
    moved = {name: expected[name] + shift for name, shift in shifts.items()}
    assert complaints(found, moved) == ["mutual_information", "total_correlation"]


def test_one_dimension_has_no_total_correlation() -> None:
    mu, log_var = some_posteriors(50, 1)
    found = kl_decomposition.decompose(mu, log_var)
    assert (found.total_correlation.value, found.total_correlation.standard_error) == (0.0, 0.0)
    # By the general path, through the table, it is no more than what interpolation errs.
    z = np.random.default_rng(1).normal(size=(500, 1))
    table = kl_decomposition.marginal(mu[:, 0], log_var[:, 0])
    assert table.log_density(z[:, 0]) == pytest.approx(kl_decomposition.log_density(z, mu, log_var), abs=1e-4)


def test_draws_repeat_and_more_of_them_err_less() -> None:
    mu, log_var = some_posteriors(30)
    few, again, many = (kl_decomposition.decompose(mu, log_var, draws=draws) for draws in (128, 128, 4096))
    assert few.mutual_information == again.mutual_information
    assert many.mutual_information.standard_error < few.mutual_information.standard_error / 2


def test_too_few_images_to_tell() -> None:
    """FACTS: a factorised q(z) with 25 nats in 16 dimensions and 4,000 images shows I = ln N = 8.29 and TC = 16.6 instead of 25 and 0."""
    rng, d, n = np.random.default_rng(0), 16, 4000
    sigma = math.exp(-25 / d)
    mu = rng.normal(size=(n, d)) * math.sqrt(1 - sigma**2)
    found = kl_decomposition.decompose(mu, np.full((n, d), 2 * math.log(sigma)), rounds=3, draws=400)
    assert found.too_few
    assert found.mutual_information.value == pytest.approx(math.log(n), abs=1e-3)
    assert found.total_correlation.value == pytest.approx(16.6, abs=0.4)
    assert found.leave_one_out.value > 25
    assert found.at_most.value == pytest.approx(found.mean_kl) and found.at_most.value < found.leave_one_out.value
    assert found.dimension_kl.max() < 0.01


def test_enough_images_may_tell() -> None:
    mu, log_var = some_posteriors(60)
    assert not kl_decomposition.decompose(mu, log_var).too_few
    assert kl_decomposition.decompose(mu, log_var - 6).too_few


def test_dimension_kl_of_what_is_known() -> None:
    asleep = kl_decomposition.marginal(np.zeros(7), np.zeros(7))
    assert abs(asleep.kl) < 1e-12
    for mean, sigma in ((1.0, 0.5), (0.0, 1e-3), (-3.0, 2.0)):
        found = kl_decomposition.marginal(np.full(3, mean), np.full(3, 2 * math.log(sigma)))
        expected = gaussian_kl(np.array([mean]), np.array([[sigma**2]]), np.zeros(1), np.eye(1))
        assert found.kl == pytest.approx(expected, abs=1e-9) and found.error < 1e-9


def test_the_error_of_a_coarse_table_is_told() -> None:
    coarse = kl_decomposition.marginal(np.array([0.0, 1.0]), np.log([0.01, 1.0]), fineness=0.4)
    fine = kl_decomposition.marginal(np.array([0.0, 1.0]), np.log([0.01, 1.0]))
    assert abs(coarse.kl - fine.kl) < 3 * coarse.error and coarse.error > 1e-3


def test_progress_rises_to_the_end() -> None:
    told: list[float] = []
    kl_decomposition.decompose(*some_posteriors(5), draws=16, progress=told.append)
    assert told == sorted(told) and told[-1] == 1.0
