"""Models of every kind for the browser's modules to run, and what is in a file of weights."""

from __future__ import annotations

import json
import struct
from typing import Any

import torch
from torch import Tensor

from vae_core.config import ModelConfig
from vae_core.model.vae import VAE, build_vae

HIDDEN = {"mlp": (24, 17), "residual": (24, 17, 30), "conv": (5, 8), "conv-upsample": (5, 8), "linear": ()}


def model(network: str, likelihood: str = "bernoulli", event_shape: tuple[int, ...] = (8, 8), latent_size: int = 3) -> VAE:
    """Return a VAE whose weights are large enough for pictures of all greys, as if it had been trained."""
    torch.manual_seed(7)
    config = ModelConfig(network=network, likelihood=likelihood, hidden=HIDDEN[network], latent_size=latent_size)
    vae = build_vae(config, event_shape, 1 / 255).eval()
    with torch.no_grad():
        for weights in vae.parameters():
            weights.mul_(2).add_(0.05 * torch.randn_like(weights))
        vae.encoder.layers[0].pixel_mean.uniform_()
    return vae


def latent_points(size: int) -> Tensor:
    """Return z (8, size): the middle of the map, places on it, and places far outside."""
    spread = torch.tensor([0.0, 1, 1, 1, 2, 6, 30, 300])
    return torch.randn(8, size, generator=torch.Generator().manual_seed(3)) * spread[:, None]


def opened(content: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the header of a file of weights and the bytes after it."""
    (length,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + length]), content[8 + length :]
