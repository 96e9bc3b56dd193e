"""The latent space of a trained model: where images land, what each place decodes to, and flat pictures of it.

NumPy at the door: torch, umap and Pillow are imported where they are needed, so that a page can draw stored results without them.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_core.latent.spectra import is_wide, leading, leading_of_wide

if TYPE_CHECKING:
    import torch

    from vae_core.data.batches import Images
    from vae_core.model.posterior import Posterior
    from vae_core.model.vae import VAE

Floats = NDArray[np.floating[Any]]

ASLEEP = 0.01  # nats: a dimension whose mean KL is less carries nothing
LEAST_PLACES = 4  # umap-learn fails at two and three
UMAP_NEIGHBOURS = 15  # its default
CHUNK = 2048  # images per pass: about 100 MB of activations for the networks here
CHUNK_PIXELS = CHUNK * 32**2  # in all of them: fewer images where they are larger
LONGEST = 3072  # pixels along a side of a map, stored or on a page: of large pictures it shows fewer


@dataclass(frozen=True)
class Latents:
    """Posteriors of a set of images: mu and log_var (N, d), labels (N,) or None, rows (N,) of the dataset."""

    mu: Floats
    log_var: Floats
    labels: NDArray[np.int64] | None
    rows: NDArray[np.int64]

    @property
    def kl_per_dim(self) -> Floats:
        """Mean KL of each dimension to the standard normal, (d,), nats per image; NaN where log_var is, in an autoencoder."""
        return 0.5 * (self.mu**2 + np.exp(self.log_var) - 1 - self.log_var).mean(0)

    @property
    def spread(self) -> Floats:
        """Standard deviation of each dimension's means over the images, (d,)."""
        return self.mu.std(0)

    @property
    def order(self) -> list[int]:
        """Dimensions by what they carry, most first: by KL, or by spread where there is no KL (an autoencoder)."""
        kl = self.kl_per_dim
        return [int(dim) for dim in np.argsort(-(self.spread if np.isnan(kl).any() else kl), kind="stable")]

    def quantiles(self, low: float = 0.005, high: float = 0.995) -> Floats:
        """Return the range that the means fill, (2, d)."""
        return np.quantile(self.mu, [low, high], axis=0)


@dataclass(frozen=True)
class ManifoldGrid:
    """Pictures decoded on a grid: images (rows, columns, *event), row 0 on top at the highest y."""

    x: Floats  # (columns,) ascending
    y: Floats  # (rows,) descending; (1,) where there is one latent dimension
    images: Floats


def chunks(n: int, size: int = CHUNK) -> Iterator[slice]:
    """Cut range(n) into slices of at most `size`."""
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


def at_once(shape: Sequence[int]) -> int:
    """Return how many images of this shape go through a network at once."""
    return max(1, min(CHUNK, CHUNK_PIXELS // math.prod(shape)))


def encode(vae: VAE, x: torch.Tensor | Images) -> Posterior:
    """Return q(z|x) of images x (N, *event), chunk by chunk, without gradient."""
    import torch

    from vae_core.model.posterior import Posterior

    device = next(vae.parameters()).device
    # Filled in place: small results kept between large temporary ones would leave the memory in pieces.
    mu, log_var = torch.empty(2, len(x), vae.prior.latent_size)
    with torch.inference_mode():
        for part in chunks(len(x), at_once(x[:1].shape)):
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


def quantile_axis(n: int, coverage: float = 0.95) -> NDArray[np.float64]:
    """Return n quantiles of N(0, 1), evenly spaced in probability over the central `coverage` (Kingma & Welling 2014, fig. 4)."""
    bell = NormalDist()
    return np.array([bell.inv_cdf(p) for p in np.linspace((1 - coverage) / 2, (1 + coverage) / 2, n)]) if n > 1 else np.zeros(1)


def even_axis(n: int, reach: float) -> NDArray[np.float64]:
    """Return the middles of n equal cells that fill [-reach, reach]: an axis at true scale."""
    return (np.arange(n) + 0.5) * 2 * reach / n - reach


def reach_of(axis: Floats) -> float:
    """Return the edge of the cells that `even_axis` laid out."""
    return round(float(axis[-1]) * len(axis) / (len(axis) - 1), 6)


def grid_points(axis: Floats, latent_size: int, dims: tuple[int, int] = (0, 1), centre: Floats | None = None) -> Floats:
    """Return latent points (rows, columns, d) with `axis` running right along dims[0] and upward along dims[1], row 0 on top.

    The other dimensions stay at `centre` (d,), zeros by default; with one latent dimension there is one row.
    """
    rows = axis[::-1] if latent_size > 1 else np.zeros(1)
    z = np.tile(np.zeros(latent_size) if centre is None else np.asarray(centre, float), (len(rows), len(axis), 1))
    z[:, :, dims[0]] = axis[None, :]
    if latent_size > 1:
        z[:, :, dims[1]] = rows[:, None]
    return z


def manifold_grid(
    decode: Callable[[Floats], Floats], axis: Floats, latent_size: int, dims: tuple[int, int] = (0, 1), centre: Floats | None = None
) -> ManifoldGrid:
    """Decode the points of `grid_points`; `decode` turns z (N, d) into pictures (N, *event)."""
    z = grid_points(axis, latent_size, dims, centre)
    images = decode(z.reshape(-1, latent_size))
    return ManifoldGrid(axis, axis[::-1] if latent_size > 1 else np.zeros(1), images.reshape(*z.shape[:2], *images.shape[1:]))


def per_side(wanted: int, shape: Sequence[int], longest: int | None = None) -> int:
    """Return how many pictures of this shape (H, W) stand along a side of a map: `wanted`, or fewer of large ones, but no less than two.

    `longest` is that of the map's side in pixels, by default LONGEST.
    """
    return max(2, min(wanted, (longest or LONGEST) // max(shape)))


def tile(images: Floats) -> NDArray[np.uint8]:
    """Join pictures (rows, columns, H, W) in [0, 1] into one grey picture (rows*S, columns*S) of square cells, S = max(H, W).

    A map's cells are square, so a picture that is not lies in the middle of its cell; js/canvas/mosaic.js lays them out alike.
    """
    rows, columns, height, width = images.shape
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    cells = np.zeros((rows, side, columns, side), images.dtype)
    cells[:, top : top + height, :, left : left + width] = images.transpose(0, 2, 1, 3)
    joined = cells.reshape(rows * side, columns * side)
    return np.round(np.clip(joined, 0, 1) * 255).astype(np.uint8)


def smaller(picture: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    """Return a grey picture (H, W) so many times smaller along each side, of the means of its pixels."""
    from PIL import Image

    return picture if times == 1 else np.asarray(Image.fromarray(picture).reduce(times))


def png(picture: NDArray[np.uint8]) -> bytes:
    """Return a grey picture (H, W) as PNG bytes."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


@dataclass(frozen=True)
class PrincipalAxes:
    """The directions along which data vary most: mean (D,), directions (n, D) orthonormal, explained (n,) shares of the variance."""

    mean: Floats
    directions: Floats
    explained: Floats

    def project(self, x: Floats) -> Floats:
        """Return coordinates (N, n) of x (N, D)."""
        return (x - self.mean) @ self.directions.T


def principal_axes(x: Floats, n: int = 2) -> PrincipalAxes:
    """Return the first n principal axes of x (N, D) from the eigenvectors of its covariance."""
    mean = x.mean(0, dtype=np.float64)
    centred = x - mean.astype(x.dtype)
    if is_wide(x):
        eigenvalues, vectors, others = leading_of_wide(centred, n)
    else:
        eigenvalues, vectors, others = leading((centred.T @ centred).astype(np.float64), n)
    directions = vectors.T
    # An eigenvector's sign is arbitrary: the largest entry is made positive, so that pictures do not flip between machines.
    signs = np.sign(directions[np.arange(len(directions)), np.abs(directions).argmax(1)])
    return PrincipalAxes(mean, directions * signs[:, None], eigenvalues / max(eigenvalues.sum() + others, 1e-300))


def umap_obstacle(points: Latents) -> str:
    """Return in a sentence why a UMAP of these means cannot be made or would show what is not there; "" where neither is so."""
    sentence, places = "", len(np.unique(points.mu, axis=0))
    if places < LEAST_PLACES:
        sentence = f"A map by likeness (UMAP) needs images in at least {LEAST_PLACES} different places, and these lie in {places}."
    elif (points.kl_per_dim < ASLEEP).all():
        sentence = "All dimensions are asleep, so a map by likeness (UMAP) would show groups made by chance alone."
    return sentence


def in_heaps(mu: Floats) -> int:
    """Return how many of the means (N, d) lie in one place with more others than UMAP looks at: it draws each such heap as an island."""
    counts = np.unique(mu, axis=0, return_counts=True)[1]
    return int(counts[counts > UMAP_NEIGHBOURS].sum())


def umap(x: Floats, seed: int = 0) -> NDArray[np.float32]:
    """Return a UMAP embedding (N, 2) of x (N, d); the same seed gives the same picture. The first call compiles for about a minute."""
    import umap as umap_learn

    return umap_learn.UMAP(random_state=seed, n_jobs=1).fit_transform(x).astype(np.float32)
