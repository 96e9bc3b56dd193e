"""The one gate through which stored files are read: regular files only, sizes bounded before anything is read, nothing ever executed.

A run folder may have been damaged, or made by somebody who means harm: a FIFO that never ends, a megabyte that unpacks to a terabyte, JSON
nested without end. Whatever is not as it should be raises Unreadable with a few words that say why; the caller adds file and remedy.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from vae_core.messages import Refusal, say
from vae_core.storage import shapes
from vae_core.storage.shapes import LARGEST, Dims

MB = 2**20
MAX_JSON, DEEPEST = 16 * MB, 40  # bytes, and lists within lists
MAX_TABLE = 64 * MB
MAX_ARRAYS = 512 * MB  # of one file, unpacked
MAX_PICTURE, MAX_PIXELS = 64 * MB, 2**26  # bytes, and width times height
MAX_WEIGHTS, MAX_HEADER = 4096 * MB, 16 * MB
MAX_HASHED = 4 * MAX_WEIGHTS  # a checkpoint: weights, best weights and two moments of each
DIRECTORY = 4 * MB  # bytes of an archive's own list of files
PNG = b"\x89PNG\r\n\x1a\n"
PIECE = MB
UPDATE = say("update Latent Lens.")  # the remedy where something is Newer


class Unreadable(Refusal, ValueError):
    """A file that is not what it should be; the message says why in a few words without a capital letter or a full stop."""


class Newer(Unreadable):
    """A file that a newer version of this software wrote: nothing is wrong with it, and nothing of it may be replaced or thrown away."""


@contextmanager
def opened(path: Path, most: int = MAX_HASHED) -> Iterator[io.BufferedReader]:
    """Open a regular file of at most `most` bytes; a FIFO does not block, a device is not read.

    Raises:
        FileNotFoundError: there is none.
        Unreadable: it is something else, larger, or may not be read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise Unreadable(getattr(error, "strerror", None) or "it is damaged") from error
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable("it is not a regular file")
        if found.st_size > most:
            raise Unreadable("it is larger than {size} MB", size=most // MB)
        yield file


def read_bytes(path: Path, most: int) -> bytes:
    """Return the content of a regular file of at most `most` bytes.

    Raises:
        FileNotFoundError, Unreadable: as `opened`.
    """
    with opened(path, most) as file:
        try:
            return file.read(most)
        except OSError as error:
            raise Unreadable(error.strerror or "it is damaged") from error


# --------------------------------------------------------------------------- JSON


def read_json(path: Path, shape: Mapping[str, Any], most: int = MAX_JSON, *, known: int | None = None) -> dict[str, Any]:
    """Return a JSON object whose values have the types that they are used with, see shapes.py.

    Args:
        path: the file.
        shape: what its values must be.
        most: its size at most, in bytes.
        known: the newest format that this version reads, by its "format"; by default it has none.

    Raises:
        FileNotFoundError, Unreadable: as `opened`; it is no JSON object, too deep, or of another shape.
        Newer: its format is one that this version does not know yet, whatever its shape.
    """
    values = parsed(read_bytes(path, most))
    if known is not None:
        _check_format(values.get("format"), known)
    if wrong := shapes.misfit(values, shape):
        raise Unreadable("{name} is missing or makes no sense", name=wrong)
    return values


def _check_format(found: Any, known: int) -> None:
    """Tell a file that is damaged from one of a newer version, before its shape is looked at, which may be another one by then."""
    if type(found) is not int or found < 1:
        raise Unreadable("{name} is missing or makes no sense", name="format")
    if found > known:
        raise Newer("it has format {format} and this version reads {known}", format=found, known=known)


def parsed(text: bytes) -> dict[str, Any]:
    """Return the JSON object that a text holds.

    Raises:
        Unreadable: it is none, lies deeper than DEEPEST, or has letters that cannot be written down.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("it is damaged") from error
    if not isinstance(values, dict):
        raise Unreadable("it is not a JSON object")
    level: list[Any] = [values]
    for _ in range(DEEPEST):
        if not level:
            return values
        level = [inner for one in level for inner in _inside(one)]
    raise Unreadable("it is nested too deeply")


def _inside(value: Any) -> list[Any]:
    """Return what a value holds; no page can show half a letter, and no computation can take a number without end."""
    if (type(value) is int and abs(value) >= 2**64) or (type(value) is float and not abs(value) <= LARGEST):
        raise Unreadable("it holds a number that makes no sense")
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise Unreadable("it has characters that cannot be shown") from error
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []


# --------------------------------------------------------------------------- arrays


Head = tuple[np.dtype[Any], tuple[int, ...], bool]  # type, shape and order of an array


def read_npz(path: Path, dims: Dims, most: int = MAX_ARRAYS, **sizes: int) -> dict[str, NDArray[Any]]:
    """Return the arrays of an .npz file that `dims` names, and no others; their heads are looked at before their numbers are read.

    Args:
        dims: what they must be, see shapes.py.
        most: bytes of all of them, unpacked.
        sizes: lengths in `dims` that are known.

    Raises:
        FileNotFoundError, Unreadable: as `opened`; damaged, too large, or an array is of another type or shape.
    """
    with _archive(path, dims, most, sizes) as (archive, heads):
        return {name: _array(archive, f"{name}.npy", head) for name, head in heads.items()}


def check_npz(path: Path, dims: Dims, most: int = MAX_ARRAYS) -> None:
    """Look at the heads of the arrays of an .npz file, and at no number.

    Raises:
        FileNotFoundError, Unreadable: as `read_npz`.
    """
    with _archive(path, dims, most, {}):
        pass


@contextmanager
def _archive(path: Path, dims: Dims, most: int, sizes: Mapping[str, int]) -> Iterator[tuple[zipfile.ZipFile, dict[str, Head]]]:
    """Open an .npz file whose arrays are what they must be; give the heads of those that are named."""
    with opened(path, most) as file:
        try:
            _check_directory(file)
            with zipfile.ZipFile(file) as archive:
                heads = {info.filename.removesuffix(".npy"): _head(archive, info) for info in archive.infolist()}
                if wrong := shapes.misfit_of_arrays({name: (kind, shape) for name, (kind, shape, _) in heads.items()}, dims, sizes):
                    raise Unreadable("{name} is missing or makes no sense", name=wrong)
                wanted = {name: head for name, head in heads.items() if dims.names(name)}
                if sum(kind.itemsize * math.prod(shape) for kind, shape, _ in wanted.values()) > most:
                    raise Unreadable("it is larger than {size} MB", size=most // MB)
                yield archive, wanted
        except Unreadable:
            raise
        except Exception as error:  # the readers of damaged archives and heads let any error of Python's own through
            raise Unreadable("it is damaged") from error


def _check_directory(file: IO[bytes]) -> None:
    """Refuse an archive whose list of files is not where NumPy writes it, or so long that reading it would fill the memory."""
    length = file.seek(0, os.SEEK_END)
    file.seek(max(0, length - 42))
    end = file.read()
    is_plain = len(end) >= 22 and end[-22:-18] == b"PK\x05\x06" and end[:4] != b"PK\x06\x07"
    if not is_plain or struct.unpack_from("<I", end, len(end) - 10)[0] > DIRECTORY:
        raise Unreadable("it is damaged")
    file.seek(0)


def _head(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Head:
    """Return type, shape and order of one array; objects are refused, since they would be pickled ones."""
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or not info.filename.endswith(".npy"):
        raise Unreadable("it is damaged")
    with archive.open(info) as member:
        shape, is_fortran, kind = _told(member)
    if kind.kind not in "biuf" or kind.itemsize > 8 or any(size < 0 for size in shape):
        raise Unreadable("it holds something other than numbers")
    return kind, shape, is_fortran


def _told(member: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return what stands before an array's numbers."""
    is_first = np.lib.format.read_magic(member) == (1, 0)
    return (np.lib.format.read_array_header_1_0 if is_first else np.lib.format.read_array_header_2_0)(member)


def _array(archive: zipfile.ZipFile, name: str, head: Head) -> NDArray[Any]:
    """Return the numbers of one array, whose size is known and bounded."""
    kind, shape, is_fortran = head
    content = np.empty(kind.itemsize * math.prod(shape), np.uint8)
    with archive.open(name) as member:
        _told(member)
        for start in range(0, len(content), PIECE):  # a piece that is too short does not fit, which is a ValueError
            content[start : start + PIECE] = np.frombuffer(member.read(min(PIECE, len(content) - start)), np.uint8)
        if member.read(1):  # at its end, and not before, the sum is checked
            raise Unreadable("it is damaged")
    array = content.view(kind)
    return array.reshape(shape[::-1]).T if is_fortran else array.reshape(shape)


# --------------------------------------------------------------------------- tables, pictures, weights


def read_table(path: Path, columns: tuple[str, ...], texts: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Return a CSV file by column: numbers, where an empty field is NaN, and texts. A last line without its end is not there yet.

    Raises:
        FileNotFoundError, Unreadable: as `opened`; a column is missing, or a field is no number.
    """
    text = read_bytes(path, MAX_TABLE).decode("utf-8", errors="replace")
    lines = csv.reader(io.StringIO(text[: text.rfind("\n") + 1]))
    try:
        head = next(lines, [])
        if not set(columns) <= set(head):
            raise Unreadable("it is damaged")
        rows = [row for row in lines if len(row) >= len(head)]
    except csv.Error as error:
        raise Unreadable("it is damaged") from error
    return {name: _column(rows, head.index(name), is_text=name in texts) for name in columns}


def _column(rows: list[list[str]], at: int, *, is_text: bool) -> NDArray[Any]:
    if is_text:
        return np.array([row[at] for row in rows], dtype=str)
    fields = [row[at] for row in rows]
    try:
        numbers = np.array([float(field or "nan") for field in fields])
    except ValueError as error:
        raise Unreadable("it is damaged") from error
    is_empty = np.array([not field for field in fields], bool)
    if (np.isnan(numbers) != is_empty).any() or (np.abs(numbers) > LARGEST).any():
        raise Unreadable("it holds a number that makes no sense")
    return numbers


def read_png(path: Path) -> bytes:
    """Return a PNG whose head promises no more pixels than a page can hold.

    Raises:
        FileNotFoundError, Unreadable: as `opened`; it is no PNG, or too large.
    """
    data = read_bytes(path, MAX_PICTURE)
    if len(data) < 33 or not data.startswith(PNG) or data[12:16] != b"IHDR":
        raise Unreadable("it is damaged")
    width, height = struct.unpack_from(">II", data, 16)
    if not 0 < width * height <= MAX_PIXELS:
        raise Unreadable("it has too many pixels")
    return data


Tensors = dict[str, dict[str, Any]]


def tensors(head: bytes, size: int, rest: Callable[[int], bytes]) -> tuple[Tensors, int]:
    """Return what a safetensors file says of its tensors, and where their numbers begin.

    Args:
        head: its first 8 bytes.
        size: its length in bytes.
        rest: returns so many bytes from the ninth on.

    Raises:
        Unreadable: the list is cut short, too long, or points beyond the end of the file.
    """
    length = int.from_bytes(head, "little")
    if len(head) < 8 or not 2 <= length <= min(MAX_HEADER, size - 8):
        raise Unreadable("it is damaged")
    found = parsed(rest(length))
    listed = {name: entry for name, entry in found.items() if name != "__metadata__"}
    if wrong := shapes.misfit(listed, {"*": {"dtype": str, "shape": [range(2**40)], "data_offsets": [range(2**48), 2]}}):
        raise Unreadable("{name} is missing or makes no sense", name=wrong)
    if any(not begin <= end <= size - 8 - length for begin, end in (entry["data_offsets"] for entry in listed.values())):
        raise Unreadable("it is damaged")
    return found, 8 + length


def tensors_of(data: bytes) -> tuple[Tensors, int]:
    """Return what the bytes of a safetensors file say of its tensors, and where their numbers begin.

    Raises:
        Unreadable: see `tensors`.
    """
    return tensors(data[:8], len(data), lambda length: data[8 : 8 + length])


def read_weights(path: Path) -> bytes:
    """Return a safetensors file whose list of tensors fits its length.

    Raises:
        FileNotFoundError, Unreadable: as `opened` and `tensors`.
    """
    data = read_bytes(path, MAX_WEIGHTS)
    tensors_of(data)
    return data


def read_tensors(path: Path) -> Tensors:
    """Return what a safetensors file says of its tensors without reading them: name -> dtype, shape, data_offsets.

    Raises:
        FileNotFoundError, Unreadable: as `opened` and `tensors`.
    """
    with opened(path, MAX_WEIGHTS) as file:
        found, _ = tensors(file.read(8), os.fstat(file.fileno()).st_size, file.read)
    return {name: entry for name, entry in found.items() if name != "__metadata__"}
