"""Many images through a trained encoder, many latent points through a decoder: a part at a time, without gradient.

torch is imported where it is needed, so that a page can name these functions without it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Float64s, Floats
from vae_core.data.pictures import WHITE, to_pixels
from vae_core.latent.grids import grid_points, manifold_grid

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
        first = vae.likelihood.mean(vae.decode(points[:1]))  # tells how large a picture is
        found = np.empty((len(points), *first.shape[1:]), np.float32)
        for part in chunks(len(z), images_at_once(first.shape)):
            found[part] = vae.likelihood.mean(vae.decode(points[part])).cpu().numpy()
        return found


# --------------------------------------------------------------------------- what draws the pictures that are shown


class Decoder(Protocol):
    """From latent points to expected pictures, wherever they are only shown; training and evaluation need the model itself."""

    @property
    def latent_size(self) -> int:
        """Number of latent dimensions, d."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one picture, *event."""

    @property
    def error(self) -> float | None:
        """Root mean square of what pixel means are off from the network's; None where they are the network's own."""

    def decode_mean(self, z: Floats) -> NDArray[np.float32]:
        """Return the expected pictures (N, *event) of latent points z (N, d)."""


@dataclass(frozen=True)
class NetworkDecoder:
    """The decoder of a trained VAE."""

    vae: VAE
    shape: tuple[int, ...]
    error: float | None = None

    @property
    def latent_size(self) -> int:
        """Number of latent dimensions, d."""
        return self.vae.prior.latent_size

    def decode_mean(self, z: Floats) -> NDArray[np.float32]:
        """Return the expected pictures (N, *event) of latent points z (N, d)."""
        return decode_mean(self.vae, z)


@dataclass(frozen=True)
class AtlasDecoder:
    """Pictures stored on a grid over the plane of two latent dimensions, bilinear between them; js/engine/decoder.js does the same sums.

    Beyond the grid a picture is that of the nearest place on its edge.
    """

    axis: Float64s  # (n,) ascending, n >= 2: the places of the pictures along either dimension
    levels: NDArray[np.uint8]  # (n, n, *event) pixel means from 0 to WHITE, row 0 on top at the highest second dimension, as ManifoldGrid
    error: float | None

    @classmethod
    def drawn_by(cls, decoder: Decoder, axis: Float64s) -> AtlasDecoder:
        """Return an atlas of a decoder of two dimensions; its error is measured in the middles of all cells, furthest from any picture."""
        atlas = cls(axis, to_pixels(manifold_grid(decoder.decode_mean, axis, 2).images), None)
        middles = grid_points((axis[1:] + axis[:-1]) / 2, 2).reshape(-1, 2)
        off = atlas.decode_mean(middles) - decoder.decode_mean(middles)
        return replace(atlas, error=math.sqrt(np.mean(off**2, dtype=np.float64)))

    @property
    def latent_size(self) -> int:
        """Number of latent dimensions: a plane's two."""
        return 2

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one picture, *event."""
        return self.levels.shape[2:]

    def decode_mean(self, z: Floats) -> NDArray[np.float32]:
        """Return the expected pictures (N, *event) of latent points z (N, 2)."""
        at = np.clip(z, self.axis[0], self.axis[-1])
        cell = np.clip(np.searchsorted(self.axis, at, side="right") - 1, 0, len(self.axis) - 2)
        share = ((at - self.axis[cell]) / np.diff(self.axis)[cell]).astype(np.float32)
        (column, row), (right, up) = cell.T, share.T.reshape(2, -1, *(1 for _ in self.shape))
        upward = self.levels[::-1]
        low, high = ((1 - right) * upward[line, column] + right * upward[line, column + 1] for line in (row, row + 1))
        return ((1 - up) * low + up * high) / np.float32(WHITE)
