"""Numbers that are not finite: which quantity of a step was the first to be so."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from vae_core.data.batches import Batch
from vae_core.messages import Message, say
from vae_core.model.vae import VAE
from vae_core.runs.errors import RunError
from vae_core.training.distributed import total


class Diverged(RunError):
    """Training met a number that is not finite."""


def gradient_norm(gradients: Sequence[Tensor]) -> Tensor:
    """Return the norm of all gradients together, a scalar.

    They share a device and a type. torch.nn.utils.get_total_norm gives the same number, but first sorts them by both in Python.
    """
    return torch.linalg.vector_norm(torch.stack(list(torch._foreach_norm(list(gradients)))))


def first_bad_quantity(fabric: Fabric, model: nn.Module, vae: VAE, batch: Batch, noise: Tensor, step: int) -> Message | None:
    """Return the name of the first quantity of a step that is not finite, in the order in which they are computed, or None.

    Args:
        fabric: every process takes part, since another one may have the number.
        model: the WrappedLoss around `vae`, as set up by Fabric.
        vae: the network; its gradients are overwritten.
        batch: this process's images (B, *event).
        noise: standard normal noise (S, B, d) of the latent samples.
        step: number of the step, from 0.
    """
    with torch.no_grad():
        terms = vae.terms(batch, eps=noise)
    named = {"data": batch.x, "mean of q(z|x)": terms.posterior.mu, "log-variance of q(z|x)": terms.posterior.log_var}
    named |= {"reconstruction": terms.reconstruction, "KL": terms.kl}
    bad = torch.stack([~value.isfinite().all() for value in named.values()]).int()
    for name, is_bad in zip(named, total(fabric, bad, "max").tolist(), strict=True):
        if is_bad:
            return say(name)
    vae.zero_grad(set_to_none=True)
    loss, *_ = model(batch.x, noise, step)
    fabric.backward(loss)
    if not bool(loss.isfinite()):
        return say("loss")
    gradients = {name: p.grad for name, p in vae.named_parameters() if p.grad is not None}
    broken = [name for name, gradient in gradients.items() if not bool(gradient.isfinite().all())]
    norm = gradient_norm(list(gradients.values()))
    if broken:
        return say("gradient of {weights}", weights=broken[0])
    return None if bool(norm.isfinite()) else say("norm of the gradient")
