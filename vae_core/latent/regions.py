"""Which points lie in a region of the latent space: a polygon on a plane, the nearest of a place, far out, along a set of cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Floats

Mask = NDArray[np.bool_]
AT_ONCE = 2**22  # distances in memory together


def in_polygon(points: Floats, polygon: Floats) -> Mask:
    """Tell of each point (N, 2) whether it lies in a polygon (M, 2), which closes by itself; where it crosses itself, by the even-odd rule.

    A ray to the right is counted against each edge that it crosses; an edge holds its lower end and not its upper one, so that a ray
    through a corner counts once. As a lasso does: fewer than three corners hold nothing.
    """
    points, corners = np.asarray(points, np.float64), np.asarray(polygon, np.float64).reshape(-1, 2)
    is_in = np.zeros(len(points), bool)
    if len(corners) < 3:
        return is_in
    for (x, y), (to_x, to_y) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if to_y < y:  # always upwards, so that two polygons that share an edge agree on whose a point on it is
            x, y, to_x, to_y = to_x, to_y, x, y
        crosses = (points[:, 1] >= y) != (points[:, 1] >= to_y)
        side = (to_x - x) * (points[:, 1] - y) - (points[:, 0] - x) * (to_y - y)
        is_in ^= crosses & (side > 0)
    return is_in


def nearest(mu: Floats, z: Floats, k: int) -> Mask:
    """Tell which are the k points of mu (N, d) nearest to a place z (d,); of equally near ones the first."""
    apart = ((np.asarray(mu, np.float64) - np.asarray(z, np.float64)) ** 2).sum(1)
    is_near = np.zeros(len(mu), bool)
    is_near[np.argsort(apart, kind="stable")[:k]] = True
    return is_near


def outside(mu: Floats, radius: float) -> Mask:
    """Tell which points of mu (N, d) lie further from the middle of the prior than so many of its standard deviations."""
    return (np.asarray(mu, np.float64) ** 2).sum(1) > radius**2


def beside_cells(mu: Floats, axis: Floats, is_cell: Mask, width: float) -> Mask:
    """Tell which points of mu (N, d) lie at most `width` from the middle of a cell of an even grid, (side,) * d.

    As in prior_holes: the first index of the grid is the last dimension.
    """
    cells = axis[np.argwhere(is_cell)[:, ::-1]]
    found = np.zeros(len(mu), bool)
    if not len(cells):
        return found
    for rows in np.array_split(np.arange(len(mu)), max(1, len(mu) * len(cells) // AT_ONCE)):
        apart = ((np.asarray(mu[rows], np.float64)[:, None] - cells) ** 2).sum(2)
        found[rows] = apart.min(1) <= width**2
    return found
