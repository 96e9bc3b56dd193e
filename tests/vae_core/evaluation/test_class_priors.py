"""Class priors: bounds against other code, classes where Bayes' rule has a closed form, and what images without labels do."""

from statistics import NormalDist

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from vae_core.evaluation.class_priors import ClassPriors, of_labelled, with_unlabelled


def two(n: int, seed: int, apart: float, d: int = 3):
    generator = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    return generator.normal(size=(n, d)) + apart * labels[:, None] * np.eye(d)[0], labels


def test_without_width_the_bound_is_the_log_density_and_with_it_the_mean_of_draws():
    generator = np.random.default_rng(0)
    root = generator.normal(size=(2, 3, 3))
    priors = ClassPriors(generator.normal(size=(2, 3)), root @ root.swapaxes(1, 2) + np.eye(3))
    mu, variance = generator.normal(size=(4, 3)), generator.uniform(0.1, 1, (4, 3))
    exact = [multivariate_normal(mean, covariance) for mean, covariance in zip(priors.means, priors.covariances, strict=True)]
    assert priors.bounds(mu, np.zeros((4, 3))) == pytest.approx(np.stack([one.logpdf(mu) for one in exact], 1))
    z = mu + np.sqrt(variance) * generator.normal(size=(20_000, 4, 3))
    assert priors.bounds(mu, variance) == pytest.approx(np.stack([one.logpdf(z).mean(0) for one in exact], 1), abs=0.06)


def test_with_many_labels_as_many_are_told_as_bayes_allows():
    mu, labels = two(8000, 0, 2.0)
    told = of_labelled(mu[:4000], np.zeros_like(mu[:4000]), labels[:4000], 2).classes(mu[4000:], np.zeros_like(mu[4000:]))
    assert (told == labels[4000:]).mean() == pytest.approx(NormalDist().cdf(1.0), abs=0.02)


def test_images_without_labels_find_the_classes_that_lie_apart():
    mu, labels = two(600, 1, 5.0)
    known = np.full(600, -1)
    known[:2] = labels[:2]
    mu[0], mu[1] = [3, 0, 0], [5.5, 0, 0]  # one label each, and half-way between them is no border
    width = np.full_like(mu, 0.01)
    few = of_labelled(mu[:2], width[:2], labels[:2], 2).classes(mu, width)
    priors, reached = with_unlabelled(mu, width, known, 2)
    assert (priors.classes(mu, width) == labels).mean() > 0.98 and (few == labels).mean() < 0.93
    assert np.diff(reached).min() > -1e-3, "no round makes the bounds worse"


def test_features_that_are_constant_are_no_error():
    flat = np.zeros((20, 3))
    told = of_labelled(flat, flat, np.arange(20) % 2, 2).classes(flat, flat)
    assert set(told) == {0}
    assert np.isfinite(with_unlabelled(flat, flat, np.where(np.arange(20) < 4, np.arange(20) % 2, -1), 2)[1]).all()
