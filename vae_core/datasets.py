"""Images and what is known about them: reading, splitting, and how pixels become numbers in [0, 1]."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import io
import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from vae_core import imports, worlds
from vae_core.config import PIXELS, DataConfig
from vae_core.download import DownloadError, RemoteFile, RemoteFolder

LARGEST = 60_000 * 28 * 28 + 16  # bytes of the longest MNIST-like file, unpacked
ROWS_AT_ONCE = 1024  # bounds the memory of hashing and of random draws


class DataError(Exception):
    """Data that cannot be used; the message is one plain sentence with the cause and the remedy."""


@dataclass(frozen=True, eq=False)  # compared by identity: arrays have no single truth value
class Dataset:
    """Images (or points, or table rows), their labels and their origin.

    Attributes:
        values: (N, *event) uint8, float32 or memory-mapped; images are (N, H, W).
        divisor: what a value is divided by to lie in [0, 1]; digits 16, images 255.
        labels: (N,) int64, indices into `class_names`, or None.
        official_test: so many last rows are the official test set; 0 where there is none.
        factors: (N, k) true factors of variation, where they are known.

    Raises:
        DataError: no rows, or labels that do not fit the values.
    """

    name: str
    values: np.ndarray
    divisor: float
    kind: Literal["image", "points", "table"]
    labels: np.ndarray | None = None
    class_names: tuple[str, ...] = ()
    official_test: int = 0
    factors: np.ndarray | None = None
    source: str = ""
    licence: str = ""

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
        parts = [self.values[start : start + ROWS_AT_ONCE] for start in range(0, len(self.values), ROWS_AT_ONCE)]
        low, high = np.min([part.min() for part in parts]), np.max([part.max() for part in parts])
        return float(low) / self.divisor, float(high) / self.divisor

    @cached_property
    def sha256(self) -> str:
        """Return the SHA-256 in hex of type, shape, values and labels, the same on every machine."""
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


# --- pixels ------------------------------------------------------------------------------------------------------------------


def prepare(values: Any, divisor: float, pixels: str, uniforms: Any = None) -> Any:
    """Return `values` as float32 in [0, 1], treated as `pixels` says; numpy arrays and torch tensors alike.

    Args:
        values: (B, *event), from 0 to `divisor`.
        divisor: the value of full ink.
        pixels: grey (value / divisor), thresholded (1 from one half on), static or dynamic (1 with the probability of the grey value).
        uniforms: (B, *event) in [0, 1), needed for static (`static_uniforms`) and dynamic (new ones each time); else ignored.

    Raises:
        ValueError: an unknown treatment, or uniforms that are missing or of another shape.
    """
    grey = _grey(values, float(divisor))
    if pixels == "grey":
        return grey
    if pixels == "thresholded":
        return _float32(grey >= 0.5)
    if pixels not in PIXELS:
        raise ValueError(f"pixels is {pixels!r}; choose one of {', '.join(PIXELS)}.")
    if uniforms is None or uniforms.shape != grey.shape:
        raise ValueError(f"pixels {pixels!r} needs uniforms of the shape of the values, {tuple(grey.shape)}.")
    return _float32(uniforms < grey)


def _grey(values: Any, divisor: float) -> Any:
    if isinstance(values, np.ndarray):
        return np.divide(values, np.float32(divisor), dtype=np.float32)
    return _float32(values / divisor)  # torch turns whole numbers into float32 on the way: one pass instead of two


def _float32(array: Any) -> Any:
    return array.astype(np.float32) if isinstance(array, np.ndarray) else array.float()


def static_uniforms(rows: np.ndarray, event_shape: Sequence[int], seed: int) -> np.ndarray:
    """Return one fixed draw per row, keyed by (seed, row): a row has the same numbers whichever subset it is asked for in.

    Philox is a counter-based generator (Salmon et al. 2011, doi 10.1145/2063384.2063405): each row owns a stretch of the counter, and
    its bits are the same in every version of numpy.

    Args:
        rows: (B,) row numbers in the dataset, in any order.
        event_shape: shape of one row.
        seed: any whole number from 0.

    Returns:
        (B, *event_shape) float32 in [0, 1), multiples of 2**-24, so that none is rounded to 1.
    """
    size = math.prod(event_shape)
    steps = -(-size // 8)  # one step of the counter gives 4 words of 64 bits, that is 8 numbers
    generator, position = np.random.Philox(seed), 0
    uniforms = np.empty((len(rows), size), np.float32)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        block = np.asarray(rows[start : start + ROWS_AT_ONCE])
        words = np.empty((len(block), 4 * steps), "<u8")
        for i, row in enumerate(block.tolist()):
            generator.advance(row * steps - position)
            words[i] = generator.random_raw(4 * steps)
            position = (row + 1) * steps
        uniforms[start : start + len(block)] = (words.view("<u4")[:, :size] >> 8) * np.float32(2**-24)
    return uniforms.reshape(len(rows), *event_shape)


# --- idx files ---------------------------------------------------------------------------------------------------------------


def gunzip(packed: bytes, name: str, limit: int) -> bytes:
    """Return the unpacked bytes, reading no more than `limit` of them, so that a small file cannot fill the memory.

    Raises:
        DataError: not a gzip file, cut off, damaged, or longer than `limit` bytes.
    """
    try:
        raw = gzip.GzipFile(fileobj=io.BytesIO(packed)).read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{name} is not a whole gzip file; replace it by an undamaged copy.") from error
    if len(raw) > limit:
        raise DataError(f"{name} unpacks to more than the {limit} bytes it may have; replace it by the right file.")
    return raw


def parse_idx(raw: bytes, name: str, dimensions: int) -> np.ndarray:
    """Return the array in an idx file of unsigned bytes: 0 0 8 d, then d big-endian sizes of 32 bits, then the values in row-major order.

    Args:
        raw: the unpacked file.
        name: how messages call it.
        dimensions: 1 for labels (magic number 2049), 3 for images (2051).

    Returns:
        uint8, read-only (it shares memory with `raw`).

    Raises:
        DataError: another magic number, an empty array, or a length that is not the product of the sizes.
    """
    start = 4 + 4 * dimensions
    if raw[:4] != bytes((0, 0, 8, dimensions)) or len(raw) < start:
        raise DataError(f"{name} is not an idx file of {'labels' if dimensions == 1 else 'images'}; replace it by the right file.")
    shape = tuple(np.frombuffer(raw, ">u4", dimensions, 4).tolist())
    if not math.prod(shape):
        raise DataError(f"{name} holds no values (its sizes are {shape}); replace it by the right file.")
    if math.prod(shape) != len(raw) - start:
        raise DataError(f"{name} announces {math.prod(shape)} values but holds {len(raw) - start}; replace it by a whole copy.")
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape)


# --- the datasets ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class IdxSource:
    """An MNIST-like dataset: gzipped idx files with training images, training labels, test images, test labels, in this order."""

    folder: RemoteFolder
    class_names: tuple[str, ...]
    source: str
    licence: str


def _files(*sizes_and_hashes: tuple[int, str]) -> tuple[RemoteFile, ...]:
    names = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")
    return tuple(RemoteFile(name, *facts) for name, facts in zip(names, sizes_and_hashes, strict=True))


IDX_SOURCES = {
    "mnist": IdxSource(
        RemoteFolder(
            name="mnist",
            title="MNIST",
            files=_files(
                (9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
                (28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
                (1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
                (4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
            ),
            mirrors=("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"),
        ),
        class_names=tuple("0123456789"),
        source="MNIST, Yann LeCun, Corinna Cortes, Christopher J.C. Burges, from NIST special databases 1 and 3",
        licence="CC BY-SA 3.0, as the Keras documentation states it",
    ),
    "fashion-mnist": IdxSource(
        RemoteFolder(
            name="fashion-mnist",
            title="Fashion-MNIST",
            files=_files(
                (26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
                (29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
                (4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
                (5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
            ),
            mirrors=(
                "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/b2617bb6d3ffa2e429640350f613e3291e10b141/data/fashion/",
                "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            ),
        ),
        class_names=("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        source="Fashion-MNIST, Han Xiao, Kashif Rasul, Roland Vollgraf, arXiv 1708.07747",
        licence="MIT, Copyright 2017 Zalando SE",
    ),
}


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


def idx_dataset(name: str) -> Dataset:
    """Return the dataset of IDX_SOURCES called `name`, from VAE_DATA_DIR, else the per-user cache, else the network.

    Raises:
        DataError: a file is damaged, or is absent and cannot be downloaded.
    """
    source = IDX_SOURCES[name]
    try:
        packed = source.folder.read()
    except DownloadError as error:
        raise DataError(str(error)) from error
    images, labels, test_images, test_labels = (
        parse_idx(gunzip(content, file.name, LARGEST), file.name, 3 if "idx3" in file.name else 1)
        for file, content in zip(source.folder.files, packed, strict=True)
    )
    if images.shape[1:] != test_images.shape[1:] or len(test_images) != len(test_labels):
        raise DataError(f"The test images of {name} do not fit its training images or its test labels; replace its files.")
    return Dataset(
        name=name,
        values=np.concatenate((images, test_images)),
        divisor=255.0,
        kind="image",
        labels=np.concatenate((labels, test_labels)).astype(np.int64),
        class_names=source.class_names,
        official_test=len(test_images),
        source=source.source,
        licence=source.licence,
    )


def own(name: str) -> Dataset:
    """Return a user's own images: `name` is a .npy file, which stays on the disk; labels are read from `<stem>-labels.npy` beside it.

    Raises:
        DataError: there is no such file, or it does not hold images.
    """
    try:
        path, values = imports.images(name)
        labels = imports.labels(path, len(values))
    except imports.UnusableFile as error:
        raise DataError(str(error)) from error
    classes = () if labels is None else tuple(map(str, range(int(labels.max()) + 1)))
    divisor = 255.0 if values.dtype == np.uint8 else 1.0
    dataset = Dataset(path.stem, values, divisor, "image", labels, classes, source="a file of the user's own")
    low, high = (0.0, 1.0) if values.dtype == np.uint8 else dataset.extremes
    if not (low >= 0 and high <= 1):  # also where they are not numbers
        raise DataError(f"{path.name} holds float32 from {low:.3g} to {high:.3g}; shift and scale its values to lie between 0 and 1.")
    return dataset


def glyphs() -> Dataset:
    """Return turned and scaled letters, drawn here: no network, no file, and the true turn and height of each as `factors`."""
    return Dataset(**worlds.glyphs())


def _made(make: Callable[..., dict[str, Any]], *which: Any) -> Dataset:
    return Dataset(**make(*which))


IDX_LOADERS = {name: partial(idx_dataset, name) for name in IDX_SOURCES}
DATASETS: dict[str, Callable[[], Dataset]] = {"digits": digits, "glyphs": glyphs, **IDX_LOADERS}
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


def is_at_hand(name: str) -> bool:
    """Return whether `load` needs no network: its files, if it has any, are there and have the right size.

    Raises:
        DataError: there is no such dataset.
    """
    if imports.is_own(name):
        return imports.find(name) is not None
    _check_name(name)
    return name not in IDX_SOURCES or IDX_SOURCES[name].folder.is_at_hand()


def _check_name(name: str) -> None:
    if name not in DATASETS and name not in WORLDS:
        raise DataError(f"There is no dataset {name!r}; choose one of {', '.join(DATASETS)}, or give the path of a .npy file of your own.")
