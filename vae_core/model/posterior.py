"""q(z|x): the diagonal Gaussian that the encoder answers with."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Posterior:
    """q(z|x) = N(mu, diag exp(log_var)) for a batch; both tensors are (B, d)."""

    mu: Tensor
    log_var: Tensor

    @property
    def sigma(self) -> Tensor:
        """Standard deviations, (B, d)."""
        return torch.exp(0.5 * self.log_var)

    def sample(self, eps: Tensor) -> Tensor:
        """Return z = mu + sigma * eps for eps (..., B, d): the reparameterisation (Kingma & Welling 2014, eq. 4)."""
        return self.mu + self.sigma * eps

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log q(z|x) in nats, (..., B), for z (..., B, d)."""
        squares = (z - self.mu).square() * torch.exp(-self.log_var)
        return -0.5 * (squares + self.log_var + math.log(2 * math.pi)).sum(-1)

    def detach(self) -> Posterior:
        """Return the same posterior cut off from the encoder's gradient."""
        return Posterior(self.mu.detach(), self.log_var.detach())
