"""Pictures moved from one set of images towards another, in latent space and in pixels, and what judges what else has changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Float64s, Floats, Ints
from vae_core.config import RunConfig

if TYPE_CHECKING:
    from vae_core.model.vae import VAE

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5)  # of the whole way from one mean to the other
AXES = 50  # principal components that a judge sees
RIDGE = 1.0  # penalty of a column's regression, on features of variance 1


def in_latent(vae: VAE, mu: Floats, vector: Floats) -> NDArray[np.float32]:
    """Return what the model draws at places mu (N, d) moved along a vector (d,) by STRENGTHS: (strengths, N, *event)."""
    from vae_core.latent.inference import decode_mean

    places = np.asarray(mu, np.float64) + np.multiply.outer(np.array(STRENGTHS), np.asarray(vector, np.float64))[:, None]
    drawn = decode_mean(vae, places.reshape(-1, places.shape[-1]))
    return drawn.reshape(len(STRENGTHS), len(mu), *drawn.shape[1:])


def in_pixels(x: NDArray[np.float32], difference: Floats, *, is_bounded: bool) -> NDArray[np.float32]:
    """Return pictures x (N, *event) with STRENGTHS times a difference (*event) added, cut off at black and white where they are bounded."""
    added = np.multiply.outer(np.array(STRENGTHS), np.asarray(difference, np.float64))
    edited = x[None] + added[:, None]
    return (edited.clip(0, 1) if is_bounded else edited).astype(np.float32)


@dataclass(frozen=True)
class Judge:
    """Which class pictures are of: logistic regression on principal components of training images, which knows nothing of the model."""

    mean: Floats
    directions: Floats  # (axes, P)
    classifier: Any

    @classmethod
    def of(cls, train: Floats, labels: Ints) -> Judge:
        """Return that of training images (M, P) with classes (M,), at least two of them."""
        from sklearn.linear_model import LogisticRegression

        from vae_core.latent.projections import principal_axes

        axes = principal_axes(train, min(AXES, train.shape[1], len(train) - 1))
        features = axes.project(train)
        scale = float(np.sqrt(features.var(0).mean())) or 1.0
        directions = axes.directions / scale
        return cls(axes.mean, directions, LogisticRegression(max_iter=1000).fit(features / scale, labels))

    def features(self, pictures: Floats) -> Floats:
        """Return what it sees of pictures (N, P), (N, axes)."""
        return (pictures - self.mean) @ self.directions.T

    def classes(self, pictures: Floats) -> Ints:
        """Return the classes of pictures (N, P), (N,)."""
        found: Ints = self.classifier.predict(self.features(pictures))
        return found


@dataclass(frozen=True)
class ColumnReader:
    """A column of numbers read off pictures by ridge regression.

    Attributes:
        weights: (axes,), in standard deviations of the column.
        share: of the column's variance that it explains on images that it was not fitted to (R squared).
    """

    weights: Float64s
    share: float

    @classmethod
    def of(cls, features: Floats, values: Floats) -> ColumnReader | None:
        """Return that of features (N, axes) and values (N,), fitted to every other image; None where values are few or do not vary."""
        is_known = np.isfinite(values)
        f, y = np.asarray(features, np.float64)[is_known], np.asarray(values, np.float64)[is_known]
        if len(y) < 20 or y.std() <= 1e-12 * max(1.0, abs(y).max()):
            return None
        y = (y - y[::2].mean()) / y.std()
        middle = f[::2].mean(0)
        fit = f[::2] - middle
        weights = np.linalg.solve(fit.T @ fit + RIDGE * np.eye(f.shape[1]), fit.T @ y[::2])
        off = y[1::2] - (f[1::2] - middle) @ weights
        return cls(weights, float(1 - (off**2).sum() / ((y[1::2] - y[1::2].mean()) ** 2).sum()))

    def moved(self, before: Floats, after: Floats) -> Float64s:
        """Return how far the column moves between features (N, axes), in its standard deviations, (N,)."""
        found: Float64s = (np.asarray(after, np.float64) - before) @ self.weights
        return found


def redrawing_nats(vae: VAE, pictures: NDArray[np.float32], config: RunConfig) -> Float64s:
    """Return what the model pays to redraw pictures (N, *event), (N,) in nats: the reconstruction.

    Of a likelihood of black and white, without the entropy of grey pixels, the least that they cost: 0 is a redrawing without error.
    """
    import torch

    from vae_core.evaluation.closed_forms import bernoulli_entropy
    from vae_core.evaluation.scoring import test_scores

    nats = test_scores(vae, torch.from_numpy(pictures), config).reconstructions
    if vae.likelihood.support == "binary":
        nats = nats - bernoulli_entropy(pictures.astype(np.float64)).reshape(len(pictures), -1).sum(1)
    return np.asarray(nats, np.float64)
