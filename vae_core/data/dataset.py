"""Images and what is known about them: where they come from, and which of them train, validate and test."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from vae_core.config import DataConfig
from vae_core.data import image_files as imports
from vae_core.data import mnist as idx
from vae_core.data import synthetic as worlds
from vae_core.data.download import DownloadError
from vae_core.data.npy import UnusableFile, look
from vae_core.data.rows import DataError as DataError
from vae_core.data.rows import Rows
from vae_core.messages import Message

ROWS_AT_ONCE = 1024  # bounds the memory of hashing


@dataclass(frozen=True, eq=False)  # compared by identity: arrays have no single truth value
class Dataset:
    """Images (or points, or table rows), their labels and their origin.

    Attributes:
        values: (N, *event) uint8 or float32, in memory or in their file; images are (N, H, W).
        divisor: what a value is divided by to lie in [0, 1]; digits 16, images 255.
        labels: (N,) int64, indices into `class_names`, or None.
        official_test: so many last rows are the official test set; 0 where there is none.
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

    def __post_init__(self) -> None:
        count = len(self.values)
        if not count:
            raise DataError(f"{self.name} holds no images; give it at least one.")
        if self.labels is None:
            return
        if len(self.labels) != count:
            raise DataError(f"{self.name} holds {count} images but {len(self.labels)} labels; give one label for each image.")
        if self.labels.min() < 0 or self.labels.max() >= len(self.class_names):
            raise DataError(f"{self.name} has a label outside 0 to {len(self.class_names) - 1}; correct its labels or its class names.")

    @property
    def event_shape(self) -> tuple[int, ...]:
        """Return the shape of one row of `values`, (H, W) for images."""
        return self.values.shape[1:]

    @cached_property
    def extremes(self) -> tuple[float, float]:
        """Return the smallest and the largest value over the divisor; NaN where any value is NaN."""
        low, high = self.limits or imports.smallest_and_largest(self.values)
        return low / self.divisor, high / self.divisor

    @cached_property
    def sha256(self) -> str:
        """Return the SHA-256 in hex of type, shape, values and labels, the same on every machine."""
        return self._digest()

    def is_as_it_was(self) -> bool:
        """Tell whether the values are still those of `sha256`, which values in memory always are; else all of them are read anew."""
        return isinstance(self.values, np.ndarray) or self._digest() == self.sha256

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for array in (self.values, self.labels):
            if array is None:
                continue
            kind = array.dtype.newbyteorder("<")
            digest.update(f"{kind.str}{array.shape}".encode())
            for start in range(0, len(array), ROWS_AT_ONCE):
                digest.update(np.ascontiguousarray(array[start : start + ROWS_AT_ONCE], dtype=kind).tobytes())
        return digest.hexdigest()


# --- splitting ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Split:
    """Sorted int64 row numbers of the three parts, which share no row and together hold all, or as many as `most` allows."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def split(dataset: Dataset, config: DataConfig) -> Split:
    """Return the rows for training, validation and test, drawn from `config.split_seed`.

    An official test set is kept as it is; `test_fraction` counts only where there is none. `validation_fraction` is a share of the
    rows that are not for the test. Fractions of 0 give empty parts; at least one row always trains.
    """
    count = len(dataset.values)
    free = count - dataset.official_test
    rows = np.random.default_rng(config.split_seed).permutation(free).astype(np.int64)[: config.most or None]
    _, n_validation, n_test = sizes(count, dataset.official_test, config)
    start = 0 if dataset.official_test else n_test
    test = np.arange(free, count, dtype=np.int64) if dataset.official_test else np.sort(rows[:start])
    validation, train = np.split(rows[start:], [n_validation])
    return Split(np.sort(train), np.sort(validation), test)


def sizes(count: int, official_test: int, config: DataConfig) -> tuple[int, int, int]:
    """Return how many of `count` images, the last `official_test` of them the official test set, are for training, validation and test."""
    free = min(count - official_test, config.most or count)
    n_test = 0 if official_test else _share(free, config.test_fraction)
    n_validation = _share(free - n_test, config.validation_fraction)
    return free - n_test - n_validation, n_validation, official_test or n_test


def _share(count: int, fraction: float) -> int:
    return min(round(count * fraction), count - 1)


# --- the datasets ------------------------------------------------------------------------------------------------------------


def _digits_table() -> tuple[np.ndarray, np.ndarray]:
    """Return images (1797, 8, 8) and labels out of scikit-learn's own file, since importing scikit-learn takes more than a second."""
    package = importlib.util.find_spec("sklearn")
    for folder in (package.submodule_search_locations or ()) if package else ():
        if (file := Path(folder, "datasets", "data", "digits.csv.gz")).is_file():
            table = np.loadtxt(io.BytesIO(gzip.decompress(file.read_bytes())), delimiter=",", dtype=np.int64)
            return table[:, :-1].reshape(-1, 8, 8).astype(np.uint8), table[:, -1]
    from sklearn.datasets import load_digits  # another release may keep it elsewhere

    bunch = load_digits()
    return bunch.images.astype(np.uint8), bunch.target.astype(np.int64)


def digits() -> Dataset:
    """Return scikit-learn's 1797 digits of 8x8 pixels with values 0 to 16, which need no network and no file."""
    values, labels = _digits_table()
    return Dataset(
        name="digits",
        values=values,
        divisor=16.0,
        kind="image",
        labels=labels,
        class_names=tuple("0123456789"),
        source="Optical Recognition of Handwritten Digits (test part), E. Alpaydin, C. Kaynak, UCI repository, as in scikit-learn",
        licence="CC BY 4.0",
    )


def fetched(name: str) -> Dataset:
    """Return MNIST or Fashion-MNIST, from VAE_DATA_DIR, else the per-user cache, else the network.

    Raises:
        DataError: a file is damaged, or is absent and cannot be downloaded.
    """
    try:
        return Dataset(**idx.read(name))
    except (DownloadError, UnusableFile) as error:
        raise DataError(str(error)) from error


def own(name: str, *, is_noted: bool = True) -> Dataset:
    """Return a user's own images: `name` is a .npy file, which stays on the disk; labels are read from `<stem>-labels.npy` beside it.

    Args:
        is_noted: remember where it is as the place that was used last.

    Raises:
        DataError: there is no such file, or it does not hold images.
    """
    try:
        path, values = imports.images(name, is_noted=is_noted)
        labels = imports.labels(path, len(values))
        divisor, taken = imports.white(path, values)
    except UnusableFile as error:
        raise DataError(str(error)) from error
    classes = () if labels is None else tuple(map(str, range(int(labels.max()) + 1)))
    source = "a file of the user's own"
    return Dataset(path.stem, values, divisor, "image", labels, classes, source=source, limits=imports.extremes(path), taken=taken)


def glyphs() -> Dataset:
    """Return turned and scaled letters, drawn here: no network, no file, and the true turn and height of each as `factors`."""
    return Dataset(**worlds.glyphs())


def _made(make: Callable[..., dict[str, Any]], *which: Any) -> Dataset:
    return Dataset(**make(*which))


DATASETS: dict[str, Callable[[], Dataset]] = {"digits": digits, "glyphs": glyphs, **{name: partial(fetched, name) for name in idx.SOURCES}}
# Worlds that the story's runs learn from; they are loaded by name like the others and not offered as choices.
WORLDS: dict[str, Callable[[], Dataset]] = {
    **{name: partial(_made, worlds.curve, name) for name in worlds.CURVES},
    "five": partial(_made, worlds.fives),
    "five-full": partial(_made, worlds.fives, 180.0, "five-full"),
}


def load(name: str) -> Dataset:
    """Return the dataset called `name`, or the images in the .npy file of that name.

    Raises:
        DataError: there is no such dataset, or its files cannot be had.
    """
    if imports.is_own(name):
        return own(name)
    _check_name(name)
    return (DATASETS | WORLDS)[name]()


def with_hash(name: str, sha256: str) -> Dataset | None:
    """Return the dataset of this name with this hash; None where only others are at hand. Several files of a user's may have one name.

    Raises:
        DataError: none can be had.
    """
    places = imports.places(name) if imports.is_own(name) else []
    refusals, others = [], 0
    for load_one in [partial(own, str(place), is_noted=False) for place in places] or [partial(load, name)]:
        try:
            if (dataset := load_one()).sha256 == sha256:
                return dataset
            others += 1
        except DataError as error:
            refusals.append(error)
    if not others:
        raise refusals[0]
    return None


def mark(name: str) -> str:
    """Return a text that changes when what is at hand under this name does; empty where nothing is. No file is opened."""
    if not (imports.is_own(name) or name in DATASETS or name in WORLDS) or not is_at_hand(name):
        return ""
    if imports.is_own(name):
        files = [path for place in imports.places(name) for path in (place, imports.beside(place))]
    elif name in idx.SOURCES:
        files = [Path(idx.SOURCES[name].folder.path(file)) for file in idx.SOURCES[name].folder.files]
    else:
        return name
    seen = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files if path.is_file()]
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def is_at_hand(name: str) -> bool:
    """Return whether `load` needs no network: its files, if it has any, are there and have the right size.

    Raises:
        DataError: there is no such dataset.
    """
    if imports.is_own(name):
        return bool(imports.places(name))
    _check_name(name)
    return name not in idx.SOURCES or idx.SOURCES[name].folder.is_at_hand()


def _check_name(name: str) -> None:
    if name in DATASETS or name in WORLDS:
        return
    path = Path(os.path.expanduser(name))  # unlike those of pathlib, these functions have an answer for every name
    if os.path.exists(path):
        raise DataError(look(path))
    if path.suffix or path.name != name:
        raise DataError(f"There is no file {name}; give the path of a .npy file, or put it into the folder that VAE_DATA_DIR names.")
    raise DataError(f"There is no dataset {name!r}; choose one of {', '.join(DATASETS)}, or give the path of a .npy file of your own.")
