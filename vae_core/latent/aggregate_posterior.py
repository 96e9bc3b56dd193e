"""The aggregate posterior q(z), the mixture of all test posteriors: its log density, and where a place ranks among places of test images.

NumPy alone, in float64. The browser computes the same sums term by term; the two agree to about 1e-11 nat.
"""

from __future__ import annotations

import math

import numpy as np

from vae_core.arrays import Float64s, Floats, Ints

MAX_PLACES = 1000  # places that a new one is compared with: a percentile to a tenth of a percent
MAX_TERMS = 2**20  # terms held in memory together, 8 MB


def log_density(z: Floats, mu: Floats, log_var: Floats, own: Ints | None = None) -> Float64s:
    """Return log q(z) of q(z) = 1/N sum_n N(z; mu_n, diag exp(log_var_n)), (M,) in nats.

    The squares are multiplied out, so that matrix products do the work.

    Args:
        z: places (M, d).
        mu, log_var: the N posteriors, each (N, d).
        own: for each place the one posterior (M,) that is left out of its mixture.
    """
    z, mu, log_var = (np.asarray(array, np.float64) for array in (z, mu, log_var))
    precision = np.exp(-log_var)
    constant = (mu**2 * precision + log_var + math.log(2 * math.pi)).sum(1)
    found = np.empty(len(z))
    for start in range(0, len(z), step := max(1, MAX_TERMS // len(mu))):
        part = slice(start, start + step)
        terms = -0.5 * (z[part] ** 2 @ precision.T - 2 * z[part] @ (mu * precision).T + constant)
        if own is not None:
            terms[np.arange(len(terms)), own[part]] = -np.inf
        top = terms.max(1)
        found[part] = top + np.log(np.exp(terms - top[:, None]).sum(1))
    return found - math.log(len(mu) - (own is not None))


def calibration_sample(mu: Floats, log_var: Floats, seed: int = 0) -> Float64s:
    """Return log q, ascending, at places where test images lie: one draw from each of at most MAX_PLACES posteriors.

    Each draw's own posterior is left out of its q, as if its image had not been seen.

    Empty where there is no other image, or where the encoder gives points and no spread (log_var is not a number).
    """
    if len(mu) < 2 or not np.isfinite(log_var).all():
        return np.empty(0)
    generator = np.random.default_rng(seed)
    rows = np.sort(generator.permutation(len(mu))[:MAX_PLACES])
    z = mu[rows] + np.exp(0.5 * log_var[rows].astype(np.float64)) * generator.standard_normal((len(rows), mu.shape[1]))
    return np.sort(log_density(z, mu, log_var, own=rows))


def percentile(log_q: Floats, places: Floats) -> Float64s:
    """Return the share, in percent, of the ascending `places` whose log q lies strictly below each of `log_q` (M,)."""
    return 100 * np.searchsorted(places, log_q, side="left") / len(places)
