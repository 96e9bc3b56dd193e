"""The aggregate posterior q(z), the mixture of all test posteriors, against the prior: log q(z)/p(z), and how a place compares with others.

This is the one measure of where a map may be trusted: the page Inspect, the fog of the live map and the story go by it.
NumPy alone, in float64. The browser computes the same sums term by term; the two agree to about 1e-11 nat.
"""

from __future__ import annotations

import math

import numpy as np

from vae_core.arrays import Float64s, Floats, Ints

RIM = 0.99  # of the prior lie nearer to 0 than its rim
DRAWS = 5000  # from posteriors, that calibrate: the share below their 1 % quantile is .01 with standard error .0014
MAX_TERMS = 2**17  # terms held in memory together, 1 MB: what fits a processor's cache is fastest


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


def log_ratio(z: Floats, mu: Floats, log_var: Floats, own: Ints | None = None) -> Float64s:
    """Return log q(z)/p(z), (M,) in nats, for the standard normal p; arguments as those of `log_density`.

    Beyond its rim p counts as at the rim: the prior draws hardly anything there, and against nothing every place would look crowded.
    """
    square = np.minimum((np.asarray(z, np.float64) ** 2).sum(1), rim(z.shape[1]) ** 2)
    return log_density(z, mu, log_var, own) + 0.5 * (square + z.shape[1] * math.log(2 * math.pi))


def rim(d: int, share: float = RIM) -> float:
    """Return the radius within which a share of the standard normal in d dimensions lies: the root of a quantile of chi-squared."""
    low, high = 0.0, d + 100.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if _chi_squared(middle, d) < share else (low, middle)
    return math.sqrt(low)


def _chi_squared(x: float, d: int) -> float:
    """Return the share of chi-squared with d degrees of freedom below x > 0, by the series of the incomplete gamma function."""
    term = total = 1.0
    n = d / 2
    while term > 1e-17 * total:
        n += 1
        term *= x / 2 / n
        total += term
    return min(1.0, math.exp(d / 2 * math.log(x / 2) - x / 2 - math.lgamma(d / 2 + 1) + math.log(total)))


def held_out(mu: Floats, log_var: Floats, rng: np.random.Generator) -> tuple[Ints, Float64s]:
    """Return one draw of each of DRAWS posteriors (of fewer images, several of each): its number, and log q/p with it left out of q."""
    rows = np.resize(rng.permutation(len(mu)), DRAWS)
    z = mu[rows] + np.exp(0.5 * log_var[rows].astype(np.float64)) * rng.standard_normal((DRAWS, mu.shape[1]))
    return rows, log_ratio(z, mu, log_var, own=rows)


def calibration(mu: Floats, log_var: Floats, seed: int = 0) -> Float64s:
    """Return the 0, 1, ... 100 % quantiles, (101,) in nats, of log q/p at places where images lie, each left out of its own q.

    Empty where there is no other image, or where the encoder gives points and no spread (log_var is not a number).
    """
    if len(mu) < 2 or not np.isfinite(log_var).all():
        return np.empty(0)
    return np.quantile(held_out(mu, log_var, np.random.default_rng(seed))[1], np.linspace(0, 1, 101))


def sampling_error(mu: Floats, log_var: Floats, seed: int = 0) -> float:
    """Return the median error, in nats, of log q(z) where it comes from these N posteriors alone, which were drawn from many more.

    Over places where images lie: half the difference between the two halves' answers, none of which counts the place's own image.
    """
    rng, n = np.random.default_rng(seed), min(DRAWS, len(mu) // 5)
    places, one, other = np.split(rng.permutation(len(mu)), [n, n + (len(mu) - n) // 2])
    z = mu[places] + np.exp(0.5 * log_var[places].astype(np.float64)) * rng.standard_normal((n, mu.shape[1]))
    gap = log_density(z, mu[one], log_var[one]) - log_density(z, mu[other], log_var[other])
    return float(np.median(np.abs(gap)) / 2 * np.sqrt((len(mu) - n) / len(mu)))
