"""A small model, its terms and objectives, for the tests of what is minimised."""

from __future__ import annotations

import torch
from torch import Tensor

from vae_core.config import ModelConfig, ObjectiveConfig, TrainConfig
from vae_core.data.batches import Batch
from vae_core.model.objectives import Context, Objective, build_objective
from vae_core.model.vae import VAE, Terms, build_vae

B, D = 5, 2
AT_ONCE = Context(0, 1, B)


def some_vae(d: int = D) -> VAE:
    """Return a small VAE in float64, with weights large enough for posteriors that differ."""
    torch.manual_seed(0)
    vae = build_vae(ModelConfig(hidden=(4,), latent_size=d), (3, 3), 1 / 16).double()
    with torch.no_grad():
        for weights in vae.parameters():
            weights.mul_(2)
    return vae


def some_batch(n: int = B) -> tuple[Tensor, Tensor]:
    """Return images (n, 3, 3) and the noise (4, n, d) of four samples each."""
    generator = torch.Generator().manual_seed(1)
    return torch.rand(n, 3, 3, generator=generator).double(), torch.randn(4, n, D, generator=generator).double()


def some_terms(vae: VAE | None = None, samples: int = 4) -> Terms:
    x, eps = some_batch()
    return (vae or some_vae()).terms(Batch(x), eps=eps[:samples])


def made(name: str = "elbo", epochs: int = 9, steps_per_epoch: int = 5, **settings: object) -> Objective:
    return build_objective(ObjectiveConfig(objective=name, **settings), TrainConfig(epochs=epochs), steps_per_epoch)  # type: ignore[arg-type]


def gradients(vae: VAE, loss: Tensor) -> dict[str, Tensor]:
    names, parameters = zip(*vae.named_parameters(), strict=True)
    return dict(zip(names, torch.autograd.grad(loss, parameters, allow_unused=True, materialize_grads=True), strict=True))


def assert_same_gradients(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-9, atol=1e-12, msg=lambda text, name=name: f"{name}: {text}")
