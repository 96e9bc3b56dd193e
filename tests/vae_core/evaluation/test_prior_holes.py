"""Holes of known place and mass, a cloud without any, and the arithmetic of regions on a drawing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import ncx2, norm

from vae_core.evaluation import prior_holes
from vae_core.latent.aggregate_posterior import rim

SIGMA = 0.15


def bell(n: int, d: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Posteriors (n, d) whose mixture is the bell itself as n grows."""
    mu = np.random.default_rng(seed).normal(size=(n, d)) * math.sqrt(1 - SIGMA**2)
    return mu, np.full((n, d), 2 * math.log(SIGMA))


def without(mu: np.ndarray, log_var: np.ndarray, centre: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Leave out the posteriors whose mean lies in a ball."""
    kept = np.linalg.norm(mu - centre, axis=1) > radius
    return mu[kept], log_var[kept]


def test_a_disc_that_was_cut_out_is_found_with_its_mass() -> None:
    centre, radius = np.array([0.9, -0.4]), 0.8
    found = prior_holes.find_holes(*without(*bell(1500, 2), centre, radius))
    hole = found.holes[0]
    assert np.linalg.norm(hole.z - centre) < 0.35
    assert not hole.is_rim
    # Posteriors reach two or three of their widths into the disc, so the hole is smaller than the disc, and larger than its core.
    mass = [float(ncx2.cdf(r**2, 2, centre @ centre)) for r in (radius - 3.5 * SIGMA, radius)]
    assert mass[0] < hole.mass < mass[1] and found.mass >= hole.mass
    assert hole.standard_error > math.sqrt(hole.mass * (1 - hole.mass) / prior_holes.DRAWS), "the threshold has an error of its own"
    assert hole.log_ratio < found.threshold
    assert hole.distance > radius - 0.35


def test_a_cloud_that_is_the_bell_shows_one_percent() -> None:
    found = prior_holes.find_holes(*bell(1500, 2))
    # 4 standard errors of the prior's draws and of the quantile's own.
    assert found.standard_error < 0.004
    assert found.mass == pytest.approx(0.01, abs=4 * found.standard_error + 0.002)
    assert all(hole.mass < 0.01 for hole in found.holes)


def test_the_stated_errors_are_the_spread_over_other_images_and_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(prior_holes.SIDES, 2, 42)
    centre, sigma, found = np.array([0.9, -0.4]), 0.3, []
    for seed in range(16):
        mu = np.random.default_rng(seed).normal(size=(900, 2)) * math.sqrt(1 - sigma**2)
        mu = mu[np.linalg.norm(mu - centre, axis=1) > 0.8][:300]
        found.append(prior_holes.find_holes(mu, np.full(mu.shape, 2 * math.log(sigma)), seed=seed))
    largest = [one.holes[0] for one in found]
    assert all(np.linalg.norm(hole.z - centre) < 0.6 for hole in largest)
    for kind in (found, largest):
        spread = np.std([one.mass for one in kind], ddof=1)
        assert 0.5 < np.mean([one.standard_error for one in kind]) / spread < 2


def test_draws_of_few_images_are_no_more_certain_than_the_images() -> None:
    values = np.random.default_rng(0).normal(size=40)
    alone, tenfold = (prior_holes.thresholds(np.tile(np.arange(40), n), np.tile(values, n)) for n in (1, 10))
    assert np.array_equal(alone, tenfold) and alone.std() > 0


def test_the_threshold_is_that_of_draws_whose_own_image_is_left_out() -> None:
    mu, log_var = bell(300, 2)
    found = prior_holes.find_holes(mu, log_var)
    assert np.mean(found.held_out < found.threshold) == pytest.approx(0.01, abs=1e-3)
    rng = np.random.default_rng(5)
    own = mu + SIGMA * rng.normal(size=mu.shape)
    slow = []
    for i, z in enumerate(own):
        others = np.delete(np.arange(300), i)
        slow.append(np.log(norm.pdf(z, mu[others], SIGMA).prod(1).mean()) - norm.logpdf(z).sum())
    assert np.quantile(found.held_out, [0.25, 0.5, 0.75]) == pytest.approx(np.quantile(slow, [0.25, 0.5, 0.75]), abs=0.15)


def test_a_map_is_the_mixture_over_the_bell() -> None:
    mu, log_var = bell(40, 2)
    found = prior_holes.find_holes(mu, log_var)
    for row, column in ((10, 100), (80, 85)):
        z = found.axis[[column, row]]  # columns run along the first dimension
        prior = norm.logpdf([min(float(np.linalg.norm(z)), rim(2)), 0]).sum()  # beyond the rim that at the rim
        expected = np.log(norm.pdf(z, mu, SIGMA).prod(1).mean()) - prior
        assert found.log_ratio[row, column] == pytest.approx(expected, abs=1e-8)


def test_one_dimension() -> None:
    found = prior_holes.find_holes(*without(*bell(1000, 1), np.array([0.5]), 0.6))
    hole = found.holes[0]
    assert found.log_ratio.shape == found.axis.shape and abs(hole.z[0] - 0.5) < 0.3 and not hole.is_rim
    assert 0.03 < hole.mass < norm.cdf(1.1) - norm.cdf(-0.1)
    inside = found.axis[found.region == 1]
    assert inside.min() <= hole.z[0] <= inside.max()


def test_three_dimensions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(prior_holes.SIDES, 3, 24)
    rng, centre = np.random.default_rng(1), np.array([0.0, 0.0, 0.6])
    mu = rng.normal(size=(1500, 3)) * 0.9
    mu = mu[np.linalg.norm(mu - centre, axis=1) > 1.0]
    found = prior_holes.find_holes(mu, np.full(mu.shape, 2 * math.log(0.4)))
    inner = [hole for hole in found.holes if np.linalg.norm(hole.z - centre) < 0.5]
    assert inner and not inner[0].is_rim


def test_regions_of_a_drawing() -> None:
    drawing = """
        .........
        .###...#.
        .###..##.
        .###.....
        .......##"""
    empty = np.array([[letter == "#" for letter in line.strip()] for line in drawing.split()])
    inside = np.ones_like(empty)
    inside[:, -1] = False
    labels, depth, is_rim = prior_holes.regions(empty, inside)
    assert labels.max() == 3 and sorted(np.bincount(labels[labels > 0])[1:]) == [2, 3, 9]
    assert len({labels[1, 1], labels[1, 7], labels[4, 8]}) == 3
    assert depth[2, 2] == 2 and depth[1, 1] == 1 and depth[0, 0] == 0 and depth.max() == 2
    assert is_rim[labels[4, 8] - 1] and not is_rim[labels[2, 2] - 1]


def test_a_place_at_the_edge_of_a_region_belongs_to_it() -> None:
    axis = np.linspace(-1, 1, 5)
    labels = np.zeros((5, 5), np.int64)
    labels[2, 3] = 1  # z = (0.5, 0)
    assert prior_holes._labels_of(np.array([[0.5, 0.0], [0.1, 0.0], [-1.0, 0.0], [0.5, 9.0]]), labels, axis).tolist() == [1, 1, 0, 0]
