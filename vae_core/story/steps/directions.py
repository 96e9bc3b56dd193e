"""One bell curve for two hills: which of them costs least in each of the two directions of the KL."""

from __future__ import annotations

import math
from collections.abc import Callable

from vae_core.story.step import Arrays, Facts, Runs

RUNS: Runs = {}
MIDDLES, SIGMA = (-2.0, 2.0), 0.5  # of the hills, half of the whole each
FAR = 12.0  # standard deviations, beyond which nothing lies


def log_bell(x: float, mean: float, sigma: float) -> float:
    """Return ln N(x; mean, sigma^2)."""
    return -0.5 * ((x - mean) / sigma) ** 2 - math.log(sigma * math.sqrt(2 * math.pi))


def log_hills(x: float) -> float:
    """Return ln p(x) of the two hills."""
    one, other = (log_bell(x, middle, SIGMA) for middle in MIDDLES)
    return max(one, other) + math.log1p(math.exp(-abs(one - other))) - math.log(2)


def kl_of_hills(mean: float, sigma: float) -> float:
    """Return KL(hills || bell) in nats, by adaptive quadrature."""
    return _area(lambda x: math.exp(log_hills(x)) * (log_hills(x) - log_bell(x, mean, sigma)), -FAR * SIGMA - 2, FAR * SIGMA + 2)


def kl_of_bell(mean: float, sigma: float) -> float:
    """Return KL(bell || hills) in nats, by adaptive quadrature."""
    return _area(
        lambda x: math.exp(log_bell(x, mean, sigma)) * (log_bell(x, mean, sigma) - log_hills(x)), mean - FAR * sigma, mean + FAR * sigma
    )


def _area(curve: Callable[[float], float], low: float, high: float) -> float:
    from scipy.integrate import quad

    return float(quad(curve, low, high, limit=400, points=[x for x in (*MIDDLES, 0.0) if low < x < high])[0])


def build() -> tuple[Facts, Arrays]:
    """Return the cheapest bell of either direction: by its moments, which are the hills' own, and by search."""
    from scipy.optimize import minimize

    cover = (0.0, math.sqrt(SIGMA**2 + sum(middle**2 for middle in MIDDLES) / 2))
    found = minimize(lambda at: kl_of_bell(at[0], at[1]), (1.8, 0.6), method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-12}).x
    choose = (float(found[0]), float(found[1]))
    facts = {
        "entropy": -_area(lambda x: math.exp(log_hills(x)) * log_hills(x), -FAR * SIGMA - 2, FAR * SIGMA + 2),
        "cover": {"mean": cover[0], "sigma": cover[1], "price": kl_of_hills(*cover)},
        "choose": {"mean": choose[0], "sigma": choose[1], "price": kl_of_bell(*choose)},
        "made": "hills: half N(-2, 0.5), half N(2, 0.5) (sd); cover: least KL(hills || bell); choose: least KL(bell || hills); nats",
    }
    return facts, {}
