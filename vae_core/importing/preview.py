"""What an import would bring, seen before anything is written: examples, counts, values, which way the ink runs, and duplicates."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Ints
from vae_core.data.binarisation import is_ink_dark
from vae_core.data.pictures import to_pixels
from vae_core.importing.source import ROWS_AT_ONCE, ImageSource, LeftOut, Survey

MOST_LOOKED, MOST_BYTES = 2048, 1 << 26  # images whose pixels are looked at, and bytes of them
EXAMPLES = 6  # of a class
MOST_GROUPS = 12  # classes that have examples; without classes so many times EXAMPLES
END = 0.05  # a value so near to black or to white counts as that


@dataclass(frozen=True, eq=False)
class Examples:
    """Some images of a class: its index in class_names, -1 where there are no classes; their pictures (n, [3,] H, W), 0 to 255."""

    label: int
    pictures: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Preview:
    """A survey, and what looking at some of the images themselves adds to it.

    Attributes:
        counts: images of each class, in the order of class_names; empty where there are none.
        n_train, n_validation, n_test: images of each official part; the last two are 0 where the source has no such parts.
        examples: of the largest classes, or of all images alike.
        looked: how many images' pixels were looked at, spread evenly over all; what follows is about these.
        low, high: their extremes, where 0 is black and 1 is white.
        extreme_share: how many of their values are black or white, or nearly so.
        is_binary: whether no other value occurs than 0 and 1.
        is_dark: whether they are dark ink on light paper; None in colour, where that means nothing.
        duplicates: how many repeat another one pixel for pixel.
    """

    survey: Survey
    counts: tuple[int, ...]
    n_train: int
    n_validation: int
    n_test: int
    examples: tuple[Examples, ...]
    looked: int
    low: float
    high: float
    extreme_share: float
    is_binary: bool
    is_dark: bool | None
    duplicates: int

    @property
    def is_colour(self) -> bool:
        """Whether the images have colours after the import."""
        return len(self.survey.shape) == 3


def preview(source: ImageSource) -> Preview:
    """Look at a source without writing anything: at its survey, and at the pixels of a bounded number of images.

    Raises:
        UnusableFile: nothing can be imported from it. ChangedFile: it was changed meanwhile.
    """
    while True:
        try:
            return _seen(source)
        except LeftOut:  # of the survey: damaged images are fewer each time, until it says itself that too few are left
            continue


def _seen(source: ImageSource) -> Preview:
    survey = source.survey()
    size = math.prod(survey.shape) * survey.dtype.itemsize
    looked = min(survey.count, MOST_LOOKED, max(1, MOST_BYTES // size))
    images = _read(source, np.linspace(0, survey.count - 1, looked).round().astype(np.int64))
    units = [_units(images[start : start + ROWS_AT_ONCE], survey.divisor) for start in range(0, looked, ROWS_AT_ONCE)]
    ends = [float(np.mean((part <= END) | (part >= 1 - END))) * len(part) for part in units]
    return Preview(
        survey=survey,
        counts=() if survey.labels is None else tuple(np.bincount(survey.labels, minlength=len(survey.class_names)).tolist()),
        n_train=survey.count - survey.n_validation - survey.n_test,
        n_validation=survey.n_validation,
        n_test=survey.n_test,
        examples=_examples(source, survey),
        looked=looked,
        low=min(float(part.min()) for part in units),
        high=max(float(part.max()) for part in units),
        extreme_share=sum(ends) / looked,
        is_binary=all(bool(np.isin(part, (0, 1)).all()) for part in units),
        is_dark=is_ink_dark(images) if len(survey.shape) == 2 else None,
        duplicates=looked - len({hashlib.sha256(image.tobytes()).digest() for image in images}),
    )


def _read(source: ImageSource, rows: Ints) -> NDArray[np.generic]:
    return np.concatenate([source.read(rows[start : start + ROWS_AT_ONCE]) for start in range(0, len(rows), ROWS_AT_ONCE)])


def _units(images: NDArray[np.generic], divisor: float) -> NDArray[np.float32]:
    """Return values as float32 with black at 0 and white at 1."""
    return np.divide(images, np.float32(divisor), dtype=np.float32)


def _examples(source: ImageSource, survey: Survey) -> tuple[Examples, ...]:
    """Read some images of each of the largest classes, in the order of their names, or some spread over all images."""
    if survey.labels is None:
        groups = {-1: _spread(np.arange(survey.count), EXAMPLES * MOST_GROUPS)}
    else:
        found, counts = np.unique(survey.labels, return_counts=True)
        largest = np.sort(found[np.argsort(-counts, kind="stable")[:MOST_GROUPS]])
        groups = {int(label): _spread(np.flatnonzero(survey.labels == label), EXAMPLES) for label in largest}
    return tuple(Examples(label, to_pixels(_units(source.read(rows), survey.divisor))) for label, rows in groups.items())


def _spread(rows: Ints, most: int) -> Ints:
    """Return so many of these rows at most, evenly spread over them."""
    return rows[np.linspace(0, len(rows) - 1, min(len(rows), most)).round().astype(np.int64)]
