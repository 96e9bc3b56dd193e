"""What a linear probe misses of each image, against fits that are made anew without it."""

from __future__ import annotations

import numpy as np

from vae_core.latent import linear_probe


def test_residuals_are_those_of_fits_without_the_image(monkeypatch) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 40)
    mu = np.column_stack([rng.normal(size=40) + labels, rng.normal(size=40), np.zeros(40)])  # the last never moves
    monkeypatch.setattr(linear_probe, "AT_ONCE", 30)
    x, y = np.column_stack([np.ones(40), mu[:, :2]]), np.eye(3)[labels]
    wanted = []
    for n in range(40):
        others = np.arange(40) != n
        weights = np.linalg.lstsq(x[others], y[others], rcond=None)[0]
        wanted.append(np.linalg.norm(y[n] - x[n] @ weights))
    np.testing.assert_allclose(linear_probe.leave_one_out_residuals(mu.astype(np.float32), labels), wanted, rtol=1e-5)
