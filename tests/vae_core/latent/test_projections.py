"""Projections against scikit-learn, and one map laid on another."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from vae_core.latent import projections
from vae_core.latent.latents import Latents
from vae_core.latent.projections import agreement, procrustes


def test_principal_axes_are_those_of_scikit_learn() -> None:
    x = np.random.default_rng(0).normal(size=(300, 5)) @ np.diag([4, 3, 2, 1, 0.5])
    ours, theirs = projections.principal_axes(x), PCA(2).fit(x)
    assert np.abs(ours.directions) == pytest.approx(np.abs(theirs.components_), abs=1e-9)
    assert ours.explained == pytest.approx(theirs.explained_variance_ratio_)
    assert np.abs(ours.project(x)) == pytest.approx(np.abs(theirs.transform(x)), abs=1e-8)
    assert (ours.directions[np.arange(2), np.abs(ours.directions).argmax(1)] > 0).all()


def test_a_umap_is_refused_where_it_would_show_what_is_not_there() -> None:
    def of(mu: np.ndarray, log_var: float = -4.0) -> Latents:
        return Latents(mu, np.full_like(mu, log_var), None, np.arange(len(mu)))

    wide = np.random.default_rng(0).normal(size=(60, 3))
    assert projections.umap_obstacle(of(wide)) == projections.umap_obstacle(of(wide, np.nan)) == "", "an autoencoder has no KL"
    assert "lie in 3." in projections.umap_obstacle(of(np.repeat(wide[:3], 20, 0)))
    assert projections.umap_obstacle(of(np.repeat(wide[:4], 15, 0))) == "", "the fewest that can be laid out"
    assert "inactive" in projections.umap_obstacle(of(0.01 * wide, 0.0))
    assert projections.count_in_heaps(wide) == 0 and projections.count_in_heaps(np.repeat(wide[:3], [16, 15, 1], 0)) == 16


def turned(degrees: float, *, mirrored: bool) -> np.ndarray:
    """Return the matrix that mirrors points (rows) left to right, if asked to, and then turns them counterclockwise."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.diag([-1.0, 1.0]) @ turn if mirrored else turn


@pytest.mark.parametrize("degrees", [0, 30, 90, -135, 179])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_known_turn_is_found(degrees: float, mirrored: bool) -> None:
    rng = np.random.default_rng(1)
    moving = rng.normal(size=(300, 2)) * (2, 0.7)
    fixed = moving @ turned(degrees, mirrored=mirrored) + (3, -1)
    found = procrustes(fixed, moving)
    np.testing.assert_allclose(found(moving), fixed, atol=1e-10)
    assert found.is_mirrored == mirrored and found.angle == pytest.approx(degrees)
    assert agreement(fixed, found(moving)) == pytest.approx(1)


def distances(points: np.ndarray) -> np.ndarray:
    """Return how far each point lies from each other one."""
    return np.linalg.norm(points[:, None] - points[None], axis=-1)


def test_distances_are_kept_and_nothing_lies_nearer() -> None:
    rng = np.random.default_rng(2)
    fixed = rng.normal(size=(200, 2))
    moving = 3 * fixed @ turned(50, mirrored=True) + rng.normal(size=(200, 2))  # three times as large: that must stay
    found = procrustes(fixed, moving)
    laid = found(moving)
    np.testing.assert_allclose(found.turn @ found.turn.T, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(
        np.linalg.norm(laid[:50, None] - laid[None, :50], axis=-1), np.linalg.norm(moving[:50, None] - moving[None, :50], axis=-1)
    )
    best = ((fixed - laid) ** 2).sum()
    centred = moving - moving.mean(0)
    others = [
        ((fixed - fixed.mean(0) - centred @ turned(degrees, mirrored=mirrored)) ** 2).sum()
        for degrees in np.arange(0, 360, 0.5)
        for mirrored in (False, True)
    ]
    assert best <= min(others) + 1e-9 and min(others) == pytest.approx(best, rel=1e-3)
    assert agreement(fixed, laid) < 0, "a map three times as large explains nothing"
    assert agreement(fixed, np.tile(fixed.mean(0), (200, 1))) == pytest.approx(0)
