"""Chosen images as a file to train on: an .npz of images and the names of their classes, as importing/array_file.py reads it."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Ints
from vae_core.data.dataset import Dataset
from vae_core.data.image_files import WHITE
from vae_core.data.rows import ROWS_AT_ONCE
from vae_core.storage.files import temporary_beside

FIRST = (1980, 1, 1, 0, 0, 0)  # the first time that an archive can name: equal sets are equal bytes


def write_images(dataset: Dataset, rows: Ints, path: Path) -> None:
    """Write pictures as an .npz file, in the order of their rows (n,), n at least 1: images (n, H, W) or (n, H, W, 3), and labels (n,).

    Bytes that reach 255 stay bytes; all else is written as float32 over the value of white, so that a reader takes no other value for it.
    Which rows were official test images is not kept: the file is split anew.

    Raises:
        OSError: the file cannot be written.
    """
    rows = np.sort(np.asarray(rows, np.int64))
    is_bytes = dataset.divisor == WHITE and dataset.values.dtype == np.uint8 and any(part.max() == WHITE for part in _parts(dataset, rows))
    kind = np.dtype("u1" if is_bytes else "<f4")
    height_width, channels = dataset.event_shape[-2:], dataset.event_shape[:-2]
    images = (np.moveaxis(part, 1, -1) if channels else part for part in _parts(dataset, rows))
    scaled = (part if is_bytes else part / np.float32(dataset.divisor) for part in images)
    beside = temporary_beside(path)
    try:
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
            _write(archive, "images", kind, (len(rows), *height_width, *channels), scaled)
            if dataset.labels is not None:
                names = np.array(dataset.class_names)[dataset.labels[rows]]
                _write(archive, "labels", names.dtype, names.shape, iter([names]))
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _parts(dataset: Dataset, rows: Ints) -> Iterator[NDArray[Any]]:
    """Yield the images of these rows, a part at a time."""
    return (np.asarray(dataset.values[rows[start : start + ROWS_AT_ONCE]]) for start in range(0, len(rows), ROWS_AT_ONCE))


def _write(archive: zipfile.ZipFile, name: str, kind: np.dtype[Any], shape: tuple[int, ...], parts: Iterator[NDArray[Any]]) -> None:
    """Write one array as numpy.savez does, without holding it in memory."""
    info = zipfile.ZipInfo(f"{name}.npy", FIRST)
    info.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(info, "w", force_zip64=True) as member:
        np.lib.format.write_array_header_1_0(member, {"descr": kind.str, "fortran_order": False, "shape": shape})
        for part in parts:
            member.write(np.ascontiguousarray(part, dtype=kind).tobytes())
