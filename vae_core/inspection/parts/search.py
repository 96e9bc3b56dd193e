"""More like this: the nearest images by the means of q(z|x), by principal components of the same number, and by raw pixels."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from vae_core.arrays import Ints
from vae_core.inspection.parts.common import Part, Values, some, within
from vae_core.inspection.parts.features import KINDS, MOST_NUMBERS, kinds_of, labels_of, names_of
from vae_core.inspection.subject import Findings, InspectedRun, Unavailable
from vae_core.progress import Progress
from vae_core.storage.shapes import COUNT, SHARE, Shape

AT = (1, 5, 20)  # of the nearest images
SHOWN, EXAMPLES = 8, 6
FEWEST = SHOWN + 2  # images that are searched
MOST_SEARCHED, MOST_ASKED, MOST_LEARNED = 10_000, 1_000, 10_000


def compute(inspected: InspectedRun, progress: Progress) -> Findings:
    """Look for the nearest other test images of some, and judge them by their classes."""
    from vae_core.evaluation.similar_images import agreement, nearest

    shape = inspected.run.dataset["event_shape"]
    rows = np.sort(some(inspected.rows, within(MOST_SEARCHED, shape, MOST_NUMBERS)))
    if len(rows) < FEWEST:
        raise Unavailable("few-searched", "There are too few images to search among; this needs at least {n}.", "", n=FEWEST)
    labels = labels_of(inspected, rows)
    fitted = inspected.images(np.sort(some(inspected.train_rows, within(MOST_LEARNED, shape, MOST_NUMBERS)))).flatten(1).numpy()
    features, _ = kinds_of(inspected, fitted, rows)
    queries = np.sort(np.random.default_rng(0).permutation(len(rows))[: min(MOST_ASKED, inspected.max_images)])
    progress(0.3)
    scores, arrays, examples = [], {"rows": rows}, _examples(queries, labels)
    sizes = sorted({min(at, len(rows) - 1) for at in AT})
    for done, kind in enumerate(KINDS):
        near = nearest(features[kind], queries, max(sizes))
        for at in sizes:
            share = agreement(near, labels, queries, at)
            error = float(share.std(ddof=1) / math.sqrt(len(share))) if len(share) > 1 else 0.0
            scores.append({"features": kind, "at": at, "value": float(share.mean()), "standard_error": error})
        arrays[f"near_{kind}"] = rows[near[examples, :SHOWN]]
        progress(0.3 + 0.7 * (done + 1) / len(KINDS))
    arrays["queries"] = rows[queries[examples]]
    values = {"scores": scores, "chance": chance(labels), "searched": len(rows), "size": int(features["mu"].shape[1])}
    return Findings(values | {"pixels": int(features["pixels"].shape[1])}, arrays, "nearest", len(queries))


def chance(labels: Ints) -> float:
    """Return the chance that two different images are of one class, of classes (N,): among the others an image is not itself."""
    counts = np.bincount(labels)
    return float((counts * (counts - 1)).sum() / (len(labels) * (len(labels) - 1)))


def _examples(queries: Ints, labels: Ints) -> Ints:
    """Return places among the queries of a few, the first of each class in turn."""
    first = [int(np.flatnonzero(labels[queries] == one)[0]) for one in np.unique(labels[queries])]
    return np.array(first[:EXAMPLES])


def lines(values: Values) -> Iterator[str]:
    """Say what was found in lines for the terminal."""
    yield f"of 100 nearest images so many are of the same class; of any two {100 * values['chance']:.1f}"
    names = names_of(values)
    for one in values["scores"]:
        words = f"nearest {one['at']} by {names[one['features']]}"
        yield f"{words:44s}{100 * one['value']:6.1f} (standard error {100 * one['standard_error']:.1f})"


def value_shapes(d: int) -> Shape:
    """Return the shapes of its values."""
    score = {"features": set(KINDS), "at": COUNT, "value": SHARE, "standard_error": float}
    return {"scores": [score, range(1, 10)], "chance": SHARE, "searched": COUNT, "size": COUNT, "pixels": COUNT}


def array_shapes(values: Values, d: int) -> dict[str, str]:
    """Return the shapes of its arrays."""
    return {"rows": "iu n", "queries": "iu e"} | {f"near_{kind}": "iu e k" for kind in KINDS}


PART = Part(6, compute, lines, value_shapes, array_shapes, version=2)
