"""The means of q(z|x) as features, beside principal components of the same number and raw pixels: told by few labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import numpy as np

from vae_core.arrays import Floats, Ints
from vae_core.inspection.autoencoder import Autoencoder, autoencoder_beside
from vae_core.inspection.parts.common import Part, Values, collapse, within
from vae_core.inspection.subject import Findings, InspectedRun, Unavailable
from vae_core.progress import Progress
from vae_core.storage.shapes import COUNT, SHARE, Shape

SIZES = (1, 5, 10, 100)  # labelled images of each class
DRAWS = 5
MOST_LEARNED, MOST_TESTED, MOST_CLASSES = 10_000, 2_000, 100
MOST_NUMBERS = 2**25  # of the images of one kind, 128 MB
KINDS = ("mu", "pca", "pixels")
AUTOENCODER = "autoencoder"  # a kind besides, for which a model of its own is needed


def kinds_of(inspected: InspectedRun, fitted: Floats, rows: Ints) -> tuple[dict[str, Floats], Floats]:
    """Return the features of images by KINDS, and the images flat (n, P); principal axes are those of `fitted` (M, P)."""
    from vae_core.evaluation.scoring import encode_images
    from vae_core.latent.projections import principal_axes

    x = inspected.images(rows)
    flat = x.flatten(1).numpy()
    axes = principal_axes(fitted if len(fitted) else flat, inspected.run.config.model.latent_size)
    mu, _ = encode_images(inspected.model, x, inspected.run.config)
    return {"mu": mu, "pca": (flat - axes.mean) @ axes.directions.T, "pixels": flat}, flat


def labelled_and_tested(inspected: InspectedRun, most_tested: int) -> tuple[Ints, Ints]:
    """Return rows of training images to be labelled, at most MOST_LEARNED, and rows to be tested, none of which is among them."""
    generator = np.random.default_rng(0)
    known, shape = inspected.train_rows, inspected.run.dataset["event_shape"]
    known = np.sort(generator.choice(known, min(len(known), within(MOST_LEARNED, shape, MOST_NUMBERS)), replace=False))
    is_unseen = inspected.split_name != "train"  # else training images stand in for a test set, and half of them are left for labels
    tested = min(inspected.count if is_unseen else inspected.count // 2, within(most_tested, shape, MOST_NUMBERS))
    rows = inspected.rows[np.sort(generator.choice(inspected.count, tested, replace=False))]
    return np.setdiff1d(known, rows), rows


def labels_of(inspected: InspectedRun, rows: Ints) -> Ints:
    """Return the classes of these images.

    Raises:
        Unavailable: they have none, or too many.
    """
    labels = inspected.labels(rows)
    if labels is None or len(np.unique(labels)) < 2:
        raise Unavailable("no-classes", "The images have no classes, so nothing can be told apart; give labels with the data.")
    if len(np.unique(labels)) > MOST_CLASSES:
        raise Unavailable("many-classes", "There are more than {most} classes, for which this is not computed.", "", most=MOST_CLASSES)
    return labels


def compute(inspected: InspectedRun, progress: Progress) -> Findings:
    """Train classifiers on few labelled images of the training set, and test them on test images."""
    from vae_core.evaluation.label_probe import probe

    known, rows = labelled_and_tested(inspected, MOST_TESTED)
    train_labels, test_labels = labels_of(inspected, known), labels_of(inspected, rows)
    train, flat = kinds_of(inspected, np.empty((0, 0), np.float32), known)
    test, _ = kinds_of(inspected, flat, rows)
    progress(0.1)
    beside, unavailable = _autoencoder(inspected, known, lambda share: progress(0.1 + 0.5 * share))
    if beside is not None:
        train[AUTOENCODER] = beside.features(inspected.images(known))
        test[AUTOENCODER] = beside.features(inspected.images(rows))
    scores = probe(train, train_labels, test, test_labels, SIZES, DRAWS, lambda share: progress(0.6 + 0.4 * share))
    if not scores:
        raise Unavailable("few-labels", "A class has no image among the training images, so no classifier can learn it.")
    values = {
        "scores": [asdict(score) for score in scores],
        "chance": float(np.bincount(test_labels).max() / len(test_labels)),
        "size": int(inspected.run.config.model.latent_size),
        "pixels": int(flat.shape[1]),
        "draws": DRAWS,
        "autoencoder": None if beside is None else beside.record(),
    }
    return Findings(values, {"rows": rows}, "probe", len(rows), unavailable=[*unavailable, *collapse(inspected)])


def _autoencoder(inspected: InspectedRun, known: Ints, progress: Progress) -> tuple[Autoencoder | None, list[Unavailable]]:
    """Return a plain autoencoder beside the run, or None and why there is none; a run that is one needs none beside it."""
    if not inspected.run.has_kl:
        return None, []
    try:
        return autoencoder_beside(inspected, known, progress), []
    except Unavailable as error:
        return None, [error]


def lines(values: Values) -> Iterator[str]:
    """Say what was found in lines for the terminal."""
    if beside := values["autoencoder"]:
        origin = f"of run {beside['run']!r}" if beside["run"] else f"trained beside it in {beside['seconds']:.1f} s"
        yield f"plain autoencoder: {origin}, {beside['epochs']} epochs of {beside['images']} images"
    yield f"right of 100 test images, {values['draws']} draws of labelled images; the largest class alone is {100 * values['chance']:.1f}"
    names = names_of(values)
    for one in values["scores"]:
        words = f"{one['labels']} labels a class, {one['classifier']}, {names[one['features']]}"
        yield f"{words:56s}{100 * one['value']:6.1f} (standard error {100 * one['standard_error']:.1f})"


def names_of(values: Values) -> dict[str, str]:
    """Return the kinds of features in words, with their numbers; values are those of features or of search."""
    size = values["size"]
    names = {"mu": f"{size} means of q", "pca": f"{size} principal components", "pixels": f"{values['pixels']} pixels"}
    return names | {AUTOENCODER: f"{size} of a plain autoencoder"}


def value_shapes(d: int) -> Shape:
    """Return the shapes of its values."""
    score = {"features": {*KINDS, AUTOENCODER}, "classifier": {"logistic", "knn"}, "labels": COUNT, "value": SHARE, "standard_error": float}
    beside = {"run": str, "epochs": COUNT, "images": COUNT, "seconds": float}
    counts = {"size": COUNT, "pixels": COUNT, "draws": COUNT}
    return {"scores": [score, range(1, 33)], "chance": SHARE, AUTOENCODER: (beside, None), **counts}


def array_shapes(values: Values, d: int) -> dict[str, str]:
    """Return the shapes of its arrays."""
    return {"rows": "iu n"}


PART = Part(9, compute, lines, value_shapes, array_shapes, is_drawn=True)
