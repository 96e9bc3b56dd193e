"""Images and what is known about them, and which of them train, validate and test."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from vae_core.arrays import Ints
from vae_core.config import DataConfig
from vae_core.data.download import RemoteFolder
from vae_core.data.errors import DataError
from vae_core.data.left_out import kept_rows
from vae_core.data.rows import ROWS_AT_ONCE, Rows, smallest_and_largest
from vae_core.messages import Message


@dataclass(frozen=True, eq=False)  # compared by identity: arrays have no single truth value
class Dataset:
    """Images (or points, or table rows), their labels and their origin.

    >>> import numpy, vae_core
    >>> images = numpy.random.default_rng(0).integers(0, 256, (100, 28, 20), numpy.uint8)
    >>> noise = vae_core.Dataset("noise", images, divisor=255.0, kind="image")
    >>> noise.event_shape
    (28, 20)

    Attributes:
        values: (N, *event) uint8 or float32, in memory or in their file; images are (N, H, W).
        divisor: what a value is divided by to lie in [0, 1]; digits 16, images 255.
        labels: (N,) int64, indices into `class_names`, or None.
        official_test: so many last rows are the official test set; 0 where there is none.
        official_validation: so many rows before those are the official validation set; 0 where there is none.
        factors: (N, k) true factors of variation, where they are known.
        limits: smallest and largest of `values`, where they have been looked for already.
        taken: the sentence that says which value was taken for white, where the dataset itself does not.

    Raises:
        DataError: no rows, or labels that do not fit the values.
    """

    name: str
    values: np.ndarray | Rows
    divisor: float
    kind: Literal["image", "points", "table"]
    labels: np.ndarray | None = None
    class_names: tuple[str, ...] = ()
    official_test: int = 0
    factors: np.ndarray | None = None
    source: str = ""
    licence: str = ""
    limits: tuple[float, float] | None = None
    taken: Message | None = None
    official_validation: int = 0

    def __post_init__(self) -> None:
        count = len(self.values)
        if not count:
            raise DataError("{name} holds no images; give it at least one.", name=self.name)
        if self.n_free < 1:
            raise DataError(
                "{name} keeps all of its {count} images for validation and test; leave at least one to train on.",
                name=self.name,
                count=count,
            )
        if self.labels is None:
            return
        if len(self.labels) != count:
            raise DataError(
                "{name} holds {images} images but {labels} labels; give one label for each image.",
                name=self.name,
                images=count,
                labels=len(self.labels),
            )
        if self.labels.min() < 0 or self.labels.max() >= len(self.class_names):
            raise DataError(
                "{name} has a label outside 0 to {most}; correct its labels or its class names.",
                name=self.name,
                most=len(self.class_names) - 1,
            )

    @property
    def event_shape(self) -> tuple[int, ...]:
        """Return the shape of one row of `values`, (H, W) for images."""
        return self.values.shape[1:]

    @property
    def n_free(self) -> int:
        """Number of rows, the first ones, that belong to no official part."""
        return len(self.values) - self.official_validation - self.official_test

    @cached_property
    def extremes(self) -> tuple[float, float]:
        """Return the smallest and the largest value over the divisor; NaN where any value is NaN."""
        low, high = self.limits or smallest_and_largest(self.values)
        return low / self.divisor, high / self.divisor

    @cached_property
    def sha256(self) -> str:
        """Return the SHA-256 in hex of type, shape, values and labels, the same on every machine."""
        return self._digest()

    def is_as_it_was(self) -> bool:
        """Tell whether the values are still those of `sha256`, which values in memory always are; else all of them are read anew."""
        return isinstance(self.values, np.ndarray) or self._digest() == self.sha256

    def _digest(self) -> str:
        digest = Digest()
        for array in (self.values, self.labels):
            if array is None:
                continue
            digest.begin(array.dtype, array.shape)
            for start in range(0, len(array), ROWS_AT_ONCE):
                digest.add(array[start : start + ROWS_AT_ONCE])
        return digest.hexdigest()


class Digest:
    """The SHA-256 of a dataset while its arrays are read or written, in parts of any size: of values, then of labels if there are any."""

    def __init__(self) -> None:
        self.hash = hashlib.sha256()
        self.kind = np.dtype(np.uint8)

    def begin(self, dtype: np.dtype[Any], shape: Sequence[int]) -> None:
        """Go on with an array of this type and shape."""
        self.kind = dtype.newbyteorder("<")
        self.hash.update(f"{self.kind.str}{tuple(shape)}".encode())

    def add(self, rows: np.ndarray) -> None:
        """Add the next rows of it."""
        self.hash.update(np.ascontiguousarray(rows, dtype=self.kind).reshape(-1).data)

    def hexdigest(self) -> str:
        """Return it in hex."""
        return self.hash.hexdigest()


@dataclass(frozen=True)
class DatasetSource:
    """Where a dataset comes from, and what is known of it without its images.

    Attributes:
        load: returns it; raises DataError where its files cannot be had.
        count: how many images there are in all.
        event_shape: shape of one image.
        divisor: the value of full ink; both 0 and it occur.
        official_test: so many last images are the official test set.
        download: its files, where it is not made here.
        official_validation: so many images before those are the official validation set.
    """

    load: Callable[[], Dataset]
    count: int
    event_shape: tuple[int, ...]
    divisor: float
    official_test: int = 0
    download: RemoteFolder | None = None
    official_validation: int = 0

    @property
    def is_available(self) -> bool:
        """Whether `load` needs no network."""
        return self.download is None or self.download.is_available()

    def placeholder(self, name: str) -> Dataset:
        """Return a dataset of the same size and range, all of whose images are one and the same."""
        picture = np.zeros(self.event_shape, np.uint8)
        picture.flat[0] = self.divisor
        values = np.broadcast_to(picture, (self.count, *self.event_shape))
        return Dataset(name, values, self.divisor, "image", official_test=self.official_test, official_validation=self.official_validation)


@dataclass(frozen=True, eq=False)
class Split:
    """Sorted int64 row numbers of the three parts, which share no row and together hold all, or as many as `most` allows."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def split(dataset: Dataset, config: DataConfig) -> Split:
    """Return the rows for training, validation and test, drawn from `config.split_seed`.

    Rows that `config.left_out` names are in no part. Official validation and test sets are kept as they are without them; where nothing but
    official rows is left, these are split like others. A fraction counts only where its set is not official. `validation_fraction` is a
    share of the rows that are not for the test. Fractions of 0 give empty parts; at least one row always trains.

    Raises:
        ConfigError: every row is left out.
    """
    free, validation, test = _official(dataset, config)
    rows = free[np.random.default_rng(config.split_seed).permutation(len(free))][: config.most or None]
    sizes = _drawn(len(free), len(validation), len(test), config)
    drawn_test, drawn_validation, train = np.split(rows, np.cumsum(sizes))
    return Split(np.sort(train), np.sort(validation if len(validation) else drawn_validation), np.sort(test if len(test) else drawn_test))


@dataclass(frozen=True)
class SplitSizes:
    """The shape of an image, and how many there are for training, validation and test."""

    event_shape: tuple[int, ...]
    n_train: int
    n_validation: int
    n_test: int

    @property
    def pixels(self) -> int:
        """Numbers in one image."""
        return math.prod(self.event_shape)


def split_sizes(dataset: Dataset, config: DataConfig) -> SplitSizes:
    """Return how many images `split` gives to each part."""
    free, validation, test = map(len, _official(dataset, config))
    n_test, n_validation = _drawn(free, validation, test, config)
    n_train = min(free, config.most or free) - n_test - n_validation
    return SplitSizes(dataset.event_shape, n_train, validation or n_validation, test or n_test)


def _official(dataset: Dataset, config: DataConfig) -> tuple[Ints, Ints, Ints]:
    """Return the rows of no official part, of the official validation set, and of the official test set."""
    kept = kept_rows(config.left_out, len(dataset.values))
    free, validation, test = np.split(kept, np.searchsorted(kept, [dataset.n_free, dataset.n_free + dataset.official_validation]))
    return (free, validation, test) if len(free) else (kept, free, free)


def _drawn(free: int, validation: int, test: int, config: DataConfig) -> tuple[int, int]:
    """Return how many rows of no official part are drawn for the test, and how many for validation; none where that set is official."""
    free = min(free, config.most or free)
    n_test = 0 if test else _share(free, config.test_fraction)
    return n_test, 0 if validation else _share(free - n_test, config.validation_fraction)


def _share(count: int, fraction: float) -> int:
    return min(round(count * fraction), count - 1)


def describe(dataset: Dataset, parts: Split) -> dict[str, Any]:
    """Return what config.json keeps of a dataset, so that no page needs the images to name them."""
    return {
        "name": dataset.name,
        "sha256": dataset.sha256,
        "kind": dataset.kind,
        "event_shape": list(dataset.event_shape),
        "divisor": dataset.divisor,
        "class_names": list(dataset.class_names),
        "source": dataset.source,
        "licence": dataset.licence,
        **({"taken": dataset.taken.record()} if dataset.taken else {}),
        **({"type": "float32"} if dataset.kind == "image" and dataset.values.dtype == np.float32 else {}),
        **{f"n_{name}": len(rows) for name, rows in asdict(parts).items()},
    }
