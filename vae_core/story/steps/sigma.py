"""As the noise goes to zero, so does the price of a wrong shape: appendix A of Doersch (2016), in one dimension.

Data p(x) = (N(-1.5, 0.5^2) + N(1.5, 0.5^2)) / 2, prior N(0, 1), decoder x = f(z) + sigma eps with f = F^-1 Phi, F the distribution function
of the data; f makes of the prior the data. Q(z|x) = N(g(x), (g'(x) sigma)^2) with g the inverse of f.
"""

from __future__ import annotations

import math

import numpy as np

from vae_core.arrays import Float64s
from vae_core.story.step import Arrays, Facts, Runs

RUNS: Runs = {}
MIDDLE, WIDTH = 1.5, 0.5
SIGMAS = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02)
REACH, PICTURES = 3.0, 41  # evenly spaced x, over which the price is averaged
FINE = np.linspace(-12, 12, 240_001)  # places x at which g is known
NODES = 120  # of Gauss-Hermite quadrature


def build() -> tuple[Facts, Arrays]:
    """Return the mean of D[Q||P] for each sigma."""
    table = [{"sigma": sigma, "price": float(prices(sigma).mean())} for sigma in SIGMAS]
    made = f"mean of KL(Q(z|x) || P(z|x)) in nats over {PICTURES} even x from {-REACH} to {REACH}, by quadrature"
    return {"middle": MIDDLE, "width": WIDTH, "reach": REACH, "pictures": PICTURES, "table": table, "made": made}, {}


def prices(sigma: float) -> Float64s:
    """Return KL(Q(z|x) || P(z|x)) in nats at each of the even x, (PICTURES,)."""
    from scipy import stats  # slow to import

    x = np.linspace(-REACH, REACH, PICTURES)
    known = _inverse()
    g = np.interp(x, FINE, known)
    spread = sigma * density(x) / stats.norm.pdf(g)
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    z = g[:, None] + spread[:, None] * nodes
    log_joint = stats.norm.logpdf(x[:, None], np.interp(z, known, FINE), sigma) + stats.norm.logpdf(z)
    log_q = -0.5 * math.log(2 * math.pi * math.e) - np.log(spread)
    return log_q - (log_joint @ weights) / weights.sum() + np.log(density(x, math.hypot(WIDTH, sigma)))


def density(x: Float64s, width: float = WIDTH) -> Float64s:
    """Return the density of two hills of this width at x."""
    from scipy import stats  # slow to import

    return 0.5 * (stats.norm.pdf(x, -MIDDLE, width) + stats.norm.pdf(x, MIDDLE, width))


def _inverse() -> Float64s:
    """Return g = Phi^-1 F at FINE, from the tail that is smaller."""
    from scipy import stats  # slow to import

    tail = np.logaddexp(stats.norm.logsf(FINE, -MIDDLE, WIDTH), stats.norm.logsf(FINE, MIDDLE, WIDTH)) - math.log(2)
    upper = stats.norm.isf(np.exp(tail))
    return np.where(FINE > 0, upper, -upper[::-1])
