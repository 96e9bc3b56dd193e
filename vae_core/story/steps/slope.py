"""Two ways to feel a slope: the gradient of E[z^2] by the mean of z ~ N(mu, sigma^2), by score function and by reparameterisation."""

from __future__ import annotations

import numpy as np

from vae_core.arrays import Float64s
from vae_core.story.step import Arrays, Facts, Runs

RUNS: Runs = {}
MU, SIGMA = 1.0, 0.1
WIDTHS = (0.05, 0.1, 0.2, 0.5, 1.0)  # that the viewer may choose


def build() -> tuple[Facts, Arrays]:
    """Return where the throws land at first, and for each width what theory says of both ways."""
    facts = {"mu": MU, "sigma": SIGMA, "slope": 2 * MU, "widths": [variances(MU, sigma) for sigma in WIDTHS]}
    return facts | {"made": "variance of one throw's estimate of the slope of E[z^2], in closed form"}, {}


def variances(mu: float, sigma: float) -> dict[str, float]:
    """Return the variances of one draw's estimate: z^2 (z - mu) / sigma^2 (score function) and 2 z with z = mu + sigma eps (pathwise).

    From the moments of the normal distribution; both estimates have the mean 2 mu.
    """
    return {"sigma": sigma, "score": mu**4 / sigma**2 + 14 * mu**2 + 15 * sigma**2, "pathwise": 4 * sigma**2}


def estimates(mu: float, sigma: float, eps: Float64s) -> tuple[Float64s, Float64s]:
    """Return both estimates of the slope from each of these draws (N,) of the standard normal distribution."""
    z = mu + sigma * np.asarray(eps, np.float64)
    return z**2 * (z - mu) / sigma**2, 2 * z
