"""The files of a zip archive, read where they lie: its list is bounded before it is read, nothing is unpacked to the disk.

Python's zipfile believes the list's own length and keeps 700 bytes a file; here a million files are refused by their count alone
(APPNOTE 6.3.10 of PKWARE: 4.3.6 overall format).
"""

from __future__ import annotations

import io
import os
import stat
import struct
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np

from vae_core.data.errors import UnusableFile
from vae_core.data.rows import pread
from vae_core.importing.files import READ_ONLY, Changed, Files, Key, Reader, archive_inside, as_shown, in_order, is_ignored
from vae_core.importing.limits import FREE_OF_IT, MB, MOST_BYTES, MOST_DIRECTORY, MOST_FILES, MOST_TIMES
from vae_core.importing.picture_head import SIGNATURE, BadPicture, kind_of
from vae_core.messages import Message, reason, say
from vae_core.storage.reading import opened

END, END_64, END_64_AT, ENTRY, MEMBER = b"PK\5\6", b"PK\6\6", b"PK\6\7", b"PK\1\2", b"PK\3\4"
END_SIZE, TAIL = 22, 22 + 2**16  # bytes: of the end of the list, and with the longest comment behind it
ENTRY_SIZE, MEMBER_SIZE = 46, 30
STORED, DEFLATED = 0, 8
ENCRYPTED, UTF8 = 1, 0x800  # flags
MOST_PACKED = MOST_BYTES + MB  # bytes of a picture in the archive


class ZipFiles(Files):
    """The files of an archive, in the order of their names."""

    def __init__(self, path: Path) -> None:
        """Read the archive's list of files.

        Raises:
            UnusableFile: it is none, is damaged, or announces too much.
        """
        super().__init__(path.name)
        self.path = path
        try:
            with opened(path, 2**63) as file:
                self.stamp = _stamp(file.fileno())
                found = self._entries(file, self.stamp[0])
        except (OSError, ValueError) as error:
            why = reason(error)
            raise UnusableFile("{name} cannot be read ({why}); make it readable or give another file.", name=path.name, why=why) from error
        if sum(key[2] for _, key in found) > max(FREE_OF_IT, MOST_TIMES * self.stamp[0]):
            raise UnusableFile(
                "{name} would be more than {most} times as large unpacked, as archives are that are made to fill a disk; "
                "unpack it yourself and import the folder if you trust it.",
                name=path.name,
                most=MOST_TIMES,
            )
        found.sort(key=lambda one: in_order(one[0]))
        self.names = [as_shown(name) for name, _ in found]
        self._keys = np.array([key for _, key in found], np.uint64).reshape(-1, 5)

    def _entries(self, file: io.BufferedReader, size: int) -> list[tuple[str, tuple[int, ...]]]:
        """Return names, and (offset, packed bytes, bytes, method, CRC), of what can be read."""
        count, length, start, shift = _end(file, size, self.path.name)
        if count > MOST_FILES:
            raise UnusableFile("{name} holds more than {most} files; import a part of them.", name=self.path.name, most=MOST_FILES)
        if length > MOST_DIRECTORY or start + shift < 0:
            raise _damaged(self.path.name)
        file.seek(start + shift)
        directory, at = file.read(length), 0
        found: list[tuple[str, tuple[int, ...]]] = []
        for _ in range(count):
            if directory[at : at + 4] != ENTRY or at + ENTRY_SIZE > len(directory):
                raise _damaged(self.path.name)
            (flags, method, crc, packed, unpacked, n_name, n_extra, n_comment, mode, offset) = struct.unpack_from(
                "<8xHH4xLLLHHH6xHL", directory, at
            )
            name_at = at + ENTRY_SIZE
            name = _decoded(directory[name_at : name_at + n_name])
            extra = directory[name_at + n_name : name_at + n_name + n_extra]
            at = name_at + n_name + n_extra + n_comment
            unpacked, packed, offset = _of_64_bits(extra, unpacked, packed, offset)
            parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
            if name.endswith(("/", "\\")) or not parts or any(map(is_ignored, parts)):
                continue
            if why := _why_not(parts[-1], flags, method, mode):
                self.left_out.append((as_shown("/".join(parts)), why))
            else:
                found.append(("/".join(parts), (max(0, offset + shift), packed, unpacked, method, crc)))
        if directory[at : at + 4] == ENTRY:
            raise _damaged(self.path.name)  # more than it says
        return found

    def key(self, number: int) -> Key:
        """Return offset, packed bytes, bytes, method and CRC."""
        key: Key = self._keys[number].tolist()
        return key

    def size(self, number: int) -> int:
        """Return the bytes of a file, as announced."""
        return int(self._keys[number, 2])

    def reader(self) -> Reader:
        """Return who reads them in this process."""
        return ZipReader(os.path.abspath(self.path), *self.stamp)

    def address(self) -> list[Any]:
        """Return kind, place, size and time."""
        return ["zip", os.path.abspath(self.path), list(self.stamp)]


class ZipReader(Reader):
    """Reads files of an archive, if it is what it was."""

    def __init__(self, place: str, *stamp: int) -> None:
        self.stamp = tuple(stamp)
        try:
            self.archive = os.fdopen(os.open(place, READ_ONLY), "rb", buffering=0)  # which closes when nobody has it any more
        except OSError as error:
            raise Changed from error
        self.handle = self.archive.fileno()
        if _stamp(self.handle) != self.stamp:
            raise Changed

    def file(self, key: Key) -> tuple[IO[bytes], int]:
        """Return a file of the archive, unpacked."""
        return io.BytesIO(self.content(key)), key[2]

    def content(self, key: Key) -> bytes:
        """Return a file of the archive, unpacked: what is no picture, and what is larger than announced, is not."""
        offset, packed, size, method, crc = key
        head = pread(self.handle, MEMBER_SIZE, offset)
        if len(head) < MEMBER_SIZE or not head.startswith(MEMBER):
            raise BadPicture("it is not where the archive says; pack the archive again")
        start = offset + MEMBER_SIZE + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
        first = pread(self.handle, min(packed, 512), start)
        try:
            first = first if method == STORED else zlib.decompressobj(-15).decompress(first, SIGNATURE)
            if size > MOST_BYTES or packed > MOST_PACKED:
                raise BadPicture("it has more than {most} MB; save it smaller", most=MOST_BYTES // MB)
            if kind_of(first) is None:
                content = first  # as much as it takes to say what it is
            else:
                content = _unpacked(pread(self.handle, packed, start), size, method)
                if zlib.crc32(content) != crc:
                    raise BadPicture("its checksum is another than the archive says; pack the archive again")
        except zlib.error as error:
            raise BadPicture("it cannot be unpacked; pack the archive again") from error
        if _stamp(self.handle) != self.stamp:
            raise Changed
        return content

    def close(self) -> None:
        """Close the archive."""
        self.archive.close()


def _unpacked(packed: bytes, size: int, method: int) -> bytes:
    content = packed if method == STORED else zlib.decompressobj(-15).decompress(packed, size + 1)
    if len(content) > size:
        raise BadPicture("it is longer than the archive announces; pack the archive again")
    if len(content) < size:
        raise BadPicture("it is shorter than the archive announces; pack the archive again")
    return content


def _stamp(handle: int) -> tuple[int, int]:
    now = os.fstat(handle)
    return now.st_size, now.st_mtime_ns


def _end(file: io.BufferedReader, size: int, name: str) -> tuple[int, int, int, int]:
    """Return how many files the archive has, length and start of the list, and how far everything has moved by what stands before it."""
    file.seek(max(0, size - TAIL))
    tail = file.read(TAIL)
    at = tail.rfind(END)
    if at < 0 or len(tail) - at < END_SIZE:
        raise UnusableFile("{name} is no complete zip archive; copy it or pack it again.", name=name)
    count, length, start = struct.unpack_from("<10xHLL", tail, at)
    before = max(0, size - TAIL) + at  # where the list ends
    if at >= 20 and tail[at - 20 : at - 16] == END_64_AT:
        file.seek(min(int.from_bytes(tail[at - 12 : at - 4], "little"), size))
        end = file.read(56)
        if end.startswith(END_64) and len(end) == 56:
            count, length, start = struct.unpack_from("<32xQQQ", end)
            before -= 20 + 56
    return count, length, start, before - length - start


def _of_64_bits(extra: bytes, *values: int) -> tuple[int, ...]:
    """Return sizes and offset, from the field for large ones where they do not fit into 32 bits."""
    at, wide = 0, b""
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            wide = extra[at + 4 : at + 4 + length]
        at += 4 + length
    known = []
    for value in values:
        if value == 0xFFFFFFFF and len(wide) >= 8:
            value, wide = int.from_bytes(wide[:8], "little"), wide[8:]
        known.append(min(value, 2**62))
    return tuple(known)


def _decoded(name: bytes) -> str:
    """Return a name: UTF-8, which many write without saying so, or the letters of the first PC."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode("cp437")


def _why_not(name: str, flags: int, method: int, mode: int) -> Message | None:
    if flags & ENCRYPTED:
        return say("it is encrypted; pack the archive without a password")
    if stat.S_ISLNK(mode):
        return say("it is a link, which is not followed; pack the picture itself")
    if why := archive_inside(name):
        return why
    return None if method in (STORED, DEFLATED) else say("it is packed in a way that is not read here; pack the archive as a plain zip")


def _damaged(name: str) -> UnusableFile:
    return UnusableFile("{name} is no complete zip archive; copy it or pack it again.", name=name)
