"""What a set of test images answers: its classes, costs and columns beside those of other images, its pictures, the way to another set.

All of it describes the images that somebody chose; it proves nothing about others, since what they were chosen by is told with the rest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Float64s, Floats, Ints
from vae_core.data.pictures import mosaic_of, to_pixels
from vae_core.latent.inference import Decoder
from vae_core.latent.regions import Mask
from vae_core.runs.columns import Column
from vae_core.runs.run import Run

CONFIDENCE = 0.95
Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
CATEGORIES = 3  # of one column that are listed: a thousand classes would hide all other columns
RESAMPLED = 500  # a standard deviation to a thirtieth
AT_ONCE = 1024  # images in memory together
SHEET = 10_000  # images of a contact sheet


@dataclass(frozen=True)
class Mean:
    """A mean over n images and its standard error, which takes two of them; NaN where it is not defined."""

    value: float
    standard_error: float
    n: int

    @classmethod
    def of(cls, values: Floats) -> Mean:
        """Return that of values (n,); those that are not finite are left out."""
        known = np.asarray(values, np.float64)[np.isfinite(values)]
        n = len(known)
        error = float(known.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
        return cls(float(known.mean()) if n else math.nan, error, n)


@dataclass(frozen=True)
class Contrast:
    """A mean over chosen images beside that over others, in one unit."""

    chosen: Mean
    others: Mean

    @property
    def difference(self) -> float:
        """Chosen minus others."""
        return self.chosen.value - self.others.value

    @property
    def standard_error(self) -> float:
        """That of the difference: no image is in both."""
        return math.hypot(self.chosen.standard_error, self.others.standard_error)


@dataclass(frozen=True)
class Effect:
    """How far a column tells chosen images from others, without unit, with its interval of CONFIDENCE.

    Attributes:
        column: its name.
        category: the category whose share is compared, or "" of a number, whose means are.
        size: Hedges' g of a number, Cohen's h of a share; positive where the chosen have more. By convention 0.2 is small, 0.8 large.
        low, high: limits of the interval.
        chosen, others: the means in `unit`, or the shares.
    """

    column: str
    category: str
    size: float
    low: float
    high: float
    chosen: float
    others: float
    unit: str = ""
    is_date: bool = False  # the means are seconds since 1970


def contrasts(columns: Sequence[Column], chosen: Mask, others: Mask) -> dict[str, Contrast]:
    """Return of each cost what the chosen images have of it beside the others, masks (N,) that share no image."""
    nats = [column for column in columns if column.group == "cost"]
    return {column.name: Contrast(Mean.of(column.values[chosen]), Mean.of(column.values[others])) for column in nats}


def effects(columns: Sequence[Column], chosen: Mask, others: Mask) -> list[Effect]:
    """Return what tells chosen images from others, masks (N,) that share no image; the largest effect first.

    Where the images lie is left out, since it is by that that sets are chosen, and so are texts that nearly every image has of its own.
    Of a column of categories those CATEGORIES are listed whose shares differ most. Intervals are those of large samples.
    Hedges & Olkin, Statistical Methods for Meta-Analysis (1985), chapter 5; Cohen, Statistical Power Analysis (1988), chapter 6.
    """
    found: list[Effect] = []
    for column in columns:
        if column.group in ("place", "dimension") or column.kind == "text":
            continue
        if column.kind == "category":
            found += list(_of_shares(column, chosen, others))
        elif (effect := _of_means(column, chosen, others)) is not None:
            found.append(effect)
    return sorted(found, key=lambda effect: -abs(effect.size))


def _of_means(column: Column, chosen: Mask, others: Mask) -> Effect | None:
    """Return Hedges' g of a column of numbers; None where it is not defined: no spread, or too few values."""
    values = np.asarray(column.values, np.float64)
    a, b = (values[mask & np.isfinite(values)] for mask in (chosen, others))
    if not len(a) or not len(b) or (freedom := len(a) + len(b) - 2) < 1:
        return None
    pooled = math.sqrt((((a - a.mean()) ** 2).sum() + ((b - b.mean()) ** 2).sum()) / freedom)
    if pooled <= 1e-12 * max(abs(a).max(), abs(b).max()):
        return None
    size = (1 - 3 / (4 * freedom - 1)) * (a.mean() - b.mean()) / pooled
    half = Z * math.sqrt(1 / len(a) + 1 / len(b) + size**2 / (2 * (len(a) + len(b))))
    return Effect(column.name, "", size, size - half, size + half, float(a.mean()), float(b.mean()), column.unit, column.kind == "date")


def _of_shares(column: Column, chosen: Mask, others: Mask) -> Iterator[Effect]:
    """Yield Cohen's h of the categories whose shares differ most: the difference of their arcsines, whose error knows no share."""
    counts = [np.bincount(column.values[mask & (column.values >= 0)], minlength=len(column.categories)) for mask in (chosen, others)]
    n, m = (int(each.sum()) for each in counts)
    if not n or not m:
        return
    a, b = counts[0] / n, counts[1] / m
    sizes = 2 * np.arcsin(np.sqrt(a)) - 2 * np.arcsin(np.sqrt(b))
    half = Z * math.sqrt(1 / n + 1 / m)
    for k in np.argsort(-abs(sizes), kind="stable")[:CATEGORIES]:
        if sizes[k]:
            size = float(sizes[k])
            yield Effect(column.name, column.categories[k], size, size - half, size + half, float(a[k]), float(b[k]))


def class_mix(labels: Ints, classes: int, chosen: Mask) -> tuple[Ints, Ints]:
    """Return how many of the chosen images, and of all, are of each class, (classes,) each."""
    return np.bincount(labels[chosen], minlength=classes), np.bincount(labels, minlength=classes)


# --------------------------------------------------------------------------- the way from one set to another


@dataclass(frozen=True)
class Direction:
    """The vector between the mean places of two sets, in the units of z, and how far other images would have turned it.

    Attributes:
        vector: (d,) from the first set to the second.
        standard_error: (d,), over samples of the images of both sets with replacement (a bootstrap).
        turn: degrees to the vectors of these samples, their median: near 90 it points nowhere. NaN where the vector has no length, or a
            set has one image, of which every sample is the same.
    """

    vector: Float64s
    standard_error: Float64s
    turn: float

    @property
    def length(self) -> float:
        """Its length in the units of z."""
        return float(np.linalg.norm(self.vector))


def direction(mu: Floats, start: Mask, end: Mask, *, seed: int = 0, rounds: int = RESAMPLED) -> Direction | None:
    """Return the vector between the mean places of two sets, of means mu (N, d) and masks (N,); None where a set is empty.

    An attribute vector, as in White, Sampling Generative Networks (2016), section 3.2.
    """
    a, b = (np.asarray(mu[mask], np.float64) for mask in (start, end))
    if not len(a) or not len(b):
        return None
    rng, vector = np.random.default_rng(seed), b.mean(0) - a.mean(0)
    drawn = np.array([b[rng.integers(len(b), size=len(b))].mean(0) - a[rng.integers(len(a), size=len(a))].mean(0) for _ in range(rounds)])
    lengths = np.linalg.norm(drawn, axis=1) * np.linalg.norm(vector)
    cosines = (drawn @ vector)[lengths > 0] / lengths[lengths > 0]
    is_known = len(cosines) > 0 and min(len(a), len(b)) > 1
    turn = float(np.degrees(np.arccos(np.clip(np.median(cosines), -1, 1)))) if is_known else math.nan
    return Direction(vector, drawn.std(0, ddof=1), turn)


def walk(decoder: Decoder, z: Floats, way: Direction, amounts: Sequence[float]) -> NDArray[np.float32]:
    """Return what the model draws at z (d,) moved along a direction by each amount, 1 being its whole length: (len(amounts), *event)."""
    places = np.asarray(z, np.float64) + np.asarray(amounts, np.float64)[:, None] * way.vector
    return decoder.decode_mean(places)


# --------------------------------------------------------------------------- its pictures


def mean_picture(run: Run, rows: Ints) -> Float64s:
    """Return the mean of the images of these rows (n,), n at least 1, over the value of white: (*event).

    Raises:
        MissingImages: they are not on this computer.
    """
    dataset = run.images()
    whole = np.zeros(dataset.event_shape)
    for start in range(0, len(rows), AT_ONCE):
        whole += np.asarray(dataset.values[np.sort(rows[start : start + AT_ONCE])], np.float64).sum(0)
    return whole / (len(rows) * dataset.divisor)


def contact_sheet(run: Run, rows: Ints) -> NDArray[np.uint8]:
    """Return the images of these rows (n,), SHEET at most, side by side in the order of the rows, as near to a square as it goes.

    Raises:
        MissingImages: they are not on this computer.
    """
    dataset, rows = run.images(), np.sort(rows)[:SHEET]
    columns = math.ceil(math.sqrt(len(rows)))
    cells = np.zeros((columns * math.ceil(len(rows) / columns), *dataset.event_shape), np.uint8)
    for start in range(0, len(rows), AT_ONCE):
        part = np.asarray(dataset.values[rows[start : start + AT_ONCE]], np.float32)
        cells[start : start + len(part)] = to_pixels(part / np.float32(dataset.divisor))
    return mosaic_of(cells.reshape(-1, columns, *dataset.event_shape))


def centroid(run: Run, chosen: Mask) -> NDArray[np.float32]:
    """Return what the model draws at the mean of the places of chosen images, a mask (N,) that is not empty: (*event)."""
    return run.decoder().decode_mean(run.latents().mu[chosen].mean(0, dtype=np.float64)[None])[0]
