"""Where the map is not to be trusted: the one measure of it, log q(z)/p(z), on cells of the map."""

from __future__ import annotations

import numpy as np

from vae_core.latent.aggregate_posterior import calibration, log_ratio
from vae_core.story.recipes import MAP, open_run
from vae_core.story.step import Arrays, Facts, Runs

RUNS: Runs = {MAP: ("decoder", "encoder")}
SIDE, REACH = 100, 5.0  # cells along a side, and how far they reach


def build() -> tuple[Facts, Arrays]:
    """Return log q/p in nats in the middle of each of SIDE x SIDE cells, row 0 on top, and its quantiles at real digits' own places."""
    latents = open_run(MAP).latents()
    across = (np.arange(SIDE) + 0.5) * 2 * REACH / SIDE - REACH
    places = np.stack(np.meshgrid(across, -across), -1).reshape(-1, 2)
    ratio = log_ratio(places, latents.mu, latents.log_var)
    facts = {
        "reach": REACH,
        "quantiles": calibration(latents.mu, latents.log_var).tolist(),
        "quantiles_made": "0, 1 ... 100 % of log q/p at draws of the test images' posteriors, each left out of its own q",
    }
    return facts, {"ratio": ratio.reshape(SIDE, SIDE).astype(np.float32)}
