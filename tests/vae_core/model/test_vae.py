"""The VAE's terms: closed-form KL against an independent formula, shapes for every network, and sums that add up."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch

from tests.vae_core.gaussians import gaussian_kl
from vae_core.config import ConfigError, ModelConfig
from vae_core.data.batches import Batch
from vae_core.model.architectures import NETWORKS
from vae_core.model.likelihoods import LIKELIHOODS
from vae_core.model.posterior import Posterior
from vae_core.model.priors import PRIORS, StandardNormal
from vae_core.model.vae import VAE, Terms, build_vae

EVENTS = [(8, 8), (28, 28), (7, 5)]


def small(network: str = "mlp", likelihood: str = "bernoulli", event: tuple[int, ...] = (8, 8), d: int = 3) -> VAE:
    torch.manual_seed(0)
    return build_vae(ModelConfig(network=network, likelihood=likelihood, latent_size=d, hidden=(6, 5)), event, 1 / 255)


@pytest.mark.parametrize(("network", "likelihood", "event"), list(itertools.product(NETWORKS, LIKELIHOODS, EVENTS)))
def test_every_combination_gives_finite_terms(network: str, likelihood: str, event: tuple[int, ...]) -> None:
    vae, x = small(network, likelihood, event), torch.rand(4, *event)
    vae.start_at_mean(x.mean(0))
    terms = vae.terms(Batch(x), samples=2)
    assert terms.z.shape == (2, 4, 3)
    assert terms.log_px.shape == terms.log_weights.shape == (2, 4)
    assert terms.elbo.shape == (4,)
    assert vae.decode(terms.z).shape == (1, 2, 4, *event)
    assert bool(terms.log_weights.isfinite().all())
    terms.elbo.mean().backward()
    assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in vae.parameters())


def test_closed_form_kl_is_that_of_two_gaussians() -> None:
    mu, log_var = torch.randn(5, 4, dtype=torch.float64), torch.randn(5, 4, dtype=torch.float64)
    found = StandardNormal(4).kl_per_dim(Posterior(mu, log_var)).sum(-1)
    for i in range(5):
        expected = gaussian_kl(mu[i].numpy(), np.diag(log_var[i].exp().numpy()), np.zeros(4), np.eye(4))
        assert float(found[i]) == pytest.approx(expected, abs=1e-12)
    wrong = StandardNormal(4).kl_per_dim(Posterior(mu, log_var + 1e-3)).sum(-1)
    assert not torch.allclose(found, wrong, atol=1e-6)


@pytest.mark.parametrize("name", PRIORS)
def test_prior_samples_follow_the_prior(name: str) -> None:
    prior = PRIORS[name](2)
    assert (prior.kl_per_dim(Posterior(*torch.zeros(2, 1, 2))) is not None) == prior.has_closed_form_kl
    z = prior.sample(200_000, torch.Generator().manual_seed(0))
    # E[-log p(z)] of a two-dimensional standard normal is its entropy, 1 + ln 2 pi.
    assert float(-prior.log_prob(z).mean()) == pytest.approx(1 + math.log(2 * math.pi), abs=0.02)


def test_reparameterised_samples_follow_the_posterior() -> None:
    posterior = Posterior(torch.tensor([[1.0, -2.0]]), torch.tensor([[0.0, math.log(0.01)]]))
    z = posterior.sample(torch.randn(100_000, 1, 2, generator=torch.Generator().manual_seed(0)))
    assert torch.allclose(z.mean(0), posterior.mu, atol=0.02)
    assert torch.allclose(z.std(0), posterior.sigma, rtol=0.02)
    # The pathwise gradient of E[z^2] by sigma at mu = 1, sigma = .1 is 2 sigma.
    log_var = torch.tensor([[2 * math.log(0.1)]], requires_grad=True)
    z = Posterior(torch.ones(1, 1), log_var).sample(torch.randn(400_000, 1, 1, generator=torch.Generator().manual_seed(1)))
    z.square().mean().backward()
    assert float(log_var.grad) == pytest.approx(0.1**2, abs=2e-3)


def test_parts_add_up_and_the_monte_carlo_kl_agrees() -> None:
    vae, x = small(), torch.rand(3, 8, 8)
    terms = vae.terms(Batch(x), eps=torch.randn(20_000, 3, 3, generator=torch.Generator().manual_seed(0)))
    assert torch.allclose(terms.elbo, -(terms.reconstruction + terms.kl))
    sampled = (terms.log_qz - terms.log_pz).mean(0)
    assert torch.allclose(sampled, terms.kl, atol=0.03)
    assert torch.allclose(terms.log_weights.mean(0), terms.elbo, atol=0.03)


def test_a_prior_without_closed_form_gets_a_sampled_kl() -> None:
    class Opaque(StandardNormal):
        def kl_per_dim(self, posterior: Posterior) -> None:  # type: ignore[override]
            return None

    vae, x = small(), torch.rand(3, 8, 8)
    terms = vae.terms(Batch(x), samples=2)
    opaque = Terms(terms.z, terms.log_px, terms.posterior, Opaque(3))
    assert torch.allclose(opaque.kl, (terms.log_qz - terms.log_pz).mean(0))


def test_terms_at_given_points_evaluate_those() -> None:
    vae, x = small(), torch.rand(2, 8, 8)
    z = torch.zeros(1, 2, 3)
    assert torch.equal(vae.terms(Batch(x), z=z).z, z)


def test_an_untrained_decoder_draws_the_mean_picture() -> None:
    mean = torch.full((8, 8), 0.3)
    for likelihood in LIKELIHOODS:
        vae = small(likelihood=likelihood)
        vae.start_at_mean(mean)
        drawn = vae.likelihood.mean(vae.decode(torch.zeros(1, 3)))
        assert torch.allclose(drawn[0], mean, atol=0.15)
        assert torch.allclose(vae.encoder.layers[0](mean[None]), torch.zeros(1, 8, 8), atol=1e-7)


def test_relu_free_convolutions_have_the_shape_of_the_keras_example() -> None:
    vae = build_vae(ModelConfig(network="conv", hidden=(32, 64), latent_size=2), (28, 28), 1 / 255)
    shapes = [tuple(p.shape) for name, p in vae.decoder.named_parameters() if name.endswith("weight")]
    assert shapes == [(3136, 2), (64, 64, 3, 3), (64, 32, 3, 3), (32, 1, 3, 3)]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"network": "graph"}, "mlp, residual, conv, conv-upsample, linear"),
        ({"likelihood": "poisson"}, "bernoulli"),
        ({"prior": "flat"}, "standard-normal"),
        ({"hidden": ()}, "hidden is empty"),
    ],
)
def test_what_cannot_be_built_is_refused_in_one_sentence(settings: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        build_vae(ModelConfig(**settings), (8, 8), 1 / 16)
    with pytest.raises(ConfigError, match="height x width"):
        build_vae(ModelConfig(network="conv"), (3,), 1 / 16)
