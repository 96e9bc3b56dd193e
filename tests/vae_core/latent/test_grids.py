"""Grids over the latent space: the prior's quantiles, even cells, directions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from vae_core.latent import grids


@pytest.mark.parametrize("coverage", [0.5, 0.95, 0.999])
def test_the_axis_holds_the_priors_quantiles(coverage: float) -> None:
    axis = grids.quantile_axis(7, coverage)
    assert axis == pytest.approx(norm.ppf(np.linspace((1 - coverage) / 2, (1 + coverage) / 2, 7)), abs=1e-9)
    assert grids.quantile_axis(1).tolist() == [0.0]


def test_the_even_axis_fills_its_reach_with_equal_cells() -> None:
    assert grids.even_axis(3, 3.0).tolist() == [-2, 0, 2]


def position(z: np.ndarray) -> np.ndarray:
    """A decoder whose 1x2 picture is the first and the second latent value."""
    return z[:, None, [0, -1]].astype(np.float32)


def test_the_grid_runs_right_and_upward() -> None:
    grid = grids.manifold_grid(position, grids.quantile_axis(5, 0.9), 2)
    assert grid.images.shape == (5, 5, 1, 2)
    for row, column in np.ndindex(5, 5):
        assert grid.images[row, column, 0] == pytest.approx([grid.x[column], grid.y[row]])
    assert (np.diff(grid.x) > 0).all() and (np.diff(grid.y) < 0).all()


def test_other_dimensions_stay_at_the_centre_and_one_dimension_is_a_strip() -> None:
    seen: list[np.ndarray] = []

    def decode(z: np.ndarray) -> np.ndarray:
        seen.append(z)
        return position(z)

    grids.manifold_grid(decode, grids.quantile_axis(3), 4, (2, 0), np.array([9.0, 8, 7, 6]))
    assert (seen[0][:, 1] == 8).all() and (seen[0][:, 3] == 6).all() and len(np.unique(seen[0][:, 2])) == 3
    assert grids.manifold_grid(decode, grids.even_axis(6, 3.0), 1).images.shape == (1, 6, 1, 2)
