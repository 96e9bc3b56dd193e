"""p(z): where latent points are drawn from."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from vae_core.model.posterior import Posterior


class Prior(nn.Module, ABC):
    """A distribution over latent points z (d,)."""

    has_closed_form_kl = False
    is_standard_normal = False  # pages draw and sample that one by themselves

    def __init__(self, latent_size: int) -> None:
        super().__init__()
        self.latent_size = latent_size

    @abstractmethod
    def log_prob(self, z: Tensor, cond: Tensor | None = None) -> Tensor:
        """Return log p(z) in nats, (...), for z (..., d)."""

    @abstractmethod
    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Return n independent draws, (n, d)."""

    @abstractmethod
    def kl_per_dim(self, posterior: Posterior) -> Tensor | None:
        """Return KL(q(z_j|x) || p(z_j)) in nats, (B, d), or None unless `has_closed_form_kl`."""


class StandardNormal(Prior):
    """The bell: every knob independent, mean 0, standard deviation 1."""

    has_closed_form_kl = True
    is_standard_normal = True

    def log_prob(self, z: Tensor, cond: Tensor | None = None) -> Tensor:
        """Return log N(z; 0, I) in nats."""
        return -0.5 * (z.square() + math.log(2 * math.pi)).sum(-1)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Return n draws of N(0, I), (n, d)."""
        return torch.randn(n, self.latent_size, generator=generator)

    def kl_per_dim(self, posterior: Posterior) -> Tensor:
        """Return 1/2 (mu^2 + sigma^2 - 1 - ln sigma^2), (B, d) (Kingma & Welling 2014, appendix B)."""
        return 0.5 * (posterior.mu.square() + torch.exp(posterior.log_var) - 1 - posterior.log_var)


PRIORS: dict[str, type[Prior]] = {"standard-normal": StandardNormal}
