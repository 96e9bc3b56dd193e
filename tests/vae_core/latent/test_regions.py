"""Points in a region: polygons against the winding of their corners, neighbours and distances against plain sums."""

from __future__ import annotations

import numpy as np
import pytest

from vae_core.latent import regions


def turns(point: np.ndarray, polygon: np.ndarray) -> int:
    """Return how often a polygon winds round a point, by the angles between its corners as seen from there."""
    seen = polygon - point
    angles = np.arctan2(seen[:, 1], seen[:, 0])
    steps = (np.diff(np.r_[angles, angles[0]]) + np.pi) % (2 * np.pi) - np.pi
    return round(float(steps.sum() / (2 * np.pi)))


@pytest.mark.parametrize("corners", [3, 4, 7, 40])
def test_a_polygon_holds_what_it_winds_round_an_odd_number_of_times(corners: int) -> None:
    rng = np.random.default_rng(corners)
    polygon, points = rng.normal(size=(corners, 2)), rng.normal(size=(400, 2))
    expected = [turns(point, polygon) % 2 == 1 for point in points]
    assert regions.in_polygon(points, polygon).tolist() == expected and any(expected) and not all(expected)
    assert regions.in_polygon(points, polygon[::-1]).tolist() == expected


def test_tiles_share_no_point_and_leave_none_out() -> None:
    grid = np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0)), -1).reshape(-1, 2)
    tiles = [np.array([(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)]) for x in range(-1, 5) for y in range(-1, 5)]
    assert (sum(regions.in_polygon(grid, tile).astype(int) for tile in tiles) == 1).all()
    assert not regions.in_polygon(grid, np.array([(0, 0), (4, 4)])).any() and not regions.in_polygon(grid, np.empty((0, 2))).any()


def test_neighbours_and_what_lies_far_out() -> None:
    mu = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    apart = np.linalg.norm(mu - [1, 0, 0], axis=1)
    assert set(np.flatnonzero(regions.nearest(mu, np.array([1, 0, 0]), 7))) == set(np.argsort(apart)[:7])
    assert regions.nearest(mu, np.zeros(3), 99).all() and regions.nearest(mu[:1, :1], np.zeros(1), 1).tolist() == [True]
    assert np.array_equal(regions.outside(mu, 1.5), np.linalg.norm(mu, axis=1) > 1.5)


def test_the_rim_of_cells_is_what_lies_within_a_width_of_one() -> None:
    axis, cells = np.linspace(-2, 2, 5), np.zeros((5, 5), bool)
    cells[4, 1] = True  # the second dimension at 2, the first at -1
    points = np.array([(-1, 1.8), (-1, 1.7), (1.8, -1), (-0.8, 2)])
    assert regions.beside_cells(points, axis, cells, 0.25).tolist() == [True, False, False, True]
    assert not regions.beside_cells(points, axis, np.zeros((5, 5), bool), 9).any()
