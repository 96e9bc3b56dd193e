"""Grids at the prior's quantiles, mosaics to the pixel, projections against scikit-learn."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from scipy.stats import norm
from sklearn.decomposition import PCA

from vae_core.latent import latents


@pytest.mark.parametrize("coverage", [0.5, 0.95, 0.999])
def test_the_axis_holds_the_priors_quantiles(coverage: float) -> None:
    axis = latents.quantile_axis(7, coverage)
    assert axis == pytest.approx(norm.ppf(np.linspace((1 - coverage) / 2, (1 + coverage) / 2, 7)), abs=1e-9)
    assert latents.quantile_axis(1).tolist() == [0.0]


def test_the_even_axis_fills_its_reach_with_equal_cells() -> None:
    assert latents.even_axis(3, 3.0).tolist() == [-2, 0, 2]


def position(z: np.ndarray) -> np.ndarray:
    """A decoder whose 1x2 picture is the first and the second latent value."""
    return z[:, None, [0, -1]].astype(np.float32)


def test_the_grid_runs_right_and_upward() -> None:
    grid = latents.manifold_grid(position, latents.quantile_axis(5, 0.9), 2)
    assert grid.images.shape == (5, 5, 1, 2)
    for row, column in np.ndindex(5, 5):
        assert grid.images[row, column, 0] == pytest.approx([grid.x[column], grid.y[row]])
    assert (np.diff(grid.x) > 0).all() and (np.diff(grid.y) < 0).all()


def test_other_dimensions_stay_at_the_centre_and_one_dimension_is_a_strip() -> None:
    seen: list[np.ndarray] = []

    def decode(z: np.ndarray) -> np.ndarray:
        seen.append(z)
        return position(z)

    latents.manifold_grid(decode, latents.quantile_axis(3), 4, (2, 0), np.array([9.0, 8, 7, 6]))
    assert (seen[0][:, 1] == 8).all() and (seen[0][:, 3] == 6).all() and len(np.unique(seen[0][:, 2])) == 3
    assert latents.manifold_grid(decode, latents.even_axis(6, 3.0), 1).images.shape == (1, 6, 1, 2)


def test_the_mosaic_puts_every_picture_in_its_place() -> None:
    images = np.arange(6).reshape(2, 3, 1, 1) / 5 * np.ones((1, 1, 4, 2))
    picture = latents.tile(images)
    assert picture.shape == (8, 12), "cells are square, whatever the pictures are"
    assert picture[5, 4:8].tolist() == [0, round(4 / 5 * 255), round(4 / 5 * 255), 0]
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(latents.png(picture)))), picture)
    assert latents.tile(np.array([[[[-3.0, 9.0]]]])).tolist() == [[0, 255], [0, 0]]


def test_principal_axes_are_those_of_scikit_learn() -> None:
    x = np.random.default_rng(0).normal(size=(300, 5)) @ np.diag([4, 3, 2, 1, 0.5])
    ours, theirs = latents.principal_axes(x), PCA(2).fit(x)
    assert np.abs(ours.directions) == pytest.approx(np.abs(theirs.components_), abs=1e-9)
    assert ours.explained == pytest.approx(theirs.explained_variance_ratio_)
    assert np.abs(ours.project(x)) == pytest.approx(np.abs(theirs.transform(x)), abs=1e-8)
    assert (ours.directions[np.arange(2), np.abs(ours.directions).argmax(1)] > 0).all()


def test_kl_per_dimension_of_stored_posteriors() -> None:
    stored = latents.Latents(np.array([[1.0, 0.0]]), np.array([[0.0, 0.0]]), None, np.array([0]))
    assert stored.kl_per_dim.tolist() == [0.5, 0.0]
    assert stored.quantiles().shape == (2, 2)


def test_a_umap_is_refused_where_it_would_show_what_is_not_there() -> None:
    def of(mu: np.ndarray, log_var: float = -4.0) -> latents.Latents:
        return latents.Latents(mu, np.full_like(mu, log_var), None, np.arange(len(mu)))

    wide = np.random.default_rng(0).normal(size=(60, 3))
    assert latents.umap_obstacle(of(wide)) == latents.umap_obstacle(of(wide, np.nan)) == "", "an autoencoder has no KL"
    assert "lie in 3." in latents.umap_obstacle(of(np.repeat(wide[:3], 20, 0)))
    assert latents.umap_obstacle(of(np.repeat(wide[:4], 15, 0))) == "", "the fewest that can be laid out"
    assert "asleep" in latents.umap_obstacle(of(0.01 * wide, 0.0))
    assert latents.in_heaps(wide) == 0 and latents.in_heaps(np.repeat(wide[:3], [16, 15, 1], 0)) == 16
