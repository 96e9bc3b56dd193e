"""What bad pictures are made of: the form of a case, good files beside it, and files that announce what they do not hold."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image

Outcome = Literal["refused", "left out", "imported"]
SIZE = (12, 10)  # width and height of what is good


@dataclass(frozen=True)
class Case:
    """Something bad.

    Attributes:
        name: of the case.
        make: makes it in an empty folder, and returns the path that is imported.
        outcome: refused as a whole; one file left out; or imported.
        says: a regular expression for the sentence on it.
        options: of the import.
    """

    name: str
    make: Callable[[Path], Path]
    outcome: Outcome
    says: str
    options: dict[str, Any] = field(default_factory=dict)


def picture(number: int = 0, mode: str = "L", size: tuple[int, int] = SIZE) -> Image.Image:
    """Return a picture that is not like others."""
    grey = np.random.default_rng(number).integers(0, 256, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(grey).convert(mode)


def encoded(image: Image.Image, kind: str = "PNG", **how: Any) -> bytes:
    """Return a picture's file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **how)
    return buffer.getvalue()


GOOD = {f"good{number}.png": encoded(picture(number)) for number in range(4)}
PNG = encoded(picture(9))


def folder(**extra: bytes) -> Callable[[Path], Path]:
    """Return what makes a folder with four good pictures and these files; "__" stands for "/" and "_dot_" for "."."""
    return written({**GOOD, **{name.replace("__", "/").replace("_dot_", "."): content for name, content in extra.items()}})


def written(files: dict[str, bytes]) -> Callable[[Path], Path]:
    """Return what makes a folder with these files."""

    def make(place: Path) -> Path:
        for name, content in files.items():
            path = place / "set" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        (place / "set").mkdir(exist_ok=True)
        return place / "set"

    return make


def and_then(change: Callable[[Path], object]) -> Callable[[Path], Path]:
    """Return what makes a folder with four good pictures, and does something to it."""

    def make(place: Path) -> Path:
        made = folder()(place)
        change(made)
        return made

    return make


def zipped(files: dict[str, bytes], change: Callable[[bytearray], bytes | bytearray | None] = lambda whole: None) -> Callable[[Path], Path]:
    """Return what makes an archive of four good pictures and these files, changed afterwards."""

    def make(place: Path) -> Path:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in {**GOOD, **files}.items():
                archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        whole = bytearray(buffer.getvalue())
        (place / "set.zip").write_bytes(change(whole) or whole)
        return place / "set.zip"

    return make


def in_entry(name: bytes, at: int, layout: str, value: int) -> Callable[[bytearray], None]:
    """Return what writes a number into the last entry of a name in an archive's list."""
    return lambda whole: struct.pack_into(layout, whole, whole.rindex(name) - 46 + at, value)


# --------------------------------------------------------------------------- bombs


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG file."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_of(width: int, height: int, *more: bytes) -> bytes:
    """Return a PNG file of black and white dots whose pixels are 100 kB of nothing."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", zlib.compress(bytes(10**6)) * 100) + chunk(b"IEND", b"")


def jpeg_of(side: int) -> bytes:
    """Return a JPEG file that announces so many pixels a side."""
    content = bytearray(encoded(picture(), "JPEG"))
    struct.pack_into(">HH", content, content.index(b"\xff\xc0") + 5, side, side)
    return bytes(content)


def tiff_of(side: int) -> bytes:
    """Return a TIFF file that announces so many pixels a side."""
    tags = ((256, side), (257, side), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, side), (279, 64))
    return (
        struct.pack("<2sHI", b"II", 42, 8)
        + struct.pack("<H", len(tags))
        + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
        + bytes(68)
    )


def webp_of(side: int) -> bytes:
    """Return a WebP file that announces so many pixels a side."""
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + (side - 1).to_bytes(3, "little") * 2 + bytes(64)
    return b"RIFF" + struct.pack("<I", len(body)) + body


HUGE = "million pixels; save it smaller"
DAMAGED = "it is cut off or damaged .*; copy or save it again"
