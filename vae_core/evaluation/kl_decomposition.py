"""Where the nats of the KL go: mutual information, total correlation and dimension-wise KL of a mixture of posteriors.

    mean KL(q(z|x) || p(z)) = I_q(n; z) + TC(q(z)) + sum_j KL(q(z_j) || p(z_j)),    q(z) = 1/N sum_n q(z|x_n)

(Hoffman & Johnson 2016; Chen et al. 2018, eq. 2). Exact for the mixture of these N posteriors, which is what N images can tell about the
q(z) of all images: I never exceeds ln N, and where it comes near, what it lacks turns up as total correlation. NumPy alone, in float64.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from vae_core.arrays import Floats, Ints
from vae_core.evaluation.quadrature import cubic
from vae_core.latent.aggregate_posterior import log_density
from vae_core.progress import Progress, no_progress

ROUNDS, DRAWS = 8, 2048  # repeated rounds that give the standard errors, and draws in each
FINENESS = 12  # cells of a table per standard deviation of the narrowest posterior
MAX_CELLS = 2**15  # of a table
MAX_TERMS = 2**20  # terms held in memory together, 8 MB
LOG_2_PI = math.log(2 * math.pi)


@dataclass(frozen=True)
class Estimate:
    """A mean over repeated rounds and its standard error (NaN for a single round), in nats."""

    value: float
    standard_error: float


def estimate(rounds: Floats) -> Estimate:
    """Return mean and standard error over rounds (R,)."""
    spread = float(np.std(rounds, ddof=1)) / math.sqrt(len(rounds)) if len(rounds) > 1 else math.nan
    return Estimate(float(np.mean(rounds)), spread)


@dataclass(frozen=True)
class KLDecomposition:
    """The mean KL of N posteriors and its three parts, in nats per image."""

    n: int
    draws: int  # all rounds together
    kl_per_dim: Floats  # (d,) mean over images, closed form
    mutual_information: Estimate  # the posterior that z came from is part of the mixture: at most ln N
    leave_one_out: Estimate  # it is not part of it: an upper bound
    total_correlation: Estimate
    dimension_kl: Floats  # (d,) by quadrature
    dimension_error: float  # what halving the cells changed in the sum of `dimension_kl`
    remainder: Estimate  # mean KL minus the three parts

    @property
    def mean_kl(self) -> float:
        """KL(q(z|x) || p(z)), mean over images."""
        return float(self.kl_per_dim.sum())

    @property
    def at_most(self) -> Estimate:
        """An upper bound of the mutual information for ever more images: each image left out of its own mixture, at most the mean KL."""
        return self.leave_one_out if self.leave_one_out.value < self.mean_kl else Estimate(self.mean_kl, math.nan)

    @property
    def too_few(self) -> bool:
        """Whether the mutual information stands at its ceiling, so that these images cannot tell how large it and TC are."""
        return self.mutual_information.value > math.log(self.n) - 1


def decompose(
    mu: Floats, log_var: Floats, *, rounds: int = ROUNDS, draws: int = DRAWS, seed: int = 0, progress: Progress = no_progress
) -> KLDecomposition:
    """Split the mean KL of N posteriors to the standard normal prior.

    Dimension-wise KL by quadrature over each mixture's own axis; mutual information and total correlation by Monte Carlo, one draw z from
    each of `draws` posteriors per round, against the mixture of all N. With one dimension the total correlation is 0 draw by draw.

    Args:
        mu, log_var: (N, d), N at least 2.
        progress: called with the share that is done.
    """
    mu, log_var = np.asarray(mu, np.float64), np.asarray(log_var, np.float64)
    n, d = mu.shape
    tables = []
    for j in range(d):
        tables.append(marginal(mu[:, j], log_var[:, j]))
        progress(0.5 * (j + 1) / d)
    parts = np.empty((rounds, 4))
    for r, rows in enumerate(_rows(n, rounds, draws, seed)):
        eps = np.random.default_rng([seed, 1, r]).standard_normal((len(rows), d))
        parts[r] = _round(mu, log_var, rows, eps, tables)
        progress(0.5 + 0.5 * (r + 1) / rounds)
    kl = 0.5 * (mu**2 + np.exp(log_var) - 1 - log_var).mean(0)
    dimension_kl = np.array([table.kl for table in tables])
    information, without_own, correlation, left = (estimate(part) for part in parts.T)
    remainder = Estimate(float(kl.sum() - dimension_kl.sum()) - left.value, left.standard_error)
    error = float(sum(table.error for table in tables))
    return KLDecomposition(n, rounds * draws, kl, information, without_own, correlation, dimension_kl, error, remainder)


def _rows(n: int, rounds: int, draws: int, seed: int) -> Ints:
    """Return which posteriors are drawn from, (rounds, draws): all of them equally often, or, where there are more, each at most once."""
    order = np.random.default_rng([seed, 0]).permutation(n)
    return np.resize(order, (rounds, draws)).astype(np.int64)


def _round(mu: Floats, log_var: Floats, rows: Ints, eps: Floats, tables: list[Marginal]) -> tuple[float, float, float, float]:
    """Return the means over draws of mutual information with and without the own component, total correlation, and the first plus TC."""
    n, d = mu.shape
    z = mu[rows] + np.exp(0.5 * log_var[rows]) * eps
    own = -0.5 * (eps**2 + log_var[rows] + LOG_2_PI).sum(1)
    others = log_density(z, mu, log_var, own=rows)
    mixture = np.logaddexp(others + math.log(n - 1), own) - math.log(n)
    one_by_one = mixture if d == 1 else sum(table.log_density(z[:, j]) for j, table in enumerate(tables))
    information, correlation = own - mixture, mixture - one_by_one
    return information.mean(), (own - others).mean(), correlation.mean(), (information + correlation).mean()


# --------------------------------------------------------------------------- one dimension


@dataclass(frozen=True)
class Marginal:
    """The mixture of N one-dimensional normals on evenly spaced places: its log density as a table, and its KL to N(0, 1)."""

    start: float
    step: float
    table: Floats  # (G,) log density in nats
    kl: float
    error: float  # what halving the cells changed in `kl`

    def log_density(self, z: Floats) -> Floats:
        """Return the log density at z (M,), interpolated."""
        return cubic(self.table, ((np.asarray(z) - self.start) / self.step)[:, None])


def marginal(mu: Floats, log_var: Floats, fineness: float = FINENESS) -> Marginal:
    """Tabulate the mixture of the normals mu, log_var (N,), and integrate its KL to N(0, 1) by the trapezoidal rule.

    The rule converges exponentially for such smooth functions; the sum over every other place says how far it has.
    """
    mu, sigma = np.asarray(mu, np.float64), np.exp(0.5 * np.asarray(log_var, np.float64))
    low, high = float((mu - 9 * sigma).min()), float((mu + 9 * sigma).max())
    cells = min(MAX_CELLS, math.ceil((high - low) / (float(sigma.min()) / fineness)) // 2 * 2 + 2)
    places = np.linspace(low, high, cells + 1)
    density = _mixture(places, mu, sigma)
    table = np.log(np.maximum(density, 1e-300))
    integrand = density * (table + 0.5 * (places**2 + LOG_2_PI))
    step = (high - low) / cells
    kl = step * float(integrand.sum())
    return Marginal(low, step, table, kl, abs(kl - 2 * step * float(integrand[::2].sum())))


def _mixture(places: Floats, mu: Floats, sigma: Floats) -> Floats:
    """Return the density of the mixture at ascending places (G,); a normal is left out where it is more than 9 sigma away."""
    order = np.argsort(mu - 9 * sigma)
    mu, sigma = mu[order], sigma[order]
    found = np.empty(len(places))
    width = max(1, MAX_TERMS // len(mu))
    for start in range(0, len(places), width):
        part = places[start : start + width]
        near = slice(0, np.searchsorted(mu - 9 * sigma, part[-1], side="right"))
        reach = mu[near] + 9 * sigma[near] >= part[0]
        m, s = mu[near][reach], sigma[near][reach]
        found[start : start + width] = (np.exp(-0.5 * ((part[:, None] - m) / s) ** 2) / s).sum(1)
    return found / (len(mu) * math.sqrt(2 * math.pi))
