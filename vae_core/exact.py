"""Closed forms that the rest is checked against, in NumPy float64; shares no code with the models."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def gaussian_kl(mean0: Array, cov0: Array, mean1: Array, cov1: Array) -> float:
    """Return KL(N(mean0, cov0) || N(mean1, cov1)) in nats: 1/2 [tr(S1^-1 S0) + m' S1^-1 m - k + ln det S1 / det S0]."""
    shift = np.asarray(mean1) - np.asarray(mean0)
    log_dets = np.linalg.slogdet(cov1)[1] - np.linalg.slogdet(cov0)[1]
    trace = np.trace(np.linalg.solve(cov1, cov0))
    return float(0.5 * (trace + shift @ np.linalg.solve(cov1, shift) - len(shift) + log_dets))


def bernoulli_entropy(x: Array) -> Array:
    """Return -x ln x - (1-x) ln (1-x) in nats, elementwise, 0 at 0 and 1: the least cross-entropy a grey pixel can cost."""
    inside = np.clip(x, 1e-300, 1.0), np.clip(1.0 - x, 1e-300, 1.0)
    return -(x * np.log(inside[0]) + (1 - x) * np.log(inside[1]))


def independent_bernoulli(train: Array, test: Array) -> float:
    """Return the mean nats per image of `test` (N, P) under one probability per pixel fitted on `train`.

    The probability is (sum + 1/2) / (n + 1), so that a pixel which was always black in training stays finite.
    """
    p = (train.sum(0) + 0.5) / (len(train) + 1)
    return float(-(test * np.log(p) + (1 - test) * np.log1p(-p)).sum(1).mean())


@dataclass(frozen=True)
class PPCA:
    """Probabilistic PCA x ~ N(mean, W W' + sigma2 I) (Tipping & Bishop 1999): the optimum of a linear gaussian VAE."""

    mean: Array  # (P,)
    axes: Array  # (P, q) orthonormal principal axes
    eigenvalues: Array  # (q,) of the data's covariance along them
    sigma2: float

    def log_prob(self, x: Array) -> Array:
        """Return log p(x) in nats, (N,), for x (N, P)."""
        centred = x - self.mean
        along = centred @ self.axes
        variances = np.maximum(self.eigenvalues, self.sigma2)
        rest = (centred**2).sum(1) - (along**2).sum(1)
        n_rest = x.shape[1] - len(variances)
        log_det = np.log(variances).sum() + n_rest * math.log(self.sigma2)
        return -0.5 * ((along**2 / variances).sum(1) + rest / self.sigma2 + log_det + x.shape[1] * math.log(2 * math.pi))


def ppca(x: Array, q: int, sigma2: float | None = None) -> PPCA:
    """Fit probabilistic PCA with q components to x (N, P) by maximum likelihood.

    Without `sigma2` it is the mean of the discarded eigenvalues; a given `sigma2` is kept and components below it vanish. The covariance is
    that of the population (divided by N).
    """
    x = np.asarray(x, np.float64)
    mean = x.mean(0)
    eigenvalues, axes = np.linalg.eigh((x - mean).T @ (x - mean) / len(x))
    eigenvalues, axes = eigenvalues[::-1], axes[:, ::-1]
    q = min(q, x.shape[1])
    if sigma2 is None:
        sigma2 = float(max(eigenvalues[q:].mean() if q < len(eigenvalues) else eigenvalues[-1], 1e-12))
    return PPCA(mean, axes[:, :q], eigenvalues[:q], sigma2)
