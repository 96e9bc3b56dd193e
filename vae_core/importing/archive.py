"""The arrays in an .npz file: their heads, and each of them read in a way that suits how it is stored."""

from __future__ import annotations

import math
import os
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from vae_core.data.errors import UnusableFile
from vae_core.data.npy import HEAD, parsed_header
from vae_core.importing.stacks import HELD, ByColumns, ByRows, Packed, Stack, check_packing
from vae_core.storage.reading import DIRECTORY, MAX_TABLE, opened

MOST_ARRAYS = 1000
LOCAL = 30  # bytes before the name of a member
KINDS = "biuf"  # of numbers


@dataclass(frozen=True, eq=False)
class Member:
    """One array of an archive, of which the head was read.

    Attributes:
        name: without .npy.
        called: how sentences call it, with the file.
        start: at which byte of the unpacked member its numbers begin.
    """

    path: Path
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    is_by_columns: bool
    start: int
    info: zipfile.ZipInfo

    @property
    def called(self) -> str:
        """Return how sentences call it."""
        return f"{self.path.name} ({self.name})"

    @property
    def size(self) -> int:
        """Return how many bytes its numbers have."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def is_numbers(self) -> bool:
        """Whether it holds numbers that can be grey levels."""
        return self.dtype.kind in KINDS and self.dtype.itemsize <= 8

    def stack(self) -> Stack:
        """Return its images.

        Raises:
            UnusableFile: it is not as long as its head announces, or packed as no images are.
        """
        self._check()
        if self.info.compress_type == zipfile.ZIP_STORED:
            kind = ByColumns if self.is_by_columns else ByRows
            return kind(self.called, self.path, self._offset() + self.start, self.shape, self.dtype)
        if not self.is_by_columns:
            return Packed(self.called, self.path, self.shape, self.dtype, self.opened)
        if self.size > HELD:
            raise UnusableFile("{name} is stored column by column and packed; save it with numpy.save.", name=self.called)
        return _Turned(self.called, self.path, self.shape, self.dtype, self.opened)

    def array(self) -> NDArray[Any]:
        """Return all of it, which is small.

        Raises:
            UnusableFile: it is not, or is damaged.
        """
        self._check()
        if self.size > MAX_TABLE:
            raise UnusableFile("{name} is too large for labels; give one number or one short text for each image.", name=self.called)
        kind = _Turned if self.is_by_columns else Packed
        return kind(self.called, self.path, self.shape, self.dtype, self.opened).take(np.arange(self.shape[0]))

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Open it where its numbers begin."""
        with opened(self.path, 2**62) as file, zipfile.ZipFile(file) as archive, archive.open(self.info) as member:
            member.read(self.start)
            yield member

    def _check(self) -> None:
        if self.info.file_size != self.start + self.size:
            raise UnusableFile(
                "{name} is cut off: it announces {announced} bytes and holds {held}; copy or save it again.",
                name=self.called,
                announced=self.size,
                held=self.info.file_size - self.start,
            )
        check_packing(self.called, self.info.file_size, self.info.compress_size)

    def _offset(self) -> int:
        """Return at which byte of the archive a member begins that is stored as it is."""
        with opened(self.path, 2**62) as file:
            file.seek(self.info.header_offset)
            head = file.read(LOCAL)
            start = self.info.header_offset + LOCAL + sum(struct.unpack_from("<HH", head, 26)) if len(head) == LOCAL else 0
            if not head.startswith(b"PK\x03\x04") or start + self.info.file_size > os.fstat(file.fileno()).st_size:
                raise UnusableFile("{name} is damaged or cut off; copy or save it again.", name=self.called)
        return start


class _Turned(Packed):
    """A small packed array that is stored column by column."""

    def __init__(self, name: str, path: Path, shape: tuple[int, ...], dtype: np.dtype[Any], open_stream: Any) -> None:
        super().__init__(name, path, shape[::-1], dtype, open_stream)
        self.turned = self._held.T if len(shape) else self._held
        Stack.__init__(self, name, shape, dtype)

    def take(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Return the images of these rows (B,), in their order."""
        return np.ascontiguousarray(self.turned[rows])


def members_of(path: Path) -> dict[str, Member]:
    """Return the arrays of an archive by name, of which only the heads are read.

    Raises:
        UnusableFile: it is damaged, packed in another way, or holds too many arrays.
    """
    try:
        with opened(path, 2**62) as file:
            _check_directory(path, file)
            with zipfile.ZipFile(file) as archive:
                infos = [info for info in archive.infolist() if info.filename.endswith(".npy")]
                if len(infos) > MOST_ARRAYS:
                    raise UnusableFile(
                        "{name} holds {count} arrays; save numpy.savez(file, images=numpy.stack(list_of_images)) instead.",
                        name=path.name,
                        count=len(infos),
                    )
                return {member.name: member for member in (_member(path, archive, info) for info in infos)}
    except UnusableFile:
        raise
    except Exception as error:  # zipfile lets any error through that a damaged archive causes
        raise UnusableFile(
            "{name} is no complete archive of arrays, or is packed in a way that is not read here; save it again with numpy.savez.",
            name=path.name,
        ) from error


def _member(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    name = info.filename.removesuffix(".npy")
    with archive.open(info) as member:
        head = member.read(HEAD)
    shape, is_by_columns, kind, start = parsed_header(f"{path.name} ({name})", head)
    return Member(path, name, shape, kind, is_by_columns and len(shape) > 1, start, info)


def _check_directory(path: Path, file: IO[bytes]) -> None:
    """Refuse an archive whose list of members is not where NumPy writes it, or so long that reading it would fill the memory."""
    length = file.seek(0, os.SEEK_END)
    file.seek(max(0, length - 98))
    tail = file.read()
    end = tail[-22:]
    if not end.startswith(b"PK\x05\x06"):
        raise zipfile.BadZipFile
    size = struct.unpack_from("<I", end, 12)[0]
    if tail[:4] == b"PK\x06\x06" and tail[56:60] == b"PK\x06\x07":  # beyond 4 GB the size stands there
        size = struct.unpack_from("<Q", tail, 40)[0]
    if size > DIRECTORY:
        raise UnusableFile("{name} has a list of members that is too long for arrays; unpack it into a folder.", name=path.name)
    file.seek(0)
