"""Rows of an array that stays in its file: read when asked for, so that it may be larger than the memory, and never from a changed file.

A memory map would do for the first, but a file that is cut short ends the process that has mapped it, and one that is written over hands
out other pixels without a word.
"""

from __future__ import annotations

import math
import os
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Ints
from vae_core.data.errors import ChangedFile

BYTES_AT_ONCE = 1 << 24  # bounds what is read beside the array that it goes to
ROWS_AT_ONCE = 1024  # bounds the memory of whatever looks at all rows


class Rows:
    """The rows of a C-ordered array in a file, of shape (N, *event); a slice or row numbers give an array of their own."""

    def __init__(self, path: Path, start: int, shape: Sequence[int], dtype: np.dtype[Any]) -> None:
        """Open the file whose numbers begin at byte `start`; it stays open, so that another file of its name does not matter.

        Raises:
            ChangedFile: it is shorter than that.
        """
        self.path, self.name = path, path.name
        self.start, self.shape, self.dtype = start, tuple(shape), np.dtype(dtype)
        self.size = math.prod(self.shape[1:]) * self.dtype.itemsize  # bytes of a row
        self.file = open(path, "rb", buffering=0)  # noqa: SIM115
        weakref.finalize(self, self.file.close)
        self.stamp = self._stamp()
        if self.stamp[0] < start + len(self) * self.size:
            raise ChangedFile(self.name)

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def ndim(self) -> int:
        """Number of dimensions, that of the rows included."""
        return len(self.shape)

    def __getitem__(self, index: slice | Ints) -> NDArray[Any]:
        """Return the rows of a slice, or those of these numbers (B,) in their order, as (B, *event).

        Raises:
            ChangedFile: somebody has written to the file since it was opened.
        """
        rows = np.arange(*index.indices(len(self))) if isinstance(index, slice) else np.asarray(index, np.int64)  # bytes are counted in it
        if len(rows) and not 0 <= rows.min() <= rows.max() < len(self):
            raise IndexError(f"rows from {rows.min()} to {rows.max()} of {len(self)}")
        found = np.empty((len(rows), *self.shape[1:]), self.dtype)
        at_once = max(1, BYTES_AT_ONCE // self.size)
        for first in range(0, len(rows), at_once):
            part = rows[first : first + at_once]
            found[first : first + len(part)] = np.frombuffer(self._read(part), self.dtype).reshape(len(part), *self.shape[1:])
        if self._stamp() != self.stamp:  # looked at afterwards: what was read before this moment was read from the file as it was
            raise ChangedFile(self.name)
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return all rows, in memory."""
        return self[:] if dtype is None else self[:].astype(dtype)

    def _read(self, rows: Ints) -> bytes:
        """Return the bytes of rows; those that follow one another are read at once."""
        breaks = np.flatnonzero(np.diff(rows) != 1) + 1
        firsts = rows[np.concatenate(([0], breaks))]
        counts = np.diff(np.concatenate(([0], breaks, [len(rows)])))
        handle, places, sizes = self.file.fileno(), self.start + firsts * self.size, counts * self.size
        read = b"".join([pread(handle, size, at) for size, at in zip(sizes.tolist(), places.tolist(), strict=True)])
        if len(read) != len(rows) * self.size:
            raise ChangedFile(self.name)
        return read

    def _stamp(self) -> tuple[int, int]:
        """Return the size and the time of the last change, which tell whether somebody has written to the file."""
        now = os.fstat(self.file.fileno())
        return now.st_size, now.st_mtime_ns


def smallest_and_largest(values: np.ndarray | Rows) -> tuple[float, float]:
    """Return the extremes of an array, NaN where any value is NaN, reading a part of the rows at a time."""
    parts = [values[start : start + ROWS_AT_ONCE] for start in range(0, len(values), ROWS_AT_ONCE)]
    return float(np.min([part.min() for part in parts])), float(np.max([part.max() for part in parts]))


def _seek_and_read(handle: int, size: int, at: int) -> bytes:
    os.lseek(handle, at, os.SEEK_SET)
    return os.read(handle, size)


pread = getattr(os, "pread", _seek_and_read)  # which Windows lacks
