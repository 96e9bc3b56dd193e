"""Pairs of numbers to tie together: dots whose correlation is exactly what the slider says."""

from __future__ import annotations

import numpy as np

from vae_core.story.step import Arrays, Facts, Runs

RUNS: Runs = {}
DOTS, SEED = 500, 0


def build() -> tuple[Facts, Arrays]:
    """Return pairs (n, 2) of standard normal numbers, shifted and turned so that mean 0, variance 1 and correlation 0 hold exactly."""
    draws = np.random.default_rng(SEED).standard_normal((DOTS, 2))
    draws -= draws.mean(0)
    draws = draws @ np.linalg.inv(np.linalg.cholesky(draws.T @ draws / DOTS)).T
    return {"dots": DOTS, "seed": SEED, "made": "draws of N(0, I), whitened"}, {"pairs": draws.astype(np.float32)}
