"""Many images through a trained encoder, many latent points through its decoder: a part at a time, without gradient.

torch is imported where it is needed, so that a page can name these functions without it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Floats

if TYPE_CHECKING:
    import torch

    from vae_core.data.batches import ImageSubset
    from vae_core.model.posterior import Posterior
    from vae_core.model.vae import VAE


CHUNK = 2048  # images per pass: about 100 MB of activations for the networks here
CHUNK_PIXELS = CHUNK * 32**2  # in all of them: fewer images where they are larger


def chunks(n: int, size: int = CHUNK) -> Iterator[slice]:
    """Cut range(n) into slices of at most `size`."""
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


def images_at_once(shape: Sequence[int]) -> int:
    """Return how many images of this shape go through a network at once."""
    return max(1, min(CHUNK, CHUNK_PIXELS // math.prod(shape)))


def encode(vae: VAE, x: torch.Tensor | ImageSubset) -> Posterior:
    """Return q(z|x) of images x (N, *event), chunk by chunk, without gradient."""
    import torch

    from vae_core.model.posterior import Posterior

    device = next(vae.parameters()).device
    # Filled in place: small results kept between large temporary ones would leave the memory in pieces.
    mu, log_var = torch.empty(2, len(x), vae.prior.latent_size)
    with torch.inference_mode():
        for part in chunks(len(x), images_at_once(x[:1].shape)):
            found = vae.encode(x[part].to(device))
            mu[part], log_var[part] = found.mu, found.log_var
    return Posterior(mu, log_var)


def decode_mean(vae: VAE, z: Floats) -> NDArray[np.float32]:
    """Return the expected pictures (N, *event) of latent points z (N, d), without gradient."""
    import torch

    with torch.inference_mode():
        points = torch.as_tensor(np.ascontiguousarray(z, dtype=np.float32), device=next(vae.parameters()).device)
        parts = [vae.likelihood.mean(vae.decode(points[part])) for part in chunks(len(z))]
        return torch.cat(parts).cpu().numpy()
