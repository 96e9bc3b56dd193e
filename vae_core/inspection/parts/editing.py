"""Test images moved from one class towards another: along the vector between their mean places, and by adding mean pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Floats, Ints
from vae_core.evaluation.editing import STRENGTHS
from vae_core.inspection.parts.common import Part, Values, collapse, some, within
from vae_core.inspection.parts.features import labels_of
from vae_core.inspection.subject import Findings, InspectedRun, Unavailable
from vae_core.progress import Progress
from vae_core.storage.shapes import COUNT, EITHER, SHARE, Shape, one_of
from vae_core.threads import one_thread

if TYPE_CHECKING:
    from vae_core.evaluation.editing import ColumnReader, Judge
    from vae_core.model.vae import VAE

METHODS = ("model", "pixels")
MOST_LEARNED, MOST_TESTED, MOST_NUMBERS = 5_000, 1_000, 2**24
IMAGES, EXAMPLES = 20, 4  # of a pair: that are edited, and that are shown
MOST_CLASSES, ROUNDS = 10, 50  # samples of the images, by which a direction's turn is found
MOST_PICTURES = 2**17  # numbers of one picture, times pairs
MOST_COLUMNS, LEAST_READ = 5, 0.2  # columns that are followed, and the share of their variance that can be read off a picture
MEASURES = ("taken", "third", "nats")


@dataclass(frozen=True)
class _Known:
    """Training images: their places, pictures (M, *event) and classes."""

    mu: Floats
    x: NDArray[np.float32]
    labels: Ints


@one_thread()  # small matrices: where other work keeps the processor busy, a second thread makes it many times slower
def compute(inspected: InspectedRun, progress: Progress) -> Findings:
    """Move test images of each class towards each other one, both ways, and measure what changes."""
    from vae_core.evaluation.editing import Judge

    known, rows, labels = _images(inspected)
    x = inspected.images(rows).numpy()
    judge = Judge.of(known.x.reshape(len(known.x), -1), known.labels)
    flat, mu = x.reshape(len(x), -1), _places(inspected, x)
    readers = _readers(inspected, judge.features(flat), rows)
    progress(0.1)
    pairs = _pairs(known.labels, labels, math.prod(x.shape[1:]))
    measured: dict[str, list[NDArray[np.float64]]] = {name: [] for name in (*MEASURES, "drift")}
    pictures, shown, owners = [], [], []
    ways: list[dict[str, Any]] = []
    for done, (start, end) in enumerate(pairs):
        chosen = np.flatnonzero(labels == start)[:IMAGES]
        turn, length, edited = _edited(inspected.model, known, x[chosen], mu[chosen], (start, end))
        for name, found in _measured(inspected, judge, readers, edited, (start, end)).items():
            measured[name].append(found)
        pictures.append(_shown(edited))
        shown.append(np.resize(rows[chosen], EXAMPLES))
        ways.append({"start": int(start), "end": int(end), "length": length, "turn": turn})
        owners.append(chosen)
        progress(0.1 + 0.9 * (done + 1) / len(pairs))
    values = {
        "pairs": ways,
        "found": _summary(measured, np.concatenate(owners), STRENGTHS),
        "columns": [{"name": name, "share": reader.share} for name, reader in readers.items()],
        "judge": float((judge.classes(flat) == labels).mean()),
        "dims": list(x.shape[1:]),
    }
    arrays: dict[str, NDArray[Any]] = {"rows": rows, "shown": np.stack(shown), "pictures": np.stack(pictures)}
    arrays |= {name: np.stack([one.mean(-1) for one in measured[name]]) for name in (*MEASURES, "drift")}
    return Findings(values, arrays, "editing", len(np.unique(np.concatenate(owners))), unavailable=collapse(inspected))


def _images(inspected: InspectedRun) -> tuple[_Known, Ints, Ints]:
    """Return training images, and rows and classes of test images; no image is both."""
    shape = inspected.run.dataset["event_shape"]
    if len(shape) < 2:
        raise Unavailable("no-pictures", "The data are no pictures, so there is nothing to edit.")
    rows = inspected.rows[inspected.subset(within(MOST_TESTED, shape, MOST_NUMBERS))]
    others = np.setdiff1d(inspected.train_rows, rows)
    learned = np.sort(some(others, within(MOST_LEARNED, shape, MOST_NUMBERS)))
    labels, known = labels_of(inspected, rows), labels_of(inspected, learned)
    images = inspected.images(learned).numpy()
    return _Known(_places(inspected, images), images, known), rows, labels


def _places(inspected: InspectedRun, x: NDArray[np.float32]) -> Floats:
    """Return the means of q(z|x) of images x (N, *event), (N, d)."""
    import torch

    from vae_core.evaluation.scoring import encode_images

    return encode_images(inspected.model, torch.from_numpy(x), inspected.run.config)[0]


def _pairs(known: Ints, labels: Ints, numbers: int) -> list[tuple[int, int]]:
    """Return ordered pairs of the largest classes, of large pictures some of them."""
    counts = np.bincount(known, minlength=int(labels.max()) + 1)
    largest = sorted(int(one) for one in np.argsort(-counts, kind="stable")[:MOST_CLASSES] if counts[one] > 1)
    pairs = [(start, end) for start in largest for end in largest if start != end and (labels == start).any()]
    most = max(2, MOST_PICTURES // numbers)
    if len(pairs) > most:
        pairs = [pairs[at] for at in np.sort(np.random.default_rng(0).permutation(len(pairs))[:most])]
    if not pairs:
        raise Unavailable("no-classes", "The images have no classes, so nothing can be told apart; give labels with the data.")
    return pairs


def _edited(vae: VAE, known: _Known, x: NDArray[np.float32], mu: Floats, pair: tuple[int, int]) -> tuple[float, float, NDArray[np.float32]]:
    """Return the direction's turn and length, and images x (n, *event) edited both ways: (methods, strengths, n, *event)."""
    from vae_core.evaluation.selected import direction

    start, end = (known.labels == one for one in pair)
    way = direction(known.mu, start, end, rounds=ROUNDS)
    assert way is not None  # both classes have images
    difference = known.x[end].mean(0, dtype=np.float64) - known.x[start].mean(0, dtype=np.float64)
    return way.turn, way.length, both_ways(vae, x, mu, way.vector, difference)


def both_ways(vae: VAE, x: NDArray[np.float32], mu: Floats, vector: Floats, difference: Floats) -> NDArray[np.float32]:
    """Return test images x (n, *event) with places mu (n, d) moved along a latent vector, and with a difference of pictures added."""
    from vae_core.evaluation.editing import in_latent, in_pixels

    return np.stack([in_latent(vae, mu, vector), in_pixels(x, difference, is_bounded=vae.likelihood.support != "real")])


def _measured(
    inspected: InspectedRun, judge: Judge, readers: Mapping[str, ColumnReader], edited: NDArray[np.float32], pair: tuple[int, int]
) -> dict[str, NDArray[np.float64]]:
    """Return MEASURES of each edited picture (methods, strengths, n), and "drift" (columns, methods, strengths, n)."""
    from vae_core.evaluation.editing import redrawing_nats

    counts = edited.shape[:3]
    flat = edited.reshape(math.prod(counts), -1)
    classes = judge.classes(flat).reshape(counts)
    nats = redrawing_nats(inspected.model, edited.reshape(-1, *edited.shape[3:]), inspected.run.config).reshape(counts)
    features = judge.features(flat).reshape(*counts, -1)
    drift = [reader.moved(features[:, :1], features) for reader in readers.values()]
    return {
        "taken": (classes == pair[1]).astype(np.float64),
        "third": ((classes != pair[0]) & (classes != pair[1])).astype(np.float64),
        "nats": nats,
        "drift": np.stack(drift) if drift else np.zeros((0, *counts)),
    }


def _readers(inspected: InspectedRun, features: Floats, rows: Ints) -> dict[str, ColumnReader]:
    """Return what reads the columns of numbers that stand beside test images, those that can be read off pictures at all."""
    if inspected.split != "test":
        return {}
    from vae_core.evaluation.editing import ColumnReader

    run = inspected.run
    at = np.searchsorted(run.latents().rows, rows)
    found: dict[str, ColumnReader] = {}
    for column in run.columns():
        if column.group in ("image", "table") and column.kind == "number" and len(found) < MOST_COLUMNS:
            reader = ColumnReader.of(features, column.values[at])
            if reader is not None and reader.share >= LEAST_READ:
                found[column.name] = reader
    return found


def _shown(edited: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the first EXAMPLES images, of fewer some twice: (methods, strengths, EXAMPLES, *event)."""
    return _pixels(edited[:, :, np.resize(np.arange(edited.shape[2]), EXAMPLES)])


def _summary(measured: Mapping[str, Sequence[NDArray[np.float64]]], owner: Ints, strengths: Sequence[float]) -> list[dict[str, Any]]:
    """Return each measure over all pairs, by method and strength; `owner` is the image of which each picture was made."""
    whole = {name: np.concatenate(measured[name], -1) for name in (*MEASURES, "drift")}
    found = []
    for m, method in enumerate(METHODS):
        for s, strength in enumerate(strengths):
            entry: dict[str, Any] = {"method": method, "strength": strength}
            entry |= {name: _mean_of(whole[name][m, s], owner) for name in MEASURES}
            found.append(entry | {"drift": [_mean_of(one[m, s], owner) for one in whole["drift"]]})
    return found


def _mean_of(values: NDArray[np.float64], owner: Ints) -> dict[str, float]:
    """Return the mean of values (N,) and its standard error over images, of each of which several pictures were made."""
    off = np.bincount(owner, values - values.mean())
    images = len(np.unique(owner))
    error = math.sqrt(float((off**2).sum()) * images / (images - 1)) / len(values) if images > 1 else math.nan
    return {"value": float(values.mean()), "standard_error": error}


# --------------------------------------------------------------------------- from one kept set to another, computed when it is asked for


@dataclass(frozen=True)
class SetEdit:
    """Images of a set moved towards another.

    Attributes:
        length, turn: of the vector between their mean places; see `evaluation.selected.Direction`.
        nats: of redrawing the edited pictures, their mean, (methods, strengths).
        rows: of the images that are shown, (n,).
        pictures: (methods, strengths, n, *event).
    """

    length: float
    turn: float
    nats: NDArray[np.float64]
    rows: Ints
    pictures: NDArray[np.uint8]


def edited_set(inspected: InspectedRun, start: Ints, end: Ints) -> SetEdit | None:
    """Return what becomes of test images in `start` on the way to `end`, both by row numbers; None where a set is empty.

    Raises:
        Unavailable: the data are not at hand.
    """
    from vae_core.evaluation.editing import redrawing_nats
    from vae_core.evaluation.selected import direction

    latents = inspected.run.latents()
    way = direction(latents.mu, np.isin(latents.rows, start), np.isin(latents.rows, end))
    if way is None:
        return None
    first, last = (inspected.images(some(rows.astype(np.int64), MOST_TESTED)).numpy().mean(0, dtype=np.float64) for rows in (start, end))
    rows = some(start.astype(np.int64), IMAGES)
    mu = latents.mu[np.searchsorted(latents.rows, rows)]
    edited = both_ways(inspected.model, inspected.images(rows).numpy(), mu, way.vector, last - first)
    nats = redrawing_nats(inspected.model, edited.reshape(-1, *edited.shape[3:]), inspected.run.config).reshape(edited.shape[:3])
    shown = edited[:, :, :EXAMPLES]
    return SetEdit(way.length, way.turn, nats.mean(-1), rows[:EXAMPLES], _pixels(shown))


def _pixels(pictures: NDArray[np.float32]) -> NDArray[np.uint8]:
    from vae_core.data.pictures import to_pixels

    return to_pixels(pictures)


def lines(values: Values) -> Iterator[str]:
    """Say what was found in lines for the terminal."""
    yield f"{len(values['pairs'])} pairs of classes; the judge tells {100 * values['judge']:.1f} of 100 test images right"
    yield f"{'':10s}{'strength':>10s}{'taken':>10s}{'third':>10s}{'nats':>10s}   (taken: of 100, for the class meant)"
    for one in values["found"]:
        shares = f"{100 * one['taken']['value']:10.1f}{100 * one['third']['value']:10.1f}{one['nats']['value']:10.2f}"
        yield f"{one['method']:10s}{one['strength']:10.2f}{shares}"


def value_shapes(d: int) -> Shape:
    """Return the shapes of its values."""
    mean = {"value": float, "standard_error": EITHER}
    one = {"method": set(METHODS), "strength": one_of(STRENGTHS), **dict.fromkeys(MEASURES, mean), "drift": [mean, range(MOST_COLUMNS + 1)]}
    pair = {"start": COUNT, "end": COUNT, "length": float, "turn": EITHER}
    columns = [{"name": str, "share": float}, range(MOST_COLUMNS + 1)]
    found = [one, len(METHODS) * len(STRENGTHS)]
    return {"pairs": [pair, range(1, 100)], "found": found, "columns": columns, "judge": SHARE, "dims": [COUNT, range(2, 4)]}


def array_shapes(values: Values, d: int) -> dict[str, str]:
    """Return the shapes of its arrays: pictures are (pairs, methods, strengths, EXAMPLES, *event)."""
    pairs, sizes, columns = len(values["pairs"]), " ".join(map(str, values["dims"])), len(values["columns"])
    ways = f"{len(METHODS)} {len(STRENGTHS)}"
    shapes = {"rows": "iu n", "shown": f"iu {pairs} {EXAMPLES}", "pictures": f"u {pairs} {ways} {EXAMPLES} {sizes}"}
    return shapes | {name: f"f {pairs} {ways}" for name in MEASURES} | {"drift": f"f {pairs} {columns} {ways}"}


PART = Part(6, compute, lines, value_shapes, array_shapes, is_drawn=True)
