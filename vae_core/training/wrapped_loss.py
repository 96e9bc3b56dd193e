"""VAE and objective as one module, which Lightning Fabric wraps."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from vae_core.data.batches import Batch
from vae_core.model.objectives import Context, Objective
from vae_core.model.vae import VAE


class WrappedLoss(nn.Module):
    """Images in, the loss out, so that all processes share one backward pass."""

    def __init__(self, vae: VAE, objective: Objective, total_steps: int, n_train: int) -> None:
        super().__init__()
        self.vae, self.objective, self.total_steps, self.n_train = vae, objective, total_steps, n_train
        self.gather: Callable[[Tensor], Tensor] = lambda tensor: tensor

    def forward(self, x: Tensor, noise: Tensor, step: int) -> tuple[Tensor, Tensor, float, dict[str, Tensor]]:
        """Return the loss, the sums over these images of reconstruction, KL and loss (3,), the KL weight, and what is logged."""
        terms = self.vae.terms(Batch(x.float()), eps=noise.float())  # Fabric rounds what goes in to the network's precision
        loss = self.objective(terms, Context(step, self.total_steps, self.n_train, self.gather))
        with torch.no_grad():
            sums = torch.stack([terms.reconstruction.sum(), terms.kl.sum(), loss.loss * len(x)])
            return loss.loss, sums, loss.kl_weight, {name: value.detach() for name, value in loss.logged.items()}
