"""The effective beta: for every way to reduce a loss, the gradient of somebody else's loss points where that of ours does."""

from __future__ import annotations

import itertools
import math
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from vae_core.config import ConfigError, ModelConfig
from vae_core.data.batches import Batch
from vae_core.model.effective_beta import COSTS, REDUCTIONS, ForeignLoss, convert
from vae_core.model.vae import VAE, build_vae

SIGMA, PIXELS, LATENTS, IMAGES = 0.3, 6, 3, 5


def small(cost: str) -> VAE:
    torch.manual_seed(1)
    likelihood = {"bce": "bernoulli", "mse": "gaussian"}[cost]
    vae = build_vae(ModelConfig(hidden=(4,), latent_size=LATENTS, likelihood=likelihood), (2, 3), 1 / 255).double()
    if cost == "mse":
        vae.likelihood.log_sigma.fill_(math.log(SIGMA))  # with all digits
    return vae


def their_loss(vae: VAE, x: Tensor, eps: Tensor, other: ForeignLoss) -> Tensor:
    """Return the loss as it is written elsewhere, with torch's own costs and none of our terms."""
    hidden = vae.encoder.layers(x)
    mu, log_var = hidden[:, :LATENTS], hidden[:, LATENTS:]
    decoded = vae.decoder(mu + torch.exp(0.5 * log_var) * eps).flatten(1)
    cost = F.mse_loss if other.cost == "mse" else F.binary_cross_entropy_with_logits
    errors = cost(decoded, x.flatten(1), reduction="none")
    divergences = -0.5 * (1 + log_var - mu**2 - log_var.exp())
    reconstruction = getattr(getattr(errors, other.reconstruction)(1), other.reconstruction_batch)()
    kl = getattr(getattr(divergences, other.kl)(1), other.kl_batch)()
    return other.reconstruction_weight * reconstruction + other.kl_weight * kl


def direction(loss: Tensor, vae: VAE) -> Tensor:
    gradient = torch.cat([g.flatten() for g in torch.autograd.grad(loss, list(vae.parameters()))])
    return gradient / gradient.norm()


@pytest.mark.parametrize("weights", [(1.0, 1.0), (0.5, 1.0), (1.0, 0.00025), (3.0, 7.0), (1.0, 0.0)])
@pytest.mark.parametrize(("cost", "reductions"), list(itertools.product(COSTS, itertools.product(REDUCTIONS, repeat=4))))
def test_the_gradients_point_the_same_way(cost: str, reductions: tuple[str, ...], weights: tuple[float, float]) -> None:
    names = ("reconstruction", "kl", "reconstruction_batch", "kl_batch")
    other = ForeignLoss(
        pixels=PIXELS,
        latents=LATENTS,
        batch=IMAGES,
        cost=cost,
        sigma=SIGMA,
        reconstruction_weight=weights[0],
        kl_weight=weights[1],
        **dict(zip(names, reductions, strict=True)),
    )
    vae, generator = small(cost), torch.Generator().manual_seed(2)
    x, eps = torch.rand(IMAGES, 2, 3, generator=generator).double(), torch.randn(IMAGES, LATENTS, generator=generator).double()
    theirs = direction(their_loss(vae, x, eps, other), vae)

    def ours(beta: float) -> Tensor:
        terms = vae.terms(Batch(x), eps=eps[None])
        return direction((terms.reconstruction + beta * terms.kl).mean(), vae)

    beta = convert(other).beta
    assert float((theirs - ours(beta)).norm()) < 1e-9
    assert float((theirs - ours(1.1 * beta + 1e-3)).norm()) > 1e-7, "another beta must be seen"


@pytest.mark.parametrize(
    ("settings", "beta", "formula"),
    [
        ({}, 1, "beta = 1"),
        ({"cost": "mse", "reconstruction": "mean"}, 784 / 0.02, "beta = P / (2 sigma^2) = 784 / 0.02 = 39200"),
        ({"reconstruction": "mean"}, 784, "beta = P = 784"),
        ({"kl": "mean"}, 1 / 20, "beta = 1 / k = 1 / 20 = 0.05"),
        ({"cost": "mse", "reconstruction": "mean", "kl": "mean"}, 784 / 0.4, "beta = P / (k x 2 sigma^2) = 784 / (20 x 0.02) = 1960"),
        ({"reconstruction": "mean", "kl": "mean"}, 784 / 20, "beta = P / k = 784 / 20 = 39.2"),
        ({"kl_batch": "sum"}, 128, "beta = B = 128"),
        ({"reconstruction_batch": "sum"}, 1 / 128, "beta = 1 / B = 1 / 128 = 0.0078125"),
        ({"kl_batch": "sum", "reconstruction_batch": "sum"}, 1, "beta = 1"),
        ({"kl_weight": 0.5, "reconstruction": "mean"}, 392, "beta = w_KL x P = 0.5 x 784 = 392"),
        ({"kl_weight": 0.5, "reconstruction": "mean", "kl": "mean"}, 19.6, "beta = (w_KL x P) / k = (0.5 x 784) / 20 = 19.6"),
        ({"reconstruction_weight": 784.0, "reconstruction": "mean"}, 1, "beta = P / w_R = 784 / 784 = 1"),
    ],
)  # fmt: skip
def test_common_slips_are_told_as_a_formula(settings: dict[str, object], beta: float, formula: str) -> None:
    found = convert(ForeignLoss(**settings))  # type: ignore[arg-type]
    assert found.beta == pytest.approx(beta, rel=1e-12) and found.formula == formula


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "beta is 1 and nothing has to be changed"),
        ({"reconstruction": "mean"}, "weighs 784 times as much"),
        ({"kl": "mean"}, "weighs 20 times less"),
        ({"kl_weight": 0.0}, "no KL term"),
    ],
)
def test_the_sentence_says_what_the_loss_does(settings: dict[str, object], words: str) -> None:
    sentence = convert(ForeignLoss(**settings)).sentence  # type: ignore[arg-type]
    assert words in sentence and sentence.endswith(".")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"pixels": 0}, "pixels is 0; it must be a whole number"),
        ({"latents": 2.5}, "latents is 2.5; it must be a whole number"),
        ({"batch": True}, "batch is True"),
        ({"kl": "median"}, "kl is 'median'; choose one of sum, mean"),
        ({"cost": "l1"}, "cost is 'l1'; choose one of bce, mse"),
        ({"kl_weight": -1.0}, "at least 0"),
        ({"kl_weight": float("nan")}, "finite"),
        ({"reconstruction_weight": "much"}, "finite number"),
        ({"reconstruction_weight": 0.0}, "never looks at the images"),
        ({"sigma": 0.0}, "standard deviation above 0"),
    ],
)
def test_nonsense_is_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        ForeignLoss(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("settings", [{"kl_weight": 1e-300, "reconstruction_weight": 1e300}, {"cost": "mse", "sigma": 1e-200}])
def test_a_beta_that_is_no_number_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="too far apart"):
        convert(ForeignLoss(**settings))  # type: ignore[arg-type]


weight = st.floats(0, 1e308, allow_nan=False)
count = partial(st.integers, 1)


@given(
    pixels=count(), latents=count(), sigma=weight, kl=st.sampled_from(REDUCTIONS), cost=st.sampled_from(COSTS), first=weight, second=weight
)
def test_any_numbers_give_a_beta_or_one_sentence(
    pixels: int, latents: int, sigma: float, kl: str, cost: str, first: float, second: float
) -> None:
    try:
        found = convert(
            ForeignLoss(pixels=pixels, latents=latents, sigma=sigma, kl=kl, cost=cost, reconstruction_weight=first, kl_weight=second)
        )
    except ConfigError as refusal:
        assert str(refusal).endswith(".")
    else:
        assert 0 <= found.beta < float("inf") and "nan" not in found.formula
