"""The gap and its parts against closed forms of a linear model, brute force on grids, and a posterior with two peaks; the stored field."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests.places import ROOT
from tests.vae_core.gaussians import gaussian_kl
from vae_core.config import ModelConfig
from vae_core.data import sources
from vae_core.evaluation import inference_gap, posterior_grid
from vae_core.model.vae import VAE, build_vae
from vae_core.runs.listing import load_run


def linear_vae(d: int) -> tuple[VAE, torch.Tensor]:
    """Return a linear gaussian VAE in float64 whose posterior is a tilted normal, and images."""
    torch.manual_seed(3)
    vae = build_vae(ModelConfig(network="linear", likelihood="gaussian", latent_size=d, sigma=0.6), (2, 3), 1 / 255).double()
    with torch.no_grad():
        vae.encoder.log_var.fill_(-1.0)  # type: ignore[union-attr]
    return vae, torch.randn(5, 2, 3, dtype=torch.float64)


def linear_posterior(vae: VAE, x: torch.Tensor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean (N, d) and covariance of p(z|x), and log p(x) (N,), by the formulas of the linear gaussian model."""
    weight, bias = vae.decoder[0].weight.detach().numpy(), vae.decoder[0].bias.detach().numpy()
    covariance = np.linalg.inv(np.eye(weight.shape[1]) + weight.T @ weight / 0.36)
    centred = x.flatten(1).numpy() - bias
    outer = weight @ weight.T + 0.36 * np.eye(6)
    log_p = -0.5 * ((centred @ np.linalg.inv(outer) * centred).sum(1) + np.linalg.slogdet(2 * math.pi * outer)[1])
    return centred @ weight @ covariance / 0.36, covariance, log_p


@pytest.mark.parametrize("d", [1, 2])
def test_a_linear_models_gap_is_the_closed_form(d: int) -> None:
    vae, x = linear_vae(d)
    mean, covariance, log_p = linear_posterior(vae, x)
    found = inference_gap.inference_gaps(vae, x)
    expected = [gaussian_kl(m, np.diag(s**2), c, covariance) for m, s, c in zip(found.mu, found.sigma, mean, strict=True)]
    # The best diagonal normal has the posterior's mean and the inverse of the precision's diagonal.
    narrow = 1 / np.sqrt(np.diag(np.linalg.inv(covariance)))
    lost = gaussian_kl(np.zeros(d), np.diag(narrow**2), np.zeros(d), covariance)
    assert found.log_p == pytest.approx(log_p, abs=1e-4)
    assert found.gap == pytest.approx(expected, abs=2e-4)
    assert found.approximation == pytest.approx(np.full(5, lost), abs=2e-4)
    assert found.best_mu == pytest.approx(mean, abs=5e-3) and found.best_sigma == pytest.approx(np.tile(narrow, (5, 1)), rel=5e-3)
    assert found.is_settled.all() and (lost > 0.01) == (d == 2)
    assert found.gap == pytest.approx(found.amortisation + found.approximation)


@pytest.fixture(scope="module")
def digits(tiny_root: Path) -> tuple[VAE, torch.Tensor, inference_gap.InferenceGaps]:
    """Return a trained model in float64, four images, and their gaps."""
    data = sources.load("digits")
    x = torch.from_numpy(data.values[:4]).double() / data.divisor
    vae = load_run(tiny_root, "tiny-2d").model().double()
    return vae, x, inference_gap.inference_gaps(vae, x)


def on_a_grid(vae: VAE, x: torch.Tensor, mu: np.ndarray, sigma: np.ndarray) -> tuple[float, float, float]:
    """Return log p(x), ELBO and KL(q || p(z|x)) of one image, every term a sum over one fine grid."""
    axis = np.linspace(-6, 6, 601)
    places = torch.from_numpy(np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2))
    with torch.no_grad():
        joint = np.concatenate(
            [
                (vae.likelihood.log_prob(vae.decode(part), x.expand(len(part), 8, 8)) + vae.prior.log_prob(part)).numpy()
                for part in places.split(20_000)
            ]
        )
    cell = (axis[1] - axis[0]) ** 2
    log_p = math.log(np.exp(joint - joint.max()).sum() * cell) + joint.max()
    log_q = -0.5 * (((places.numpy() - mu) / sigma) ** 2 + 2 * np.log(sigma) + math.log(2 * math.pi)).sum(1)
    weight = np.exp(log_q) * cell
    return log_p, float(weight @ (joint - log_q)), float(weight @ (log_q - (joint - log_p)))


def test_log_p_is_elbo_plus_kl_on_one_grid(digits: tuple[VAE, torch.Tensor, inference_gap.InferenceGaps]) -> None:
    vae, x, found = digits
    for i, (mu, sigma, lost) in enumerate(
        [(found.mu[0], found.sigma[0], found.gap[0]), (found.best_mu[1], found.best_sigma[1], found.approximation[1])]
    ):
        log_p, elbo, kl = on_a_grid(vae, x[i : i + 1], mu, sigma)
        assert log_p == pytest.approx(elbo + kl, abs=1e-6)  # what q has beyond the grid
        assert found.log_p[i] == pytest.approx(log_p, abs=1e-3)
        assert lost == pytest.approx(kl, abs=1e-3)


def test_no_normal_nearby_is_better_than_the_best(digits: tuple[VAE, torch.Tensor, inference_gap.InferenceGaps]) -> None:
    vae, x, found = digits
    best = torch.from_numpy(found.best_elbo)
    for shift, j in itertools.product((-0.1, 0.1), range(4)):
        mu, sigma = torch.from_numpy(found.best_mu).clone(), torch.from_numpy(found.best_sigma).clone()
        if j < 2:
            mu[:, j] += shift * sigma[:, j]
        else:
            sigma[:, j - 2] *= math.exp(shift)
        assert bool((inference_gap.elbo(vae, x, mu, sigma) < best).all())


class Bump(nn.Module):
    """The mean picture of z is (z^2, z / 8): two places give nearly the same one, and the second pixel says which is a little likelier."""

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return torch.cat([z**2, z / 8], 1).reshape(-1, 1, 1, 2)


def two_peaks() -> tuple[VAE, torch.Tensor]:
    """Return a model with two peaks whose encoder stands on the lower one, wherever the image is."""
    torch.manual_seed(0)
    vae = build_vae(ModelConfig(network="linear", likelihood="gaussian", latent_size=1, sigma=0.3), (1, 2), 1 / 255).double()
    vae.decoder = nn.Sequential(Bump())
    with torch.no_grad():
        vae.encoder.layers[-1].weight.zero_()  # type: ignore[union-attr, index]
        vae.encoder.layers[-1].bias.fill_(-1.2)  # type: ignore[union-attr, index]
        vae.encoder.log_var.fill_(-3.0)  # type: ignore[union-attr]
    return vae.requires_grad_(False), torch.tensor([[[1.5, 0.4]]], dtype=torch.float64)


def brute_force_best(vae: VAE, x: torch.Tensor) -> float:
    """Return the largest ELBO over a grid of normals, each mean a sum over a line."""
    line = torch.linspace(-4, 4, 4001, dtype=torch.float64)[:, None]
    joint = (vae.likelihood.log_prob(vae.decode(line), x.expand(4001, 1, 2)) + vae.prior.log_prob(line)).numpy()
    best = -math.inf
    for mu, sigma in itertools.product(np.linspace(-2, 2, 401), np.geomspace(0.02, 1.5, 80)):
        q = np.exp(-0.5 * ((line[:, 0].numpy() - mu) / sigma) ** 2)
        best = max(best, float(q @ joint / q.sum()) + math.log(sigma) + 0.5 * math.log(2 * math.pi * math.e))
    return best


def test_the_posteriors_own_start_finds_the_higher_peak() -> None:
    vae, x = two_peaks()
    found = inference_gap.inference_gaps(vae, x)
    assert inference_gap.STARTS[found.start[0]] == "posterior" and found.best_mu[0, 0] > 1
    assert found.best_elbo[0] == pytest.approx(brute_force_best(vae, x), abs=2e-3)
    alone = inference_gap.optimise_q(vae, x, torch.from_numpy(found.mu), torch.from_numpy(found.sigma))
    assert float(alone.mu) < -1, "from the encoder's start the search ends on the lower peak"


def test_the_highest_place_finds_what_lies_beyond_the_middle_of_two() -> None:
    run = load_run(ROOT / "checkpoints", "digits-2d")
    data = sources.load("digits")
    x, vae = torch.from_numpy(data.values[638:639]).float() / data.divisor, run.model()
    found = inference_gap.inference_gaps(vae, x)
    moments = torch.from_numpy(found.mean), torch.from_numpy(found.spread)
    others = [inference_gap.optimise_q(vae, x, *start) for start in ((torch.from_numpy(found.mu), torch.from_numpy(found.sigma)), moments)]
    before = max(float(inference_gap.elbo(vae, x, top.mu, top.sigma)) for top in others)
    assert inference_gap.STARTS[found.start[0]] == "mode" and found.best_elbo[0] - before == pytest.approx(0.229, abs=2e-3)
    assert found.best_mu[0] == pytest.approx([1.71, -0.06], abs=0.01) and found.best_sigma[0] == pytest.approx([0.137, 0.182], abs=2e-3)


def test_a_search_that_is_cut_short_says_so(
    digits: tuple[VAE, torch.Tensor, inference_gap.InferenceGaps], monkeypatch: pytest.MonkeyPatch
) -> None:
    vae, x, found = digits
    assert found.is_settled.all()
    monkeypatch.setattr(inference_gap, "STEPS", 0)
    short = inference_gap.optimise_q(vae, x, torch.from_numpy(found.mu) + 1, torch.from_numpy(found.sigma))
    assert not short.is_settled.any()


def test_more_than_two_dimensions_are_refused() -> None:
    with pytest.raises(ValueError, match="1 or 2 latent dimensions"):
        inference_gap.inference_gaps(build_vae(ModelConfig(latent_size=3), (2, 2), 1), torch.rand(1, 2, 2))


# ---- the field of one image


@pytest.mark.parametrize("d", [1, 2])
def test_the_fields_gap_is_the_closed_form_of_a_linear_model(d: int) -> None:
    vae, x = linear_vae(d)
    mean, covariance, _ = linear_posterior(vae, x)
    one = posterior_grid.grid_of(vae, x[0])
    rng = np.random.default_rng(0)
    for _ in range(6):
        mu, sigma = mean[0] + rng.normal(size=d), np.exp(rng.normal(size=d) - 1.5)
        expected = gaussian_kl(mu, np.diag(sigma**2), mean[0], covariance)
        assert posterior_grid.gap_of(one, mu, np.log(sigma)) == pytest.approx(expected, abs=0.01, rel=0.01)
        assert abs(posterior_grid.gap_of(one, mu + 0.3, np.log(sigma)) - expected) > 0.02
    places = one.levels[one.inset].places.reshape(-1, d)
    density = np.exp(-0.5 * ((places - mean[0]) @ np.linalg.inv(covariance) * (places - mean[0])).sum(1))
    density /= math.sqrt(np.linalg.det(2 * math.pi * covariance))
    assert one.posterior().ravel() == pytest.approx(density, abs=1e-3 * density.max())


def test_a_stored_field_tells_the_gap_of_any_normal(digits: tuple[VAE, torch.Tensor, inference_gap.InferenceGaps]) -> None:
    vae, x, found = digits
    rng = np.random.default_rng(1)
    for i, one in enumerate(posterior_grid.grids_of(vae, x, found)):
        stored = posterior_grid.from_arrays(one.arrays())
        assert posterior_grid.gap_of(stored, found.mu[i], np.log(found.sigma[i])) == pytest.approx(found.gap[i], abs=2e-3)
        assert posterior_grid.gap_of(stored, found.best_mu[i], np.log(found.best_sigma[i])) == pytest.approx(
            found.approximation[i], abs=2e-3
        )
        mu, sigma = found.best_mu[i] + found.best_sigma[i] * rng.normal(size=2), found.best_sigma[i] * np.exp(rng.uniform(-1, 0.3, 2))
        true = found.log_p[i] - float(inference_gap.elbo(vae, x[i : i + 1], torch.from_numpy(mu)[None], torch.from_numpy(sigma)[None], 40))
        assert posterior_grid.gap_of(stored, mu, np.log(sigma)) == pytest.approx(true, abs=0.01, rel=0.01)


def test_a_field_holds_the_posterior_the_encoder_and_the_bell(digits: tuple[VAE, torch.Tensor, inference_gap.InferenceGaps]) -> None:
    vae, x, found = digits
    for i, one in enumerate(posterior_grid.grids_of(vae, x, found)):
        shown = one.levels[one.inset]
        cell = np.prod((shown.high - shown.low) / np.array(shown.log_ratio.shape))
        assert one.posterior().sum() * cell == pytest.approx(1, abs=5e-3)
        assert (one.levels[-1].low <= -posterior_grid.REACH).all() and (one.levels[-1].high >= posterior_grid.REACH).all()
        assert any((level.low <= found.mu[i] - 3 * found.sigma[i]).all() for level in one.levels)
        assert sum(array.nbytes for array in one.arrays().values()) < 150_000
        assert posterior_grid.gap_of(one, found.mu[i], np.full(2, -9.0)) > 10, "a needle is far from any posterior"
