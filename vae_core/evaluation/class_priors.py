"""A generative classifier on a trained model: a normal prior p(z|y) for each class, and the class whose ELBO is highest.

Of ELBO(x, y) = E_q[log p(x|z)] + E_q[log p(z|y)] - E_q[log q(z|x)] + log p(y) only the second term depends on the class where all classes
are equally likely, so encoder and decoder stay as they are. Images without labels join by coordinate ascent on the sum of their bounds:
classes by Bayes' rule, then the priors (EM with some classes known; Nigam and others 2000). The model M2 of Kingma and others (2014), arXiv
1406.5298, tells decoder and encoder the class as well, and trains them so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from vae_core.arrays import Float64s, Floats, Ints

ROUNDS = 30
LEAST = 1e-4  # of the mean variance, added to each: of features that are constant, a prior has a width


@dataclass(frozen=True)
class ClassPriors:
    """Normal priors of C classes, as likely as one another: means (C, d) and covariances (C, d, d)."""

    means: Float64s
    covariances: Float64s

    def bounds(self, mu: Floats, variance: Floats) -> Float64s:
        """Return E_q[log p(z|y)] (N, C) in nats, for q(z|x) of means mu and variances (N, d)."""
        found = np.empty((len(mu), len(self.means)))
        for y, (mean, covariance) in enumerate(zip(self.means, self.covariances, strict=True)):
            root = np.linalg.inv(np.linalg.cholesky(covariance))  # its square is the precision
            squares = (((mu - mean) @ root.T) ** 2).sum(1) + variance @ (root**2).sum(0)
            found[:, y] = np.log(np.diag(root)).sum() - 0.5 * (squares + mu.shape[1] * math.log(2 * math.pi))
        return found

    def classes(self, mu: Floats, variance: Floats) -> Ints:
        """Return the class with the highest bound for each q(z|x), (N,)."""
        return self.bounds(mu, variance).argmax(1)


def fitted(mu: Floats, variance: Floats, share: Floats) -> ClassPriors:
    """Return the priors of shares (N, C) of posteriors with means mu and variances (N, d).

    A class of few images says little of its covariance, so that counts as one more than d images of the covariance within all classes.
    """
    d = mu.shape[1]
    counts = share.sum(0)
    means = share.T @ mu / counts[:, None]
    scatter = np.empty((len(counts), d, d))
    for y, mean in enumerate(means):
        gap = mu - mean
        scatter[y] = (gap * share[:, y, None]).T @ gap + np.diag(share[:, y] @ variance)
    pooled = scatter.sum(0) / counts.sum()
    pooled += (LEAST * float(np.trace(pooled)) / d + 1e-12) * np.eye(d)
    covariances = (scatter + (d + 1) * pooled) / (counts + d + 1)[:, None, None]
    return ClassPriors(means, covariances)


def of_labelled(mu: Floats, variance: Floats, labels: Ints, classes: int) -> ClassPriors:
    """Return the priors of labelled posteriors; labels (N,) are 0 to classes - 1, and each class has one at least."""
    return fitted(mu, variance, np.eye(classes)[labels])


def with_unlabelled(mu: Floats, variance: Floats, labels: Ints, classes: int, rounds: int = ROUNDS) -> tuple[ClassPriors, Float64s]:
    """Return the priors of posteriors of which some are labelled, and the mean bound of all after each round, (rounds,) in nats.

    Args:
        labels: (N,), -1 where there is none.
    """
    is_known = labels >= 0
    share = np.eye(classes)[np.where(is_known, labels, 0)]
    priors = fitted(mu[is_known], variance[is_known], share[is_known])
    known_classes = np.where(is_known[:, None], share, 0.0)
    reached = np.empty(rounds)
    bounds = priors.bounds(mu, variance)
    for at in range(rounds):
        weights = np.exp(bounds - bounds.max(1, keepdims=True))
        share = np.where(is_known[:, None], known_classes, weights / weights.sum(1, keepdims=True))
        priors = fitted(mu, variance, share)
        bounds = priors.bounds(mu, variance)
        top = bounds.max(1)
        free = top + np.log(np.exp(bounds - top[:, None]).sum(1))
        reached[at] = np.where(is_known, (known_classes * bounds).sum(1), free).mean()
    return priors, reached
