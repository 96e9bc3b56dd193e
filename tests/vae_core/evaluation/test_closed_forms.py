"""The closed forms themselves, against other closed forms, scikit-learn and brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from tests.vae_core.gaussians import gaussian_kl
from vae_core.evaluation import closed_forms


def test_kl_of_gaussians_in_one_dimension() -> None:
    found = gaussian_kl(np.array([1.0]), np.array([[4.0]]), np.array([0.0]), np.array([[9.0]]))
    assert found == pytest.approx(math.log(3 / 2) + (4 + 1) / 18 - 0.5)
    assert gaussian_kl(np.ones(2), np.eye(2), np.ones(2), np.eye(2)) == pytest.approx(0)


@pytest.mark.parametrize(("n", "spread"), [(10, 16.5), (100, 1666.5)])
def test_points_on_a_line_spread_along_one_direction_only(n: int, spread: float) -> None:
    """FACTS: (t, t), t = 1..n: eigenvalues (n^2 - 1)/6 and 0, direction (1, 1)/sqrt 2."""
    t = np.arange(1.0, n + 1)
    model = closed_forms.ppca(np.stack([t, t], 1), 1, 0.1)
    assert model.eigenvalues[0] == pytest.approx(spread) == pytest.approx((n**2 - 1) / 6)
    assert model.mean == pytest.approx([(n + 1) / 2] * 2)
    assert np.abs(model.axes[:, 0]) == pytest.approx([math.sqrt(0.5)] * 2)


def test_ppca_of_digits_is_the_published_optimum() -> None:
    """FACTS: digits/16, q = 5: sigma^2 = 0.0362, mean log p = 8.9076 nats."""
    x = load_digits().data / 16
    model = closed_forms.ppca(x, 5)
    assert model.sigma2 == pytest.approx(0.0362, abs=5e-5)
    assert model.log_prob(x).mean() == pytest.approx(8.9076, abs=5e-5)


def test_ppca_density_is_that_of_the_full_gaussian() -> None:
    x = np.random.default_rng(0).normal(size=(200, 6)) @ np.diag([3, 2, 1, 0.5, 0.4, 0.3])
    for q, sigma2 in ((0, None), (2, None), (3, 0.6), (6, None)):
        model = closed_forms.ppca(x, q, sigma2)
        loadings = model.axes * np.sqrt(np.maximum(model.eigenvalues - model.sigma2, 0))
        covariance = loadings @ loadings.T + model.sigma2 * np.eye(6)
        centred = x - model.mean
        expected = -0.5 * ((centred @ np.linalg.inv(covariance) * centred).sum(1) + np.linalg.slogdet(2 * np.pi * covariance)[1])
        assert model.log_prob(x) == pytest.approx(expected)


def test_ppca_agrees_with_scikit_learn_up_to_its_divisor() -> None:
    x = load_digits().data / 16
    ours, theirs = closed_forms.ppca(x, 5), PCA(5).fit(x)
    assert ours.eigenvalues * len(x) / (len(x) - 1) == pytest.approx(theirs.explained_variance_)


def test_entropy_is_the_least_cross_entropy() -> None:
    x = np.array([0.0, 0.1, 0.5, 0.9, 1.0])
    p = np.linspace(1e-6, 1 - 1e-6, 20_001)
    cross = -(x[:, None] * np.log(p) + (1 - x[:, None]) * np.log1p(-p))
    assert closed_forms.bernoulli_entropy(x) == pytest.approx(cross.min(1), abs=1e-5)
    assert closed_forms.bernoulli_entropy(np.array([0.5]))[0] == pytest.approx(math.log(2))


def test_independent_pixels_stay_finite_where_training_was_black() -> None:
    train, test = np.zeros((9, 2)), np.array([[1.0, 0.0]])
    # Probability (0 + 1/2) / (9 + 1) = 1/20 for each pixel.
    assert -closed_forms.class_mixture(train, np.zeros(9, np.int64)).log_prob(test).mean() == pytest.approx(
        -math.log(1 / 20) - math.log(19 / 20)
    )


def test_a_class_mixture_is_the_sum_over_classes() -> None:
    rng = np.random.default_rng(0)
    labels = np.array([0, 0, 0, 2, 2])
    train, x = (rng.random((5, 3)) < 0.5).astype(float), rng.random((4, 3))
    model = closed_forms.class_mixture(train, labels)
    expected = np.zeros(4)
    for label in (0, 2):
        own = train[labels == label]
        p = (own.sum(0) + 0.5) / (len(own) + 1)
        expected += len(own) / 5 * np.prod(p**x * (1 - p) ** (1 - x), 1)
    assert model.log_prob(x) == pytest.approx(np.log(expected))
    every = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)], float)
    assert np.exp(model.log_prob(every)).sum() == pytest.approx(1)


# FACTS: lambda = (8, 4, 2, 1, .5, .1), sigma^2 = .3.
EIGENVALUES = np.array([8, 4, 2, 1, 0.5, 0.1])
ROWS = [(0.5, 0.85, 6.4757, 5), (1, 1.6, 4.7428, 5), (2, 3.0, 3.1011, 4), (5, 6.1, 1.4712, 3), (10, 9.6, 0.6343, 2), (30, 15.6, 0, 0)]


@pytest.mark.parametrize(("beta", "error", "rate", "active"), ROWS)
def test_water_filling(beta: float, error: float, rate: float, active: int) -> None:
    water = closed_forms.water_filling(EIGENVALUES[::-1], beta * 0.3)
    assert (water.error, water.rate, water.active) == (pytest.approx(error), pytest.approx(rate, abs=5e-5), active)
    assert closed_forms.water_filling(EIGENVALUES, beta * 0.3, latent_size=active) == water


def test_the_curves_slope_is_one_over_beta() -> None:
    for beta in (0.5, 1, 2, 5):
        low, high = (closed_forms.water_filling(EIGENVALUES, beta * 0.3 * factor) for factor in (0.999, 1.001))
        assert (high.rate - low.rate) / ((high.error - low.error) / (2 * 0.3)) == pytest.approx(-1 / beta, rel=1e-4)


def test_fewer_latents_than_directions_above_the_water_cannot_reach_it() -> None:
    free, short = closed_forms.water_filling(EIGENVALUES, 0.3), closed_forms.water_filling(EIGENVALUES, 0.3, latent_size=2)
    assert short.active == 2 and short.rate < free.rate and short.error == pytest.approx(0.6 + 2 + 1 + 0.5 + 0.1)


def test_levels_under_ppca_have_at_least_what_is_said() -> None:
    """The bound against the true mass of each cube, by quadrature in the plane; where the noise is wide both are nearly the same."""
    rng = np.random.default_rng(4)
    x, quantum = rng.normal(0.5, [[0.2, 0.1]], (300, 2)), 1 / 8
    fitted = closed_forms.ppca(x, 1)
    nodes, weights = np.polynomial.legendre.leggauss(12)
    offsets = np.stack(np.meshgrid(nodes, nodes), -1).reshape(-1, 2) * quantum / 2
    masses = [np.outer(weights, weights).ravel() @ np.exp(fitted.log_prob(level + offsets)) * (quantum / 2) ** 2 for level in x[:40]]
    bound = fitted.level_log_prob(x[:40], quantum)
    assert (bound <= np.log(masses)).all() and np.abs(bound - np.log(masses)).max() < 0.5
    assert fitted.level_log_prob(x, 1e-6) == pytest.approx(fitted.log_prob(x) + 2 * math.log(1e-6))
