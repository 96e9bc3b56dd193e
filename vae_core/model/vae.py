"""The VAE: an encoder, a decoder, a likelihood and a prior, and the terms that every objective is made of.

Rule for every number: sum over pixels and over latent dimensions, one value per image, in nats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import final

import torch
from torch import Tensor, nn

from vae_core.config import ModelConfig
from vae_core.data.batches import Batch
from vae_core.model.architectures import network_of
from vae_core.model.likelihoods import LIKELIHOODS, Likelihood
from vae_core.model.networks import Centre, encoder_and_decoder
from vae_core.model.posterior import Posterior
from vae_core.model.priors import PRIORS, Prior
from vae_core.registries import chosen


@dataclass(frozen=True)
class Terms:
    """What one pass through the VAE yields for S latent samples of B images, in nats per image."""

    z: Tensor  # (S, B, d)
    log_px: Tensor  # (S, B): log p(x|z)
    posterior: Posterior
    prior: Prior
    cond: Tensor | None = None

    @cached_property
    def log_pz(self) -> Tensor:
        """log p(z), (S, B)."""
        return self.prior.log_prob(self.z, self.cond)

    @cached_property
    def log_qz(self) -> Tensor:
        """log q(z|x), (S, B)."""
        return self.posterior.log_prob(self.z)

    @cached_property
    def kl_per_dim(self) -> Tensor | None:
        """KL(q(z_j|x) || p(z_j)), (B, d), or None where the prior has no closed form."""
        return self.prior.kl_per_dim(self.posterior)

    @cached_property
    def reconstruction(self) -> Tensor:
        """-log p(x|z), mean over samples, (B,)."""
        return -self.log_px.mean(0)

    @cached_property
    def kl(self) -> Tensor:
        """KL(q(z|x) || p(z)), (B,): closed form where there is one, else mean of log q - log p over the samples."""
        return (self.log_qz - self.log_pz).mean(0) if self.kl_per_dim is None else self.kl_per_dim.sum(-1)

    @property
    def elbo(self) -> Tensor:
        """The lower bound of log p(x), (B,); higher is better."""
        return -(self.reconstruction + self.kl)

    @cached_property
    def log_weights(self) -> Tensor:
        """log p(x|z) + log p(z) - log q(z|x), (S, B): the importance weights of the IWAE bound."""
        return self.log_px + self.log_pz - self.log_qz


@final
class VAE(nn.Module):
    """Composed of encoder, decoder, likelihood and prior; variation is by composition, never by subclass.

    >>> import torch, vae_core
    >>> vae = vae_core.open_run("digits-2d").model()
    >>> posterior = vae.encode(torch.zeros(5, 8, 8))  # pixels in [0, 1]
    >>> posterior.mu.shape
    torch.Size([5, 2])
    >>> vae.likelihood.mean(vae.decode(torch.zeros(3, 2))).shape  # the expected pictures of three latent points
    torch.Size([3, 8, 8])
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Sequential, likelihood: Likelihood, prior: Prior) -> None:
        super().__init__()
        self.encoder, self.decoder, self.likelihood, self.prior = encoder, decoder, likelihood, prior

    def encode(self, x: Tensor, cond: Tensor | None = None) -> Posterior:
        """Return q(z|x) for x (B, *event)."""
        mu, log_var = self.encoder(x)
        return Posterior(_whole(mu), _whole(log_var))

    def decode(self, z: Tensor, cond: Tensor | None = None) -> Tensor:
        """Return the likelihood's params, (params_per_pixel, ..., *event), for z (..., d)."""
        flat = _whole(self.decoder(z.reshape(-1, z.shape[-1])))
        return flat.movedim(1, 0).reshape(flat.shape[1], *z.shape[:-1], *flat.shape[2:])

    def terms(self, batch: Batch, samples: int = 1, eps: Tensor | None = None, z: Tensor | None = None) -> Terms:
        """Return the terms of the objective for S samples of z.

        Args:
            batch: images (B, *event).
            samples: S, used where neither eps nor z is given.
            eps: standard normal noise (S, B, d); keyed noise makes runs repeatable.
            z: latent points (S, B, d) to evaluate instead of samples of q(z|x).
        """
        posterior = self.encode(batch.x, batch.cond)
        if z is None:
            if eps is None:
                eps = torch.randn(samples, *posterior.mu.shape, dtype=posterior.mu.dtype, device=posterior.mu.device)
            z = posterior.sample(eps)
        log_px = self.likelihood.log_prob(self.decode(z, batch.cond), batch.x)
        return Terms(z, log_px, posterior, self.prior, batch.cond)

    @torch.no_grad()
    def start_at_mean(self, mean: Tensor) -> None:
        """Centre the encoder on the training set's mean picture (*event) and let the untrained decoder draw it."""
        for module in self.encoder.modules():
            if isinstance(module, Centre):
                module.pixel_mean.copy_(mean)
        params = self.likelihood.link(mean)
        bias = [value for name, value in self.decoder.named_parameters() if name.endswith("bias")][-1]
        # A convolution has one bias per channel and not per pixel.
        bias.copy_(params.reshape(bias.numel(), -1).mean(1))


def _whole(values: Tensor) -> Tensor:
    """Return bfloat16 as float32: a sum over pixels in half precision is off by nats."""
    return values.float() if values.dtype == torch.bfloat16 else values


def build_vae(config: ModelConfig, event_shape: Sequence[int], quantum: float) -> VAE:
    """Return an untrained VAE; weights are drawn from torch's global generator.

    Args:
        config: names from the registries of networks, likelihoods and priors.
        event_shape: shape of one image.
        quantum: distance between two grey levels, the floor of a learned sigma.

    Raises:
        ConfigError: an unknown name, or parts that do not fit together.
    """
    likelihood = chosen(LIKELIHOODS, config.likelihood, "likelihood")(sigma=config.sigma, quantum=quantum)
    prior = chosen(PRIORS, config.prior, "prior")(config.latent_size)
    encoder, decoder = encoder_and_decoder(network_of(config, event_shape, likelihood.params_per_pixel))
    return VAE(encoder, decoder, likelihood, prior)
