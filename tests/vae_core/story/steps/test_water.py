"""The linear twin is probabilistic PCA of its run's images; its axes survive being stored in bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.vae_core.story.stored import arrays, facts

__all__ = ["facts"]  # a fixture


def test_variances_fall_and_stand_above_the_noise_that_is_the_mean_of_the_rest(facts: dict[str, Any]) -> None:
    told = facts["water"]
    eigenvalues = np.array(told["eigenvalues"])
    assert len(eigenvalues) == 16 and (np.diff(eigenvalues) < 0).all() and eigenvalues[-1] > told["sigma2"]
    assert told["rest"] / (told["numbers"] - 16) == pytest.approx(told["sigma2"], rel=1e-6)


def test_stored_axes_are_still_orthonormal(facts: dict[str, Any]) -> None:
    stored = arrays("water")
    axes = (stored["axes"].reshape(16, -1) / 127.5 - 1) * np.array(facts["water"]["scale"])[:, None]
    np.testing.assert_allclose(axes @ axes.T, np.eye(16), atol=0.01)
    assert stored["mean"].shape == (28, 28) and 0 < stored["mean"].mean() < 60
