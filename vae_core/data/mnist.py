"""MNIST and data like it: gzipped idx files, where they are kept, and how they are read."""

from __future__ import annotations

import gzip
import io
import math
import zlib
from functools import partial
from typing import Any

import numpy as np

from vae_core.data.dataset import Dataset, DatasetSource
from vae_core.data.download import RemoteFile, RemoteFolder
from vae_core.data.errors import UnusableFile

FILES = {  # bytes of each when it is unpacked: a header and 60,000 or 10,000 images of 28 x 28, or their labels
    "train-images-idx3-ubyte.gz": 16 + 60_000 * 28 * 28,
    "train-labels-idx1-ubyte.gz": 8 + 60_000,
    "t10k-images-idx3-ubyte.gz": 16 + 10_000 * 28 * 28,
    "t10k-labels-idx1-ubyte.gz": 8 + 10_000,
}
LARGEST = max(FILES.values())
IDX_TYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def _files(*sizes_and_hashes: tuple[int, str, str]) -> tuple[RemoteFile, ...]:
    """Return the four files, of which size, SHA-256 and the SHA-256 of what is in them are given."""
    return tuple(
        RemoteFile(name, size, packed, unpacked_size, unpacked)
        for (name, unpacked_size), (size, packed, unpacked) in zip(FILES.items(), sizes_and_hashes, strict=True)
    )


def _source(folder: RemoteFolder, class_names: tuple[str, ...], source: str, licence: str) -> DatasetSource:
    """Return a dataset of four files: training images, training labels, test images, test labels."""
    load = partial(_read, folder, class_names=class_names, source=source, licence=licence)
    return DatasetSource(load, count=70_000, event_shape=(28, 28), divisor=255.0, official_test=10_000, download=folder)


def _read(folder: RemoteFolder, **known: Any) -> Dataset:
    """Return MNIST or a dataset like it, from VAE_DATA_DIR, else the per-user cache, else the network.

    Raises:
        DownloadError: a file is damaged, or is absent and cannot be downloaded.
        UnusableFile: the files are whole and do not fit together.
    """
    images, labels, test_images, test_labels = (
        parse_idx(gunzip(content, file.name, LARGEST), file.name, 3 if "idx3" in file.name else 1)
        for file, content in zip(folder.files, folder.read(), strict=True)
    )
    if images.shape[1:] != test_images.shape[1:] or len(test_images) != len(test_labels):
        no_fit = "The test images of {name} do not fit its training images or its test labels; replace its files."
        raise UnusableFile(no_fit, name=folder.name)
    values, classes = np.concatenate((images, test_images)), np.concatenate((labels, test_labels)).astype(np.int64)
    return Dataset(folder.name, values, 255.0, "image", classes, official_test=len(test_images), **known)


MNIST = _source(
    folder=RemoteFolder(
        name="mnist",
        title="MNIST",
        files=_files(
            (
                9912422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            ),
            (
                28881,
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            ),
            (
                1648877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            ),
            (
                4542,
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            ),
        ),
        mirrors=("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"),
    ),
    class_names=tuple("0123456789"),
    source="MNIST, Yann LeCun, Corinna Cortes, Christopher J.C. Burges, from NIST special databases 1 and 3",
    licence="CC BY-SA 3.0, as the Keras documentation states it",
)
CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
FASHION_MNIST = _source(
    folder=RemoteFolder(
        name="fashion-mnist",
        title="Fashion-MNIST",
        files=_files(
            (
                26421880,
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            ),
            (
                29515,
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            ),
            (
                4422102,
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            ),
            (
                5148,
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
                "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
            ),
        ),
        mirrors=(
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/b2617bb6d3ffa2e429640350f613e3291e10b141/data/fashion/",
            "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
    ),
    class_names=CLOTHES,
    source="Fashion-MNIST, Han Xiao, Kashif Rasul, Roland Vollgraf, arXiv 1708.07747",
    licence="MIT, Copyright 2017 Zalando SE",
)


def gunzip(packed: bytes, name: str, limit: int) -> bytes:
    """Return the unpacked bytes, reading no more than `limit` of them, so that a small file cannot fill the memory.

    Raises:
        UnusableFile: not a gzip file, cut off, damaged, or longer than `limit` bytes.
    """
    try:
        raw = gzip.GzipFile(fileobj=io.BytesIO(packed)).read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnusableFile("{name} is not a complete gzip file; replace it with an undamaged copy.", name=name) from error
    if len(raw) > limit:
        raise UnusableFile(
            "{name} unpacks to more than the {limit} bytes that are allowed; replace it with the right file.", name=name, limit=limit
        )
    return raw


def idx_header(head: bytes) -> tuple[tuple[int, ...], np.dtype[Any], int] | None:
    """Return shape and type of the array in an idx file, and at which byte its numbers begin, or None where it begins in another way.

    Such a file is 0 0 type d, then d big-endian sizes of 32 bits, then the values in row-major order.
    """
    if len(head) < 4 or head[:2] != bytes(2) or head[2] not in IDX_TYPES or not 1 <= head[3] <= 4 or len(head) < 4 + 4 * head[3]:
        return None
    return tuple(np.frombuffer(head, ">u4", head[3], 4).tolist()), np.dtype(IDX_TYPES[head[2]]), 4 + 4 * head[3]


def parse_idx(raw: bytes, name: str, dimensions: int) -> np.ndarray:
    """Return the array in an idx file of unsigned bytes.

    Args:
        raw: the unpacked file.
        name: how messages call it.
        dimensions: 1 for labels (magic number 2049), 3 for images (2051).

    Returns:
        uint8, read-only (it shares memory with `raw`).

    Raises:
        UnusableFile: another magic number, an empty array, or a length that is not the product of the sizes.
    """
    found = idx_header(raw[: 4 + 4 * dimensions])
    if found is None or found[1] != np.uint8 or len(found[0]) != dimensions:
        if dimensions == 1:
            raise UnusableFile("{name} is not an idx file of labels; replace it with the right file.", name=name)
        raise UnusableFile("{name} is not an idx file of images; replace it with the right file.", name=name)
    shape, _, start = found
    if not math.prod(shape):
        raise UnusableFile("{name} holds no values (its sizes are {sizes}); replace it with the right file.", name=name, sizes=shape)
    if math.prod(shape) != len(raw) - start:
        raise UnusableFile(
            "{name} announces {announced} values but holds {held}; replace it with a complete copy.",
            name=name,
            announced=math.prod(shape),
            held=len(raw) - start,
        )
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape)
