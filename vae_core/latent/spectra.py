"""Principal axes of many images or of large ones, by the smaller of two matrices, and no more of them than are asked for."""

from __future__ import annotations

import numpy as np

from vae_core.arrays import Float64s, Floats

FULL = 1024  # rows of a matrix all of whose eigenvectors take a second; of a larger one only those wanted are computed
VECTORS = 64  # that the iteration works with, at least


def covariance(x: Floats, at_once: int = 4096) -> tuple[Float64s, Float64s]:
    """Return mean (P,) and covariance (P, P) of the population (divided by N) of x (N, P), in float64, a part of the rows at a time."""
    mean, total = x.mean(0, dtype=np.float64), np.zeros((x.shape[1], x.shape[1]))
    for start in range(0, len(x), at_once):
        centred = x[start : start + at_once] - mean
        total += centred.T @ centred
    return mean, total / len(x)


def total_variance(x: Floats, at_once: int = 4096) -> tuple[Float64s, float]:
    """Return mean (P,) and the trace of `covariance`, which takes no such matrix."""
    mean, total = x.mean(0, dtype=np.float64), 0.0
    for start in range(0, len(x), at_once):
        total += float(((x[start : start + at_once] - mean) ** 2).sum())
    return mean, total / len(x)


def is_wide(x: Floats) -> bool:
    """Tell whether rows of x (N, P) are so long and so few that their products with one another (N, N) are the smaller matrix."""
    return x.shape[1] > max(len(x), FULL)


def leading(matrix: Float64s, n: int) -> tuple[Float64s, Float64s, float]:
    """Return the n largest eigenvalues of a symmetric matrix (D, D), descending, their eigenvectors (D, n), and the sum of all others."""
    if len(matrix) <= FULL or 4 * n >= len(matrix):
        values, vectors = np.linalg.eigh(matrix)
        values, vectors = values[::-1], vectors[:, ::-1]
        return values[:n], vectors[:, :n], float(values[n:].sum())
    from scipy.sparse.linalg import eigsh

    start = np.random.default_rng(0).standard_normal(len(matrix))  # the same result each time
    values, vectors = eigsh(matrix, n, v0=start, ncv=max(2 * n + 1, VECTORS))
    values, vectors = values[::-1], vectors[:, ::-1]
    return values, vectors, float(np.trace(matrix) - values.sum())


def leading_of_wide(centred: Floats, n: int) -> tuple[Float64s, Float64s, float]:
    """Return what `leading` would of the scatter matrix (P, P) of wide rows (N, P) whose mean is zero, at most N eigenvalues of it.

    X X' and X' X have the same eigenvalues, and X' takes eigenvectors of the one to those of the other; where an eigenvalue is zero, any
    direction at right angles to the others is as good as another, and QR gives one.
    """
    values, vectors, others = leading((centred @ centred.T).astype(np.float64), min(n, len(centred)))
    return values, np.linalg.qr(centred.T @ vectors)[0], others


def spectrum(x: Floats) -> Float64s:
    """Return all eigenvalues (P,) of the covariance of the population of x (N, P), descending, none below zero."""
    if is_wide(x):
        centred = x - x.mean(0, dtype=np.float64)
        values = np.linalg.eigvalsh(centred @ centred.T / len(x))[::-1]
        values = np.concatenate([values, np.zeros(x.shape[1] - len(x))])
    else:
        values = np.linalg.eigvalsh(covariance(x)[1])[::-1]
    return np.maximum(values, 0.0)
