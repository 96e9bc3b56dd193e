"""Stored posteriors."""

from __future__ import annotations

import numpy as np

from vae_core.latent.latents import Latents


def test_kl_per_dimension_of_stored_posteriors() -> None:
    stored = Latents(np.array([[1.0, 0.0]]), np.array([[0.0, 0.0]]), None, np.array([0]))
    assert stored.kl_per_dim.tolist() == [0.5, 0.0]
    assert stored.quantiles().shape == (2, 2)
