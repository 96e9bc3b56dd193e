"""A hundred labels and many images without: classes told by the model's latent space, beside ways that need no model."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Floats, Ints
from vae_core.inspection.parts.common import Part, Values, collapse
from vae_core.inspection.parts.features import DRAWS, kinds_of, labelled_and_tested, labels_of
from vae_core.inspection.subject import Findings, InspectedRun, Unavailable
from vae_core.progress import Progress
from vae_core.storage.shapes import COUNT, SHARE, Shape
from vae_core.threads import one_thread

LABELS = 100  # in all, of fewer images half of them
MOST_TESTED = 10_000
MOST_WORK = 1e11  # of all rounds of fitting: images without labels times classes times squared dimensions
OWN = ("priors_unlabelled", "priors", "m1")
SIMPLE = ("pca_mixture", "pca", "pca_labelled", "pixels")
METHODS = (*OWN, *SIMPLE)
GAINS = {"priors": ("priors_unlabelled", "priors"), "m1": ("m1", "pixels")}  # what images without labels add: with, and without them
NO_ELBO = "An autoencoder has no ELBO: its classes are told by the density of the places where it puts images."
TOO_FEW = "A class has too few training images for {n} labels that are even over the classes."


def compute(inspected: InspectedRun, progress: Progress) -> Findings:
    """Give a hundred training images their labels, and tell the classes of test images by every method."""
    from vae_core.evaluation.label_probe import balanced_draws, error_of

    known, rows = labelled_and_tested(inspected, MOST_TESTED)
    names, truth = np.unique(labels_of(inspected, known), return_inverse=True)
    tested = labels_of(inspected, rows)
    total = min(LABELS, len(known) // 2)
    draws = balanced_draws(truth, total, DRAWS)
    if draws is None:
        raise Unavailable("few-of-a-class", TOO_FEW, "", n=total)
    d = inspected.run.config.model.latent_size
    unlabelled = min(len(known) - total, max(1, int(MOST_WORK / (DRAWS * 30 * 2 * len(names) * d**2))))
    ways = _Ways.of(inspected, known, rows, truth, len(names), unlabelled)
    progress(0.2)
    right = np.empty((len(METHODS), DRAWS, len(rows)), bool)
    with one_thread():
        for at, labelled in enumerate(draws):
            told = ways.told(labelled, at)
            right[:, at] = [names[told[method]] == tested for method in METHODS]
            progress(0.2 + 0.8 * (at + 1) / DRAWS)
    scores = [
        {"method": method, "value": float(one.mean()), "standard_error": error_of(one.mean(1), len(rows))}
        for method, one in zip(METHODS, right, strict=True)
    ]
    by_method = dict(zip(METHODS, right.astype(np.int8), strict=True))
    gains = [{"method": key, **_difference(by_method[one] - by_method[other])} for key, (one, other) in GAINS.items()]
    values = {
        "scores": scores, "gains": gains, "labels": total, "unlabelled": unlabelled, "classes": len(names), "size": int(d),
        "pixels": int(ways.pixels[0].shape[1]), "chance": float(np.bincount(tested).max() / len(tested)), "draws": DRAWS,
    }  # fmt: skip
    unavailable = collapse(inspected)
    if not inspected.run.has_kl:
        unavailable.append(Unavailable("no-elbo", NO_ELBO, "priors"))
    return Findings(values, {"rows": rows}, "few-labels", len(rows), unavailable=unavailable)


def _difference(gaps: NDArray[Any]) -> dict[str, float]:
    """Return the mean of differences (draws, images) and its standard error: of the draws of labels, and of the images."""
    of_draws, of_images = gaps.mean(1).var(ddof=1) / len(gaps), gaps.mean(0).var(ddof=1) / gaps.shape[1]
    return {"value": float(gaps.mean()), "standard_error": math.sqrt(of_draws + of_images)}


Pair = tuple[Floats, Floats]  # of training and of test images


@dataclass(frozen=True)
class _Ways:
    """The ways to tell classes; pairs hold features of training images (M, f) and of test images (N, f)."""

    mu: Pair
    variance: Pair
    pca: Pair
    pixels: Pair
    truth: Ints  # (M,) of the training images, 0 to classes - 1
    classes: int
    unlabelled: int  # images that are taken besides the labelled ones

    @classmethod
    def of(cls, inspected: InspectedRun, known: Ints, rows: Ints, truth: Ints, classes: int, unlabelled: int) -> _Ways:
        """Return them for training images `known` and test images `rows`."""
        from vae_core.evaluation.scoring import encode_images

        train, flat = kinds_of(inspected, np.empty((0, 0), np.float32), known)
        test, _ = kinds_of(inspected, flat, rows)
        pairs = {name: (train[name], test[name]) for name in train}
        # Of an autoencoder it is no number: its q is a point.
        widths = [
            np.nan_to_num(np.exp(encode_images(inspected.model, inspected.images(part), inspected.run.config)[1])) for part in (known, rows)
        ]
        return cls(pairs["mu"], (widths[0], widths[1]), pairs["pca"], pairs["pixels"], truth, classes, unlabelled)

    def told(self, labelled: Ints, seed: int) -> dict[str, Ints]:
        """Return the classes of the test images (N,) by every method, where these training images have labels."""
        from vae_core.evaluation.class_priors import of_labelled

        others = np.setdiff1d(np.arange(len(self.truth)), labelled)
        others = np.random.default_rng([seed, 1]).permutation(others)[: self.unlabelled]
        classes, points = self.truth[labelled], (np.zeros_like(self.pca[0]), np.zeros_like(self.pca[1]))
        few = of_labelled(self.mu[0][labelled], self.variance[0][labelled], classes, self.classes)
        return {
            "priors_unlabelled": self._by_mixture(self.mu, self.variance, labelled, others),
            "priors": few.classes(self.mu[1], self.variance[1]),
            "m1": _by_regression(self.mu, labelled, classes),
            "pca_mixture": self._by_mixture(self.pca, points, labelled, others),
            "pca": _by_regression(self.pca, labelled, classes),
            "pca_labelled": _by_regression(self._few_axes(labelled), labelled, classes),
            "pixels": _by_regression(self.pixels, labelled, classes),
        }

    def _by_mixture(self, mu: Pair, variance: Pair, labelled: Ints, others: Ints) -> Ints:
        """Return the classes of the test images by class priors that images without labels have joined."""
        from vae_core.evaluation.class_priors import with_unlabelled

        rows = np.concatenate([labelled, others])
        labels = np.where(np.arange(len(rows)) < len(labelled), self.truth[rows], -1)
        return with_unlabelled(mu[0][rows], variance[0][rows], labels, self.classes)[0].classes(mu[1], variance[1])

    def _few_axes(self, labelled: Ints) -> Pair:
        """Return principal components of the labelled images alone."""
        from vae_core.latent.projections import principal_axes

        axes = principal_axes(self.pixels[0][labelled], min(self.mu[0].shape[1], len(labelled) - 1, self.pixels[0].shape[1]))
        found = np.empty((len(self.truth), len(axes.directions)), np.float32)
        found[labelled] = axes.project(self.pixels[0][labelled])
        return found, axes.project(self.pixels[1])


def _by_regression(features: Pair, labelled: Ints, classes: Ints) -> Ints:
    from vae_core.evaluation.label_probe import by_regression, scale_of

    scale = scale_of(features[0][labelled])
    return by_regression(features[0][labelled] / scale, classes, features[1] / scale)


def lines(values: Values) -> Iterator[str]:
    """Say what was found in lines for the terminal."""
    yield f"right of 100 test images, {values['labels']} labels in all, {values['unlabelled']} images without; {values['draws']} draws"
    for one in values["scores"]:
        yield f"  {one['method']:20s}{100 * one['value']:6.1f} (standard error {100 * one['standard_error']:.1f})"
    for one in values["gains"]:
        first, second = GAINS[one["method"]]
        yield f"  {first} over {second}: {100 * one['value']:+.1f} (standard error {100 * one['standard_error']:.1f})"


def value_shapes(d: int) -> Shape:
    """Return the shapes of its values."""
    score = {"method": set(METHODS), "value": SHARE, "standard_error": float}
    gain = {"method": set(GAINS), "value": float, "standard_error": float}
    counts = dict.fromkeys(("labels", "unlabelled", "classes", "size", "pixels", "draws"), COUNT)
    return {"scores": [score, len(METHODS)], "gains": [gain, len(GAINS)], "chance": SHARE, **counts}


def array_shapes(values: Values, d: int) -> dict[str, str]:
    """Return the shapes of its arrays."""
    return {"rows": "iu n"}


PART = Part(12, compute, lines, value_shapes, array_shapes, is_drawn=True)
