"""Two rules short enough for the browser to do the same: cubic convolution between known places, Gauss-Hermite quadrature."""

from __future__ import annotations

import numpy as np

from vae_core.arrays import Float64s, Floats

NODES = 16  # of Gauss-Hermite quadrature along an axis


def weights(share: Floats) -> Floats:
    """Return the weights (..., 4) of the values at -1, 0, 1 and 2 for a place `share` (...) of the way from 0 to 1.

    Cubic convolution with a = -1/2, which reproduces every parabola (Keys 1981, eq. 4).
    """
    t = np.asarray(share, np.float64)
    squared, cubed = t * t, t * t * t
    return 0.5 * np.stack([-t + 2 * squared - cubed, 2 - 5 * squared + 3 * cubed, t + 4 * squared - 3 * cubed, cubed - squared], -1)


def cubic(values: Floats, place: Floats) -> Float64s:
    """Return the values (M,) between those known at whole numbers; beyond the edge the edge's own goes on.

    Args:
        values: (n,) or (n, m), at whole numbers.
        place: (M, 1) or (M, 2), along the axes of `values`.
    """
    place = np.clip(np.asarray(place, np.float64), 0, np.array(values.shape) - 1.0)
    start = np.floor(place).astype(np.int64)
    near = np.clip(start[..., None] + np.arange(-1, 3), 0, np.array(values.shape)[:, None] - 1)
    share = weights(place - start)
    if values.ndim == 1:
        return (values[near[:, 0]] * share[:, 0]).sum(-1)
    block = values[near[:, 0, :, None], near[:, 1, None, :]]
    return np.einsum("mij,mi,mj->m", block, share[:, 0], share[:, 1])


def hermite(n: int = NODES) -> tuple[Float64s, Float64s]:
    """Return nodes (n,) and weights (n,) that sum to 1: the mean of every polynomial of degree 2n - 1 under N(0, 1) is exact."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(n)
    return nodes, weights / weights.sum()
