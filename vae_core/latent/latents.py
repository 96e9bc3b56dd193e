"""Where a set of images lies in the latent space: their posteriors, as a run stores them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vae_core.arrays import Floats, Ints

ASLEEP = 0.01  # nats: a dimension whose mean KL is less carries nothing


@dataclass(frozen=True)
class Latents:
    """Posteriors of a set of images: mu and log_var (N, d), labels (N,) or None, rows (N,) of the dataset."""

    mu: Floats
    log_var: Floats
    labels: Ints | None
    rows: Ints
    has_normal_prior: bool = True

    @property
    def kl_per_dim(self) -> Floats:
        """Mean KL of each dimension to the standard normal, (d,), nats per image; NaN in an autoencoder and with another prior."""
        if not self.has_normal_prior:
            return np.full(self.mu.shape[1], np.nan)
        return 0.5 * (self.mu**2 + np.exp(self.log_var) - 1 - self.log_var).mean(0)

    @property
    def kl_per_image(self) -> Floats:
        """KL of each image's posterior to the standard normal, (N,), nats; has no meaning in an autoencoder and with another prior."""
        return 0.5 * (self.mu.astype(np.float64) ** 2 + np.exp(self.log_var.astype(np.float64)) - 1 - self.log_var).sum(1)

    @property
    def spread(self) -> Floats:
        """Standard deviation of each dimension's means over the images, (d,)."""
        return self.mu.std(0)

    @property
    def order(self) -> list[int]:
        """Dimensions by what they carry, most first: by KL, or by spread where there is no KL (an autoencoder)."""
        kl = self.kl_per_dim
        return [int(dim) for dim in np.argsort(-(self.spread if np.isnan(kl).any() else kl), kind="stable")]

    def quantiles(self, low: float = 0.005, high: float = 0.995) -> Floats:
        """Return the range that the means fill, (2, d)."""
        return np.quantile(self.mu, [low, high], axis=0)
