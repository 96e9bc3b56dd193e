"""Completions of pictures: exact where the model is linear, and as quadrature has them where it is not."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch

from tests.places import SHIPPED
from vae_core.config import ModelConfig
from vae_core.data import sources
from vae_core.evaluation.completion import Candidates, Completions, ConditionalNormal, best_noise, complete, mean_of_neighbours
from vae_core.model.vae import VAE, build_vae
from vae_core.runs.listing import load_run

SIGMA = 0.3
SEEN = np.arange(20).reshape(4, 5) % 3 > 0


def linear() -> VAE:
    """Return a linear model with normal noise, of pictures of 4 by 5."""
    torch.manual_seed(0)
    vae = build_vae(ModelConfig(network="linear", likelihood="gaussian", hidden=(), latent_size=3, sigma=SIGMA), (4, 5), 1 / 255)
    with torch.no_grad():
        for weights in vae.parameters():
            weights.add_(0.5 * torch.randn_like(weights))
    return vae.double().eval()


def test_of_a_linear_model_completions_are_the_conditional_normal() -> None:
    vae, generator = linear(), np.random.default_rng(1)
    layer = vae.decoder[0]
    w, b = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    x = generator.normal(size=(3, 4, 5))
    found = complete(vae, torch.from_numpy(x), SEEN, Candidates.at(vae, generator.normal(size=(64, 3))), samples=400)
    seen, whole = SEEN.ravel(), w @ w.T + SIGMA**2 * np.eye(20)
    gain = whole[~seen][:, seen] @ np.linalg.inv(whole[np.ix_(seen, seen)])
    mean = b[~seen] + (x.reshape(3, 20)[:, seen] - b[seen]) @ gain.T
    covariance = whole[np.ix_(~seen, ~seen)] - gain @ whole[np.ix_(seen, ~seen)]
    assert found.mean.reshape(3, 20)[:, ~seen] == pytest.approx(mean, abs=1e-3)
    for one in range(3):
        drawn = found.pictures[:, one].reshape(400, 20)[:, ~seen]
        spread = np.cov(drawn.T, aweights=found.weights[:, one], bias=True) + SIGMA**2 * np.eye(len(mean[0]))
        assert spread == pytest.approx(covariance, abs=1e-3)
    assert found.effective == pytest.approx(400, rel=1e-3) and found.modes.tolist() == [1, 1, 1], "the proposal is the answer"


def test_what_is_erased_makes_no_difference_and_nothing_visible_leaves_the_prior() -> None:
    vae, generator = linear(), np.random.default_rng(1)
    x, candidates = torch.from_numpy(generator.normal(size=(2, 4, 5))), Candidates.at(vae, generator.normal(size=(64, 3)))
    other = torch.where(torch.from_numpy(SEEN), x, 7.0)
    assert np.array_equal(complete(vae, x, SEEN, candidates).z, complete(vae, other, SEEN, candidates).z)
    blind = complete(vae, x, np.zeros((4, 5), bool), candidates)
    assert blind.z.mean(0) == pytest.approx(np.zeros((2, 3)), abs=1e-6) and blind.effective == pytest.approx(256, rel=1e-6)
    assert np.cov(blind.z[:, 0].T, bias=True) == pytest.approx(np.eye(3), abs=1e-6)


@cache
def digits() -> tuple[VAE, torch.Tensor, np.ndarray]:
    """Return the shipped model, some test images and the places of all."""
    run = load_run(SHIPPED, "digits-2d")
    latents, dataset = run.latents(), sources.load("digits")
    return run.model(), torch.from_numpy((dataset.values[latents.rows] / dataset.divisor).astype(np.float32)), latents.mu


def test_two_dimensions_agree_with_quadrature() -> None:
    vae, images, mu = digits()
    seen = np.repeat([True, False], 4)[:, None] & np.ones(8, bool)
    found = complete(vae, images[:6], seen, Candidates.at(vae, mu[6:]), samples=2000)
    axis = torch.linspace(-5, 5, 250, dtype=torch.float64)
    z = torch.cartesian_prod(axis, axis)
    with torch.inference_mode():
        params = vae.decode(z.float())
        pictures = vae.likelihood.mean(params).numpy()
        exact = []
        for one in images[:6]:
            visible = (vae.likelihood.log_prob_map(params, one[None]) * torch.from_numpy(seen)).flatten(1).sum(1).double()
            exact.append(np.einsum("m,m...->...", (visible + vae.prior.log_prob(z)).softmax(0).numpy(), pictures))
    off = np.abs(found.mean - np.array(exact))
    assert off.max() < 0.05 and off.mean() < 0.005
    assert found.effective.min() > 100


def test_some_completions_come_evenly_by_weight() -> None:
    pictures = np.arange(4, dtype=np.float32).reshape(4, 1, 1, 1)
    found = Completions(np.zeros((4, 1, 2)), np.array([[0.5], [0.0], [0.25], [0.25]]), pictures, np.ones(1, int))
    assert found.some(4)[0, :, 0, 0].tolist() == [0, 0, 2, 3] and found.mean[0, 0, 0] == 1.25
    assert found.effective[0] == pytest.approx(1 / 0.375)


def test_simpler_ways_know_what_belongs_together() -> None:
    generator = np.random.default_rng(0)
    z = generator.normal(size=(4000, 2))
    x = z @ generator.normal(size=(2, 6)) + 0.1 * generator.normal(size=(4000, 6)) + 2
    seen = np.array([True, True, True, True, False, False])
    fitted = ConditionalNormal.of(x[:3000])
    drawn = fitted.complete(x[3500:], seen, 0.0)
    direct = np.linalg.lstsq(np.c_[x[:3000, seen], np.ones(3000)], x[:3000, ~seen], rcond=None)[0]
    assert drawn == pytest.approx(np.c_[x[3500:, seen], np.ones(500)] @ direct, abs=1e-8), "it is the regression"
    assert best_noise(fitted, x[3000:3500], seen) == 1e-3
    near = mean_of_neighbours(x[:3000], x[:5], seen, k=1)
    assert near == pytest.approx(x[:5, ~seen])
