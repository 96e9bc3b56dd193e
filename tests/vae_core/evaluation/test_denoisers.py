"""Ways to take off noise: the linear one is the best of its kind, and as good as theory says."""

import numpy as np
import pytest
from scipy.ndimage import median_filter

from vae_core.evaluation.denoisers import Wiener, best_weight, median, total_variation, with_noise


def test_wiener_leaves_the_error_that_theory_says():
    generator = np.random.default_rng(0)
    mix = generator.normal(size=(5, 5))
    x = (generator.normal(size=(40_000, 5)) @ mix + 3).astype(np.float32)
    found = Wiener.of(x[:20_000])
    assert found.expected_error(0.7) == pytest.approx(np.trace(np.linalg.inv(np.linalg.inv(np.cov(x.T)) + np.eye(5) / 0.49)) / 5, rel=0.02)
    cleaned = found.clean(with_noise(x[20_000:], 0.7), 0.7)
    assert ((cleaned - x[20_000:]) ** 2).mean() == pytest.approx(found.expected_error(0.7), rel=0.03)
    assert found.clean(x[:3], 0.0) == pytest.approx(x[:3], abs=1e-4) and found.expected_error(0.0) == 0


def test_the_total_variation_is_least_where_it_stops():
    noisy = with_noise(np.zeros((1, 12, 12), np.float32) + (np.arange(12) > 5), 0.2)
    weight = 0.2

    def cost(u):
        return (
            weight * np.hypot(np.diff(u, axis=1, append=u[:, -1:]), np.diff(u, axis=2, append=u[:, :, -1:])).sum()
            + ((u - noisy) ** 2).sum() / 2
        )

    least, generator = total_variation(noisy, weight), np.random.default_rng(1)
    assert cost(least) < 0.8 * cost(noisy)
    for size in (0.01, 0.05):
        assert all(cost(least + size * generator.normal(size=least.shape)) > cost(least) for _ in range(10))
    assert np.array_equal(total_variation(noisy, 0.0), noisy)
    assert total_variation(noisy, 100.0).mean() == pytest.approx(noisy.mean(), abs=1e-4)  # what lies between edges is only levelled


def test_pictures_and_channels_are_cleaned_each_by_itself():
    noisy = np.random.default_rng(0).random((3, 2, 6, 6)).astype(np.float32)
    assert np.array_equal(median(noisy)[2, 1], median_filter(noisy[2, 1], 3, mode="nearest"))
    assert total_variation(noisy, 0.3)[2, 1] == pytest.approx(total_variation(noisy[2:3, 1], 0.3)[0], abs=1e-6)


def test_more_noise_asks_for_more_weight():
    clean = np.zeros((4, 12, 12), np.float32)
    clean[:, 4:8, 4:8] = 1
    weights = [best_weight(clean, with_noise(clean, sigma), sigma) for sigma in (0.1, 0.8)]
    assert weights[0] < weights[1]
