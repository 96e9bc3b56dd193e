"""Every p(x|z) against float64 references that share no code with it, by the reference's own formula or by quadrature."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import torch
from torch import Tensor

from vae_core.model.likelihoods import LIKELIHOODS, Bernoulli, ContinuousBernoulli, Gaussian, LearntGaussian, Likelihood

EVENT = (3, 2)
FAMILIES = sorted(LIKELIHOODS)


def build(name: str) -> Likelihood:
    return LIKELIHOODS[name](sigma=0.3, quantum=1 / 255)


def draw(shape: tuple[int, ...], seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_bernoulli_is_the_log_of_a_probability() -> None:
    logits, x = draw((1, 5, *EVENT)) * 4, torch.bernoulli(torch.full((5, *EVENT), 0.4, dtype=torch.float64))
    p = 1 / (1 + np.exp(-logits[0].numpy()))
    expected = np.log(np.where(x.numpy() == 1, p, 1 - p)).sum((1, 2))
    assert np.allclose(Bernoulli().log_prob(logits, x).numpy(), expected, atol=1e-12)


@pytest.mark.parametrize("eta", [0.0, 1e-6, -1e-3, 0.29, 0.31, -0.3, 2.0, -5.0, 17.0, -17.0, 40.0, -40.0, 90.0, -300.0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_continuous_bernoulli_matches_fifty_digits(eta: float, dtype: torch.dtype) -> None:
    mpmath.mp.dps = 50
    e = mpmath.mpf(eta)
    log_partition = mpmath.log(mpmath.expm1(e) / e) if eta else mpmath.mpf(0)
    mean = 1 / (1 - mpmath.exp(-e)) - 1 / e if eta else mpmath.mpf("0.5")
    tolerance = 2e-6 if dtype == torch.float32 else 1e-10
    params = torch.tensor([[[eta]]], dtype=dtype)  # one parameter, one image, one pixel
    for x in (0.0, 0.3, 1.0):
        found = float(ContinuousBernoulli().log_prob(params, torch.tensor([[x]], dtype=dtype)))
        assert found == pytest.approx(float(e * x - log_partition), abs=tolerance * max(1, abs(eta)))
    assert float(ContinuousBernoulli().mean(params)) == pytest.approx(float(mean), abs=tolerance)


@pytest.mark.parametrize("eta", [-8.0, -0.1, 0.0, 0.3, 5.0])
def test_continuous_bernoulli_integrates_to_one_and_its_mean_is_the_integral(eta: float) -> None:
    x, weights = np.polynomial.legendre.leggauss(64)
    x, weights = (x + 1) / 2, weights / 2
    params = torch.full((1, 64, 1), eta, dtype=torch.float64)
    density = ContinuousBernoulli().log_prob(params, torch.tensor(x)[:, None]).exp().numpy()
    assert weights @ density == pytest.approx(1, abs=1e-10)
    assert weights @ (density * x) == pytest.approx(float(ContinuousBernoulli().mean(params)[0]), abs=1e-10)


def test_continuous_bernoulli_gradient_is_finite_everywhere() -> None:
    eta = torch.tensor([[[0.0, 1e-8, 0.3, -0.3, 50.0, -200.0]]], requires_grad=True)
    ContinuousBernoulli().log_prob(eta, torch.rand(1, 6)).sum().backward()
    ContinuousBernoulli().mean(eta).sum().backward()
    assert eta.grad is not None and bool(eta.grad.isfinite().all())


def test_gaussian_matches_its_formula() -> None:
    mean, x = draw((1, 4, *EVENT)), draw((4, *EVENT), 1)
    expected = (-0.5 * ((x - mean[0]).numpy() / 0.3) ** 2 - math.log(0.3) - 0.5 * math.log(2 * math.pi)).sum((1, 2))
    assert np.allclose(Gaussian(sigma=0.3).log_prob(mean, x).numpy(), expected, atol=1e-5)


def test_learnt_sigma_has_the_rounding_of_a_grey_level_as_its_floor() -> None:
    family = LearntGaussian(sigma=1e-4, quantum=1 / 255)
    assert float(family.variance.detach().sqrt()) == pytest.approx((1 / 255) / math.sqrt(12), rel=0.01)
    family.log_prob(torch.zeros(1, 2, 3), torch.ones(2, 3)).sum().backward()
    assert float(family.log_sigma.grad) != 0


def test_learnt_sigma_at_the_optimum_is_the_mean_squared_error() -> None:
    """FACTS: sigma^2 = mean squared error per pixel, where the gradient of the mean log-likelihood vanishes."""
    error = draw((6, *EVENT))
    family = LearntGaussian(sigma=float(error.square().mean().sqrt()), quantum=1e-9).double()
    family.log_prob(error[None], torch.zeros(6, *EVENT, dtype=torch.float64)).mean().backward()
    assert abs(float(family.log_sigma.grad)) < 1e-6


@pytest.mark.parametrize("name", FAMILIES)
def test_log_prob_sums_its_map(name: str) -> None:
    family, params, x = build(name), torch.randn(1, 7, 5, *EVENT), torch.rand(5, *EVENT).round()
    per_pixel = family.log_prob_map(params, x)
    assert per_pixel.shape == (7, 5, *EVENT)
    assert torch.allclose(family.log_prob(params, x), per_pixel.sum((-1, -2)))
    assert family.mean(params).shape == family.sample(params).shape == (7, 5, *EVENT)


@pytest.mark.parametrize("name", FAMILIES)
def test_samples_have_the_mean_that_is_promised(name: str) -> None:
    family = build(name)
    params = torch.linspace(-3, 3, 7).expand(1, 40_000, 7)
    drawn = family.sample(params, torch.Generator().manual_seed(0))
    error = drawn.std(0) / math.sqrt(len(drawn))
    assert bool(((drawn.mean(0) - family.mean(params)[0]).abs() < 5 * error).all())


@pytest.mark.parametrize("name", FAMILIES)
def test_link_inverts_the_mean(name: str) -> None:
    mean = torch.linspace(0.05, 0.95, 9)
    assert torch.allclose(build(name).mean(build(name).link(mean)), mean, atol=1e-4)


def test_grey_pixels_under_bernoulli_are_not_a_likelihood() -> None:
    assert not Bernoulli().is_log_likelihood("grey")
    assert Bernoulli().is_log_likelihood("dynamic")
    assert Gaussian().is_log_likelihood("grey")
