"""How well a simple classifier tells classes from features, of few labelled images: the usual test of a feature extractor."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Floats, Ints
from vae_core.progress import Progress, no_progress
from vae_core.threads import one_thread

CLASSIFIERS = ("logistic", "knn")
NEIGHBOURS = 5  # of fewer labelled images of a class, as many as these
ITERATIONS = 300


@dataclass(frozen=True)
class Score:
    """The share of test images that are told right.

    Attributes:
        features: which features the classifier sees.
        classifier: one of CLASSIFIERS.
        labels: labelled images of each class.
        value: mean over the draws of labelled images.
        standard_error: of that mean: of the draws, and of the test images.
    """

    features: str
    classifier: str
    labels: int
    value: float
    standard_error: float


def draws_of(labels: Ints, per_class: int, draws: int, seed: int = 0) -> list[Ints] | None:
    """Return `draws` choices of so many rows of each class, or None where a class has fewer."""
    generator = np.random.default_rng([seed, per_class])
    rows = [np.flatnonzero(labels == one) for one in np.unique(labels)]
    if min(map(len, rows)) < per_class:
        return None
    return [np.concatenate([generator.choice(one, per_class, replace=False) for one in rows]) for _ in range(draws)]


def balanced_draws(labels: Ints, total: int, draws: int, seed: int = 0) -> list[Ints] | None:
    """Return `draws` choices of `total` rows, of each class as many as of any other but one; None where a class has too few."""
    generator = np.random.default_rng([seed, total])
    rows = [np.flatnonzero(labels == one) for one in np.unique(labels)]
    each, more = divmod(total, len(rows))
    if each < 1 or min(map(len, rows)) < each + bool(more):
        return None
    found = []
    for _ in range(draws):
        larger = generator.permutation(len(rows)) < more
        found.append(np.concatenate([generator.choice(one, each + has, replace=False) for one, has in zip(rows, larger, strict=True)]))
    return found


def probe(
    train: Mapping[str, Floats], train_labels: Ints, test: Mapping[str, Floats], test_labels: Ints, sizes: Sequence[int],
    draws: int = 5, progress: Progress = no_progress,
) -> list[Score]:  # fmt: skip
    """Return the scores of every kind of features, with every classifier, at every number of labels that the classes have.

    Args:
        train, test: by name of the features, (M, f) and (N, f); those of one image stand in the same row of each.
        train_labels, test_labels: their classes, (M,) and (N,).
        sizes: numbers of labelled images of each class.
        draws: choices of labelled images, the same for all features.
    """
    found, chosen = [], {size: rows for size in sizes if (rows := draws_of(train_labels, size, draws)) is not None}
    with one_thread():  # on matrices as small as these a second thread makes the fits many times slower
        for done, (size, choices) in enumerate(chosen.items()):
            for name in train:
                scale = scale_of(train[name])
                known, unknown = train[name] / scale, test[name] / scale
                shares = np.array([_shares(known[rows], train_labels[rows], unknown, test_labels, size) for rows in choices])
                for classifier, each in zip(CLASSIFIERS, shares.T, strict=True):
                    found.append(Score(name, classifier, size, float(each.mean()), error_of(each, len(test_labels))))
            progress((done + 1) / len(chosen))
    return found


def scale_of(features: Floats) -> float:
    """Return one number that all features of a kind are divided by: classifiers weigh large ones more, and no feature is weighed alone."""
    return float(np.sqrt(features.var(0).mean())) or 1.0


def error_of(shares: NDArray[Any], n: int) -> float:
    """Return the standard error of the mean of `shares` of n test images over draws of labelled ones: of the draws and of the images."""
    p = float(shares.mean())
    of_draws = float(shares.var(ddof=1)) / len(shares) if len(shares) > 1 else 0.0
    return math.sqrt(of_draws + p * (1 - p) / n)


def by_regression(known: Floats, classes: Ints, unknown: Floats) -> Ints:
    """Return the classes (N,) that logistic regression on labelled features (M, f) gives to others (N, f), none of them scaled here."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # as good as it gets in so many steps, for all features alike
        told: Ints = LogisticRegression(max_iter=ITERATIONS).fit(known, classes).predict(unknown)
    return told


def _shares(known: Floats, classes: Ints, unknown: Floats, truth: Ints, per_class: int) -> tuple[float, float]:
    """Return the shares of `unknown` that logistic regression and the nearest neighbours tell right."""
    from sklearn.neighbors import KNeighborsClassifier

    near = KNeighborsClassifier(n_neighbors=min(NEIGHBOURS, per_class), algorithm="brute").fit(known, classes)
    return float((by_regression(known, classes, unknown) == truth).mean()), float((near.predict(unknown) == truth).mean())
