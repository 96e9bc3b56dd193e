"""Grids over the latent space: axes in steps of the prior or of equal width, and the pictures that are decoded on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from vae_core.arrays import Float64s, Floats

LONGEST = 2048  # pixels along a side of a map, stored or on a page: of large pictures it shows fewer


@dataclass(frozen=True)
class ManifoldGrid:
    """Pictures decoded on a grid: images (rows, columns, *event), row 0 on top at the highest y."""

    x: Floats  # (columns,) ascending
    y: Floats  # (rows,) descending; (1,) where there is one latent dimension
    images: Floats


def quantile_axis(n: int, coverage: float = 0.95) -> Float64s:
    """Return n quantiles of N(0, 1), evenly spaced in probability over the central `coverage` (Kingma & Welling 2014, fig. 4)."""
    bell = NormalDist()
    return np.array([bell.inv_cdf(p) for p in np.linspace((1 - coverage) / 2, (1 + coverage) / 2, n)]) if n > 1 else np.zeros(1)


def even_axis(n: int, reach: float) -> Float64s:
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


def pictures_per_side(wanted: int, shape: Sequence[int], longest: int | None = None) -> int:
    """Return how many pictures of this shape ([C,] H, W) stand along a side of a map: `wanted`, or fewer large ones; at least two.

    `longest` is that of the map's side in pixels, by default LONGEST.
    """
    return max(2, min(wanted, (longest or LONGEST) // max(shape[-2:])))
