"""Closed forms that the rest is checked against, in NumPy float64; shares no code with the models."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from vae_core.arrays import Float64s, Ints
from vae_core.latent.spectra import covariance, is_wide, leading, leading_of_wide, total_variance
from vae_core.messages import Refusal, say


def bernoulli_entropy(x: Float64s) -> Float64s:
    """Return -x ln x - (1-x) ln (1-x) in nats, elementwise, 0 at 0 and 1: the least cross-entropy a grey pixel can cost."""
    inside = np.clip(x, 1e-300, 1.0), np.clip(1.0 - x, 1e-300, 1.0)
    return -(x * np.log(inside[0]) + (1 - x) * np.log(inside[1]))


@dataclass(frozen=True)
class BernoulliMixture:
    """A class is drawn, then every pixel by that class's own probability: p(x) = sum_c share_c prod_i Bernoulli(x_i; p_ci)."""

    shares: Float64s  # (C,)
    probabilities: Float64s  # (C, P)

    def log_prob(self, x: Float64s) -> Float64s:
        """Return log p(x) in nats, (N,), for x (N, P) in [0, 1]; of grey pixels it is minus a cross-entropy, as with the VAE."""
        each = x @ np.log(self.probabilities).T + (1 - x) @ np.log1p(-self.probabilities).T + np.log(self.shares)
        top = each.max(1)
        return top + np.log(np.exp(each - top[:, None]).sum(1))


def class_mixture(train: Float64s, labels: Ints) -> BernoulliMixture:
    """Fit one component per class on pictures (N, P) with classes (N,); all of one class are independent pixels.

    A probability is (sum + 1/2) / (n + 1), so that a pixel which was always black in training stays finite.
    """
    classes = [train[labels == label] for label in np.unique(labels)]
    probabilities = np.stack([(part.sum(0, dtype=np.float64) + 0.5) / (len(part) + 1) for part in classes])
    return BernoulliMixture(np.array([len(part) for part in classes]) / len(train), probabilities)


MAX_NUMBERS = 4096  # numbers per image: simpler models of larger ones take too much memory

FEW, FEW_NUMBERS = 2000, 25_000_000  # images larger than that, so few that the matrix of their products is at hand within seconds


def is_few(x: Float64s) -> bool:
    """Tell whether probabilistic PCA can be had of images x (N, P) of more than MAX_NUMBERS numbers: by products of N images."""
    return len(x) <= FEW and x.size <= FEW_NUMBERS


class NoFit(Refusal, ValueError):
    """A model whose likelihood has no maximum on these images; the message is one plain sentence."""


MIN_SHARE = 1e-10  # share of the largest variance: what rounding leaves of none
DEAREST, CHEAPEST = 50.0, -11.0  # nats per number in [0, 1]: a flat density costs 0; what lies outside was fitted to next to nothing
MEANINGLESS = say("It was fitted to images that are too few or too much alike, so its number means nothing for others.")


def is_reference(nats: float, numbers: int) -> bool:
    """Tell whether the mean cost of images of so many numbers in [0, 1] says anything, under a normal model that fitted its own noise."""
    return CHEAPEST * numbers < nats < DEAREST * numbers


@dataclass(frozen=True)
class PPCA:
    """Probabilistic PCA x ~ N(mean, W W' + sigma2 I) (Tipping & Bishop 1999): the optimum of a linear gaussian VAE."""

    mean: Float64s  # (P,)
    axes: Float64s  # (P, q) orthonormal principal axes
    eigenvalues: Float64s  # (q,) of the data's covariance along them
    sigma2: float

    def log_prob(self, x: Float64s) -> Float64s:
        """Return log p(x) in nats, (N,), for x (N, P)."""
        centred = x - self.mean
        along = centred @ self.axes
        variances = np.maximum(self.eigenvalues, self.sigma2)
        rest = (centred**2).sum(1) - (along**2).sum(1)
        n_rest = x.shape[1] - len(variances)
        log_det = np.log(variances).sum() + n_rest * math.log(self.sigma2)
        return -0.5 * ((along**2 / variances).sum(1) + rest / self.sigma2 + log_det + x.shape[1] * math.log(2 * math.pi))

    def level_log_prob(self, x: Float64s, quantum: float) -> Float64s:
        """Return a lower bound of the log probability of levels x (N, P), in nats, (N,): of the cube of side `quantum` around each.

        It is the mean log density over that cube, by Jensen's inequality (Theis et al. 2016), exact here since the density is normal.
        """
        variances = np.maximum(self.eigenvalues, self.sigma2)
        precision = (1 / variances).sum() + (x.shape[1] - len(variances)) / self.sigma2
        return self.log_prob(x) - quantum**2 / 24 * precision + x.shape[1] * math.log(quantum)


def ppca(x: Float64s, q: int, sigma2: float | None = None) -> PPCA:
    """Fit probabilistic PCA with q components to x (N, P) by maximum likelihood.

    Without `sigma2` it is the mean of the discarded eigenvalues; a given `sigma2` is kept and components below it vanish. The covariance is
    that of the population (divided by N).

    Raises:
        NoFit: `sigma2` is to be fitted, and the components leave no variance for it.
    """
    q = min(q, x.shape[1])
    eigenvalues, axes = np.zeros(0), np.zeros((x.shape[1], 0))
    if not q:
        mean, others = total_variance(x)
    elif is_wide(x):
        mean = x.mean(0, dtype=np.float64)
        eigenvalues, axes, others = leading_of_wide((x - mean) / math.sqrt(len(x)), q)
    else:
        mean, population = covariance(x)
        eigenvalues, axes, others = leading(population, q)
    if sigma2 is None:
        rest = x.shape[1] - len(eigenvalues)
        sigma2 = float(others / rest if rest else eigenvalues[-1])
        if eigenvalues.sum() + others <= 0:
            raise NoFit("The training images do not vary, so a model with noise of its own cannot be fitted to them.")
        if q and sigma2 <= MIN_SHARE * eigenvalues[0]:
            raise NoFit(
                "{n} training images leave no variance beyond {q} latent dimensions, so probabilistic PCA cannot be fitted.", n=len(x), q=q
            )
    return PPCA(mean, axes, eigenvalues, sigma2)


@dataclass(frozen=True)
class WaterFilling:
    """A point of the rate-distortion curve of a normal source: nats, summed squared error, number of directions that carry anything."""

    rate: float
    error: float
    active: int


def water_filling(eigenvalues: Float64s, level: float, latent_size: int | None = None) -> WaterFilling:
    """Return the least rate for the squared error that water of this level leaves in a source of these variances (D,).

    Every direction keeps what its variance stands above the water and loses the rest: error sum min(lambda, level), rate
    1/2 sum ln+ (lambda / level) (Shannon 1959; Cover & Thomas 2006, theorem 10.3.3). A linear gaussian beta-VAE ends here at level beta
    sigma^2, since a direction is given a latent exactly where it stands above the water; with a `latent_size` only so many largest are.
    """
    eigenvalues = np.sort(np.asarray(eigenvalues, np.float64))[::-1]
    coded = eigenvalues if latent_size is None else eigenvalues[:latent_size]
    above = coded[coded > level]
    lost = level * len(above) + (eigenvalues.sum() - above.sum())
    return WaterFilling(0.5 * float(np.log(above / level).sum()), float(lost), len(above))
