"""Quadrature against closed forms, another integrator and its own finer self; where it is not enough it says so."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.integrate import dblquad

from vae_core.config import ModelConfig
from vae_core.data import sources
from vae_core.evaluation import marginal_likelihood
from vae_core.model.likelihoods import LIKELIHOODS
from vae_core.model.vae import VAE, build_vae
from vae_core.runs.listing import load_run


def linear_gaussian(d: int, sigma: float, scale: float = 1.0) -> tuple[VAE, torch.Tensor, np.ndarray, np.ndarray]:
    """Return a linear VAE in which p(x) = N(b, W W' + sigma^2 I) is known, images, and that mean and covariance."""
    torch.manual_seed(1)
    vae = build_vae(ModelConfig(network="linear", likelihood="gaussian", latent_size=d, sigma=sigma), (2, 3), 1 / 255)
    layer = vae.decoder[0]
    with torch.no_grad():
        layer.weight.mul_(scale)
    weight = layer.weight.detach().double().numpy()
    x = torch.randn(6, 2, 3)
    return vae, x, layer.bias.detach().double().numpy(), weight @ weight.T + sigma**2 * np.eye(6)


def normal_log_density(x: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    centred = x - mean
    return -0.5 * ((centred @ np.linalg.inv(covariance) * centred).sum(1) + np.linalg.slogdet(2 * np.pi * covariance)[1])


@pytest.mark.parametrize(("d", "sigma", "scale"), [(1, 0.5, 1.0), (2, 0.5, 1.0), (2, 0.05, 1.0), (2, 0.02, 2.0)])
def test_quadrature_is_the_closed_form_of_a_linear_model(d: int, sigma: float, scale: float) -> None:
    vae, x, mean, covariance = linear_gaussian(d, sigma, scale)
    expected = normal_log_density(x.flatten(1).double().numpy(), mean, covariance)
    found = marginal_likelihood.log_evidence(vae, x)
    assert found.error.max() < 1e-3
    # float32 sums of squares over sigma^2 carry about 1e-6 of the value itself.
    assert found.log_p == pytest.approx(expected, rel=2e-6, abs=2e-3)


def test_quadrature_agrees_with_another_integrator() -> None:
    torch.manual_seed(0)
    vae = build_vae(ModelConfig(hidden=(8,), latent_size=2), (2, 2), 1 / 255).double()
    x = torch.rand(1, 2, 2, dtype=torch.float64)

    def joint(b: float, a: float) -> float:
        z = torch.tensor([[a, b]], dtype=torch.float64)
        return math.exp(float(vae.likelihood.log_prob(vae.decode(z), x) + vae.prior.log_prob(z)))

    with torch.no_grad():
        expected = math.log(dblquad(joint, -7, 7, -7, 7, epsabs=1e-7, epsrel=1e-5)[0])
    assert marginal_likelihood.log_evidence(vae.float(), x.float()).log_p[0] == pytest.approx(expected, abs=1e-3)


def test_quadrature_refuses_more_than_two_dimensions() -> None:
    with pytest.raises(ValueError, match="IWAE"):
        marginal_likelihood.log_evidence(build_vae(ModelConfig(latent_size=3), (2, 2), 1), torch.rand(1, 2, 2))


def test_the_posteriors_moments_are_those_of_a_linear_model() -> None:
    vae, x, mean, _ = linear_gaussian(2, 0.5)
    weight = vae.decoder[0].weight.detach().double().numpy()
    precision = np.eye(2) + weight.T @ weight / 0.25
    found = marginal_likelihood.log_evidence(vae.double(), x.double())
    expected = (x.flatten(1).double().numpy() - mean) @ weight @ np.linalg.inv(precision) / 0.25
    assert found.mean == pytest.approx(expected, abs=1e-3)
    assert found.sigma == pytest.approx(np.tile(np.sqrt(np.diag(np.linalg.inv(precision))), (6, 1)), rel=1e-3)


def test_blocks_and_finer_grids_change_nothing(tiny_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = load_run(tiny_root, "tiny-2d")
    dataset = sources.load("digits")
    x = torch.from_numpy(dataset.values[:6]).double() / dataset.divisor
    vae = run.model().double()
    found = marginal_likelihood.log_evidence(vae, x, side=60)
    assert found.log_p == pytest.approx(marginal_likelihood.log_evidence(vae, x, side=90).log_p, abs=1e-4)
    monkeypatch.setattr(marginal_likelihood, "BLOCK", 4)
    monkeypatch.setattr(marginal_likelihood, "chunks", lambda n, size=700: (slice(i, min(i + size, n)) for i in range(0, n, size)))
    told: list[float] = []
    again = marginal_likelihood.log_evidence(vae, x, side=60, progress=told.append)
    assert again.log_p == pytest.approx(found.log_p, abs=1e-6) and told[-1] == 1.0


def test_what_is_too_fine_for_the_halvings_shows_in_the_error() -> None:
    vae, x, _, _ = linear_gaussian(2, 0.02, 2.0)
    assert marginal_likelihood.log_evidence(vae, x, side=16, rounds=1).error.max() > 0.1


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_the_grids_matrix_products_are_the_likelihood(name: str) -> None:
    torch.manual_seed(0)
    vae = build_vae(ModelConfig(hidden=(8,), likelihood=name, latent_size=2, sigma=0.05), (3, 3), 1 / 255).double()
    x, z = torch.rand(4, 3, 3, dtype=torch.float64), torch.randn(7, 2, dtype=torch.float64)
    with torch.inference_mode():
        found = marginal_likelihood.grid_log_prob(vae, x, z)
        expected = torch.stack([vae.likelihood.log_prob(vae.decode(z), one.expand(7, 3, 3)) for one in x])
    assert torch.allclose(found, expected, rtol=1e-10, atol=1e-8)
