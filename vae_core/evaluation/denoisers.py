"""Ways to take noise off pictures that need no network: what a model's redrawing is compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Float64s, Floats

STEPS, STEP = 60, 0.249  # of the total variation's dual; below 1/4 it converges (Chambolle 2004)
WEIGHTS = (0.5, 1.0, 1.5, 2.0)  # of the total variation, times the noise's standard deviation; the best on training images is taken


def median(noisy: Floats) -> Floats:
    """Return pictures (N, ..., H, W) whose pixels are the medians of three by three."""
    from scipy.ndimage import median_filter

    return np.asarray(median_filter(noisy, size=(1,) * (noisy.ndim - 2) + (3, 3), mode="nearest"))


def total_variation(noisy: Floats, weight: float) -> Floats:
    """Return the pictures u that minimise weight TV(u) + |u - noisy|^2 / 2, by projection of the dual (Chambolle 2004).

    Args:
        noisy: (N, ..., H, W); each picture and each channel by itself.
        weight: of the total variation; 0 leaves them as they are.
    """
    if weight <= 0:
        return noisy
    dual = np.zeros((2, *noisy.shape), noisy.dtype)
    for _ in range(STEPS):
        slope = _gradient(_divergence(dual) - noisy / weight)
        dual = (dual + STEP * slope) / (1 + STEP * np.sqrt((slope**2).sum(0)))
    cleaned: Floats = noisy - weight * _divergence(dual)
    return cleaned


def _gradient(u: Floats) -> Floats:
    found = np.zeros((2, *u.shape), u.dtype)
    found[0, ..., :-1, :] = u[..., 1:, :] - u[..., :-1, :]
    found[1, ..., :, :-1] = u[..., :, 1:] - u[..., :, :-1]
    return found


def _divergence(p: Floats) -> Floats:
    found = np.zeros(p.shape[1:], p.dtype)
    found[..., :-1, :] += p[0, ..., :-1, :]
    found[..., 1:, :] -= p[0, ..., :-1, :]
    found[..., :, :-1] += p[1, ..., :, :-1]
    found[..., :, 1:] -= p[1, ..., :, :-1]
    return found


@dataclass(frozen=True)
class Wiener:
    """The best linear way: shrinks each principal direction by what of its variance is noise.

    Attributes:
        mean: (P,).
        directions: eigenvectors of the covariance, (P, P), one in each column.
        variances: (P,), of the images without noise.
    """

    mean: Float64s
    directions: Float64s
    variances: Float64s

    @classmethod
    def of(cls, train: Floats) -> Wiener:
        """Return that of training images (M, P)."""
        x = train.astype(np.float64)
        variances, directions = np.linalg.eigh(np.cov(x.T, bias=True).reshape(x.shape[1], x.shape[1]))
        return cls(x.mean(0), directions, variances.clip(0))

    def clean(self, noisy: Floats, sigma: float) -> Float64s:
        """Return images (N, P) without noise of standard deviation sigma, in mean square as near as a linear map can come."""
        shrinkage = self.variances / (self.variances + sigma**2)
        cleaned: Float64s = self.mean + ((noisy - self.mean) @ self.directions * shrinkage) @ self.directions.T
        return cleaned

    def expected_error(self, sigma: float) -> float:
        """Return the mean square error per pixel that it leaves on images of this covariance."""
        if sigma == 0:
            return 0.0
        return float((self.variances * sigma**2 / (self.variances + sigma**2)).mean())


def best_weight(clean: Floats, noisy: Floats, sigma: float) -> float:
    """Return the weight of the total variation that comes nearest to clean pictures (N, ..., H, W)."""
    errors = {sigma * weight: float(((total_variation(noisy, sigma * weight) - clean) ** 2).mean()) for weight in WEIGHTS}
    return min(errors, key=errors.__getitem__)


def with_noise(x: NDArray[np.float32], sigma: float, seed: int = 0) -> NDArray[np.float32]:
    """Return pictures with normal noise of standard deviation sigma, not clipped."""
    noise = np.random.default_rng(seed).standard_normal(x.shape, np.float32)
    noisy: NDArray[np.float32] = x + np.float32(sigma) * noise
    return noisy
