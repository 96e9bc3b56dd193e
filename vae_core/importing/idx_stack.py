"""The array of an idx file as a stack, gzipped or not."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, cast

from vae_core.data.errors import UnusableFile
from vae_core.data.mnist import idx_header
from vae_core.importing.stacks import ByRows, Packed, Stack, check_packing
from vae_core.storage.reading import opened

GZIP = b"\x1f\x8b"
LONGEST_HEADER = 4 + 4 * 4


def unpacked_head(head: bytes) -> bytes:
    """Return how the content of a file begins whose own first bytes are given, unpacked where it is a gzip file; empty where it is none."""
    if not head.startswith(GZIP):
        return head[:LONGEST_HEADER]
    try:
        return zlib.decompressobj(31).decompress(head, LONGEST_HEADER)
    except zlib.error:
        return b""


def idx_stack(path: Path) -> Stack:
    """Return the array in an idx file, of which only the head is read.

    Raises:
        UnusableFile: it is none, or is not as long as it announces.
    """
    with opened(path, 2**62) as file:
        raw, size = file.read(1 << 12), os.fstat(file.fileno()).st_size
    is_packed, found = raw.startswith(GZIP), idx_header(unpacked_head(raw))
    if found is None:
        raise UnusableFile("{name} is not a complete idx file; replace it with an undamaged copy.", name=path.name)
    shape, kind, start = found
    announced = kind.itemsize
    for length in shape:
        announced *= length
    if not is_packed and size != start + announced:
        raise UnusableFile(
            "{name} is cut off: it announces {announced} bytes and holds {held}; copy or save it again.",
            name=path.name,
            announced=announced,
            held=size - start,
        )
    if not announced:
        raise UnusableFile("{name} has the shape {shape}, so it holds no images; save at least one.", name=path.name, shape=shape)
    if not is_packed:
        return ByRows(path.name, path, start, shape, kind)
    if announced > 2000 * size:  # gzip never packs that well
        raise UnusableFile("{name} is damaged or cut off; copy or save it again.", name=path.name)
    check_packing(path.name, announced, size)
    return Packed(path.name, path, shape, kind, partial(_unpacked, path, start))


@contextmanager
def _unpacked(path: Path, start: int) -> Iterator[IO[bytes]]:
    with opened(path, 2**62) as file, gzip.GzipFile(fileobj=file) as stream:
        stream.read(start)
        yield cast("IO[bytes]", stream)
