"""Every p(x|z) against float64 references that share no code with it, by the reference's own formula or by quadrature."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import torch
from torch import Tensor

from vae_core.model.likelihoods import (
    LIKELIHOODS,
    Bernoulli,
    ContinuousBernoulli,
    DiscretisedLogistic,
    Gaussian,
    LearntGaussian,
    Likelihood,
)

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


def levels_of(quantum: float) -> Tensor:
    return torch.arange(round(1 / quantum) + 1, dtype=torch.float64) * quantum


@pytest.mark.parametrize("sigma", [1e-4, 0.01, 0.3, 5.0])
@pytest.mark.parametrize("quantum", [1 / 255, 1 / 16, 1.0])
def test_the_levels_of_a_discretised_logistic_add_up_to_one(sigma: float, quantum: float) -> None:
    family, middle = DiscretisedLogistic(sigma=sigma, quantum=quantum), torch.linspace(-2, 3, 101)
    levels = levels_of(quantum)
    for dtype, tolerance in ((torch.float32, 1e-4), (torch.float64, 1e-12)):
        x = levels.to(dtype).expand(101, -1)
        found = family.to(dtype).log_prob_map(middle.to(dtype)[None, :, None].expand(1, *x.shape), x)
        assert bool(found.isfinite().all()) and float((found.detach().double().exp().sum(-1) - 1).abs().max()) < tolerance


@pytest.mark.parametrize("middle", [-0.1, 0.0, 0.3, 0.502, 1.0, 1.3])
def test_a_level_has_what_the_logistic_density_has_around_it(middle: float) -> None:
    """By quadrature of the density over each level's width; beyond 0 and 1 until nothing is left."""
    quantum, family = 1 / 16, DiscretisedLogistic(sigma=0.05, quantum=1 / 16).double()
    scale = math.sqrt(3 * (math.exp(2 * float(family.log_sigma.detach())) + quantum**2 / 12)) / math.pi
    nodes, weights = np.polynomial.legendre.leggauss(40)
    edges = np.concatenate([np.linspace(-3, -quantum / 2, 60), levels_of(quantum).numpy() + quantum / 2, np.linspace(1 + quantum, 4, 60)])
    low, high = edges[:-1, None], edges[1:, None]
    at = (low + high) / 2 + (high - low) / 2 * nodes
    masses = (high - low)[:, 0] / 2 * (weights @ (1 / (4 * scale * np.cosh((at - middle) / (2 * scale)) ** 2)).T)
    expected = np.concatenate([[masses[:60].sum()], masses[60:75], [masses[75:].sum()]])
    params = torch.full((1, 17), middle, dtype=torch.float64)
    np.testing.assert_allclose(family.log_prob_map(params, levels_of(quantum)).exp().detach(), expected, atol=1e-10, rtol=1e-7)


def test_far_tails_of_a_discretised_logistic_match_fifty_digits_in_float32() -> None:
    mpmath.mp.dps = 50
    family = DiscretisedLogistic(sigma=1e-3)
    scale = mpmath.mpf(float(family.scale.detach()))
    for middle, x in ((-40.0, 1.0), (40.0, 0.0), (7.0, 128 / 255), (-7.0, 128 / 255), (0.5, 3 / 255), (1e4, 0.0)):
        low, high = ((mpmath.mpf(x) + side * mpmath.mpf(1) / 510 - middle) / scale for side in (-1, 1))
        below = 1 / (1 + mpmath.exp(-high)) if x < 1 else mpmath.mpf(1)
        expected = mpmath.log(below - (1 / (1 + mpmath.exp(-low)) if x > 0 else 0)) if x < 1 else -mpmath.log(1 + mpmath.exp(low))
        if middle > 1 and 0 < x < 1:  # far below the middle both are tiny, far above both are near 1: fifty digits are too few for that
            expected = mpmath.log(mpmath.exp(high) - mpmath.exp(low))
        elif middle < 0 and 0 < x < 1:
            expected = mpmath.log(mpmath.exp(-low) - mpmath.exp(-high))
        params = torch.tensor([[middle]], requires_grad=True)
        found = family.log_prob_map(params, torch.tensor([x]))
        found.sum().backward()
        assert float(found.detach()) == pytest.approx(float(expected), rel=1e-5)
        assert params.grad is not None and bool(params.grad.isfinite().all()) and float(params.grad.abs().sum()) > 0


def test_the_gradients_of_a_discretised_logistic_are_those_of_small_steps() -> None:
    family = DiscretisedLogistic(sigma=0.05, quantum=1 / 16).double()
    middle = torch.tensor([[-0.2, 0.1, 0.5, 0.77, 1.1]], dtype=torch.float64, requires_grad=True)
    x = torch.tensor([0, 0.125, 1, 0.75, 1], dtype=torch.float64)

    def cost(middle: Tensor, log_sigma: Tensor) -> tuple[Tensor, Tensor]:
        call = torch.func.functional_call
        return call(_Both(family), {"family.log_sigma": log_sigma}, (middle, x))

    assert torch.autograd.gradcheck(cost, (middle, family.log_sigma.detach().clone().requires_grad_(True)))


class _Both(torch.nn.Module):
    """log p and mean as one module, so that sigma can be handed in."""

    def __init__(self, family: DiscretisedLogistic) -> None:
        super().__init__()
        self.family = family

    def forward(self, middle: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.family.log_prob_map(middle, x), self.family.mean(middle)


def test_samples_of_a_discretised_logistic_are_levels_as_often_as_it_says() -> None:
    family = DiscretisedLogistic(sigma=0.2, quantum=1 / 8).double()
    middle = torch.tensor([-0.1, 0.06, 0.5, 1.0], dtype=torch.float64)
    drawn = family.sample(middle.expand(1, 40_000, 4), torch.Generator().manual_seed(3)).detach()
    chances = family.log_prob_map(middle.expand(1, 9, 4), levels_of(1 / 8)[:, None].expand(9, 4)).exp().detach()
    counts = torch.stack([(drawn == level).sum(0) for level in levels_of(1 / 8)])
    assert int(counts.sum()) == drawn.numel(), "nothing lies between two levels"
    surprise = ((counts - 40_000 * chances) ** 2 / (40_000 * chances)).sum(0)
    assert bool((surprise < 30).all()), "chi-squared of 8 degrees of freedom"


@pytest.mark.parametrize("quantum", [1 / 255, 1 / 16])
def test_the_mean_of_a_discretised_logistic_is_that_of_its_levels(quantum: float) -> None:
    middle, levels = torch.linspace(-0.3, 1.3, 400, dtype=torch.float64), levels_of(quantum)
    for sigma, tolerance in ((1e-5, 0.11 * quantum), (quantum, 0.02 * quantum), (0.3, 0.005 * quantum)):
        family = DiscretisedLogistic(sigma=sigma, quantum=quantum).double()
        chances = family.log_prob_map(middle[None, :, None].expand(1, 400, len(levels)), levels.expand(400, -1)).exp()
        assert float(((chances @ levels) - family.mean(middle[None])).detach().abs().max()) < tolerance


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
    assert bool(((drawn.mean(0) - family.mean(params)[0]).abs() < 5 * error + 2e-6).all()), "far out all draws are alike"


@pytest.mark.parametrize("name", FAMILIES)
def test_link_inverts_the_mean(name: str) -> None:
    mean = torch.linspace(0.05, 0.95, 9)
    assert torch.allclose(build(name).mean(build(name).link(mean)), mean, atol=1e-4)


def test_grey_pixels_under_bernoulli_are_not_a_likelihood() -> None:
    assert not Bernoulli().is_log_likelihood("grey")
    assert Bernoulli().is_log_likelihood("dynamic")
    assert Gaussian().is_log_likelihood("grey")
