"""Images as numbers, one row each, as they are stored: in a plain file, by columns, or packed; read in order or by row."""

from __future__ import annotations

import math
import os
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Ints
from vae_core.data.errors import ChangedFile, UnusableFile
from vae_core.data.rows import Rows

BLOCK = 1 << 22  # bytes that are read at a time
HELD = 1 << 26  # bytes of what is packed that are kept, since it cannot be read by row
BOMB, BOMB_RATIO = 1 << 30, 300  # bytes to which nothing may unpack that was packed so many times smaller: dSprites is 3 GB in 1/113

OpenStream = Callable[[], AbstractContextManager[IO[bytes]]]


class Stack(ABC):
    """Images (N, *event) of one type; `name` is how sentences call them."""

    is_table = False  # whether each row is known to be an image

    def __init__(self, name: str, shape: Sequence[int], dtype: np.dtype[Any]) -> None:
        self.name, self.shape, self.dtype = name, tuple(shape), np.dtype(dtype)
        self.size = max(1, math.prod(self.shape[1:]) * self.dtype.itemsize)  # bytes of one image

    def __len__(self) -> int:
        return self.shape[0]

    @abstractmethod
    def take(self, rows: Ints) -> NDArray[Any]:
        """Return the images of these rows (B,), in their order."""

    def blocks(self) -> Iterator[NDArray[Any]]:
        """Yield all images in order, about BLOCK bytes at a time."""
        at_once = max(1, BLOCK // self.size)
        for start in range(0, len(self), at_once):
            yield self.take(np.arange(start, min(start + at_once, len(self))))


class ByRows(Stack):
    """Images that lie one behind another in a plain file."""

    def __init__(self, name: str, path: Path, start: int, shape: Sequence[int], dtype: np.dtype[Any]) -> None:
        super().__init__(name, shape, dtype)
        self.rows = Rows(path, start, shape, dtype)

    def take(self, rows: Ints) -> NDArray[Any]:
        """Return the images of these rows (B,), in their order."""
        return self.rows[rows]


class ByColumns(Stack):
    """Images in a plain file that NumPy stored column by column: each pixel of all images, one pixel behind another."""

    def __init__(self, name: str, path: Path, start: int, shape: Sequence[int], dtype: np.dtype[Any]) -> None:
        super().__init__(name, shape, dtype)
        self.numbers = Rows(path, start, (math.prod(shape),), dtype)

    def take(self, rows: Ints) -> NDArray[Any]:
        """Return the images of these rows (B,), in their order."""
        event = self.shape[1:]
        places = np.arange(math.prod(event))[:, None] * len(self) + np.asarray(rows)
        return np.ascontiguousarray(self.numbers[places.ravel()].reshape(*event[::-1], len(rows)).T)


class Packed(Stack):
    """Images in a stream that is unpacked from its beginning each time; small ones are kept."""

    def __init__(self, name: str, path: Path, shape: Sequence[int], dtype: np.dtype[Any], open_stream: OpenStream) -> None:
        """Take the stream that `open_stream` gives, which begins with the numbers, row by row.

        Args:
            path: the file that is unpacked; nobody may write to it meanwhile.
        """
        super().__init__(name, shape, dtype)
        self.path, self.open_stream, self.stamp = path, open_stream, stamp_of(path)

    def take(self, rows: Ints) -> NDArray[Any]:
        """Return the images of these rows (B,), in their order."""
        rows = np.asarray(rows)
        if len(self) * self.size <= HELD or not len(rows):
            return self._held[rows]
        found = picked(self._unpacked(), rows)
        check_unchanged(self.path, self.stamp)
        return found

    def blocks(self) -> Iterator[NDArray[Any]]:
        """Yield all images in order, about BLOCK bytes at a time."""
        return super().blocks() if len(self) * self.size <= HELD else self._unpacked()

    @cached_property
    def _held(self) -> NDArray[Any]:
        return np.concatenate(list(self._unpacked()))

    def _unpacked(self) -> Iterator[NDArray[Any]]:
        at_once = max(1, BLOCK // self.size)
        try:
            with self.open_stream() as stream:
                for start in range(0, len(self), at_once):
                    count = min(at_once, len(self) - start)
                    yield np.frombuffer(_exactly(stream, count * self.size), self.dtype).reshape(count, *self.shape[1:])
                if stream.read(1):  # at the end, and not before, the sum is checked
                    raise EOFError
        except (OSError, EOFError, ValueError, zlib.error, zipfile.BadZipFile) as error:
            check_unchanged(self.path, self.stamp)
            raise UnusableFile("{name} is damaged or cut off; copy or save it again.", name=self.name) from error
        check_unchanged(self.path, self.stamp)


def picked(blocks: Iterator[NDArray[Any]], rows: Ints, start: int = 0) -> NDArray[Any]:
    """Return some rows (B,), at least one, of blocks that come in order; the first block begins with row `start`."""
    found, last = None, int(rows.max())
    for block in blocks:
        here = (rows >= start) & (rows < start + len(block))
        found = np.empty((len(rows), *block.shape[1:]), block.dtype) if found is None else found
        found[here] = block[rows[here] - start]
        start += len(block)
        if start > last:
            return found
    raise IndexError(f"row {last} of {start}")


def check_packing(name: str, unpacked: int, packed: int, free: int = BOMB) -> None:
    """Refuse what unpacks to so much from so little that it was made to fill a memory.

    Args:
        free: bytes that anything may have.

    Raises:
        UnusableFile: it is.
    """
    if unpacked > free and unpacked > BOMB_RATIO * packed:
        raise UnusableFile(
            "{name} would unpack to {size:.1f} GB, {times} times what it is, which images do not; save them with numpy.save.",
            name=name,
            size=unpacked / 1e9,
            times=unpacked // max(1, packed),
        )


def _exactly(stream: IO[bytes], size: int) -> bytes:
    """Return so many bytes, in as many pieces as the stream gives them."""
    pieces, missing = [], size
    while missing:
        if not (piece := stream.read(missing)):
            raise EOFError
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def stamp_of(path: Path) -> tuple[int, int]:
    """Return size and time of the last change of a file, which tell whether somebody has written to it; (-1, 0) where it is gone."""
    try:
        now = os.stat(path)
    except OSError:
        return -1, 0
    return now.st_size, now.st_mtime_ns


def check_unchanged(path: Path, stamp: tuple[int, int]) -> None:
    """Refuse a file that is not what it was.

    Raises:
        ChangedFile: it is not.
    """
    if stamp_of(path) != stamp:
        raise ChangedFile(path.name)
