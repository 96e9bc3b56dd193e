"""The header of a .npy file, checked before any array is read; what is no such file is recognised by its first bytes."""

from __future__ import annotations

import io
import math
import re
from pathlib import Path
from typing import Any

import numpy as np

from vae_core import place
from vae_core.data.errors import UnusableFile
from vae_core.messages import Message, reason, say

HEAD = 1 << 16  # bytes that are looked at before anything is believed
MAGIC, LFS = b"\x93NUMPY", b"version https://git-lfs.github.com/"  # how a .npy file begins, and what stands where Git LFS has left one out
ZIP = b"PK\x03\x04"
PICKLE = re.compile(rb"\x80[\x02-\x05]")  # how a pickle begins, except of the two oldest protocols
READ = say("where x is what numpy.load reads from it")  # ends the remedies
LONGEST_NAME = 100  # letters of an array's name that a sentence repeats
Header = tuple[tuple[int, ...], bool, np.dtype[Any], int]
READERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def header(path: Path, objects_saved: str = "numpy.stack(list(x)).astype(numpy.uint8)") -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """Return shape and type of the array in the file, which is stored row by row, and at which byte it starts; see `stored`.

    Raises:
        UnusableFile: as `stored`, or it is stored by columns.
    """
    shape, is_by_columns, kind, start = stored(path, objects_saved)
    if is_by_columns:
        raise UnusableFile(
            "{name} is stored column by column; save numpy.ascontiguousarray(x) instead, {where}.", name=path.name, where=READ
        )
    return shape, kind, start


def stored(path: Path, objects_saved: str = "numpy.stack(list(x)).astype(numpy.uint8)") -> Header:
    """Return what the head of the file says of its array; pickled objects are never read.

    Args:
        path: the file.
        objects_saved: in code, how what was saved as objects x can be saved as numbers.

    Returns:
        shape, whether it is stored column by column, type, and at which byte the numbers begin.

    Raises:
        UnusableFile: it is something else, it is cut off, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
        size = path.stat().st_size
    except OSError as error:
        raise UnusableFile(
            "{name} cannot be read ({why}); make it readable or give another file.", name=path.name, why=reason(error)
        ) from error
    if not head.startswith(MAGIC):
        raise UnusableFile(other(path, head))
    shape, is_by_columns, kind, start = parsed_header(path.name, head)
    if kind.hasobject:
        raise UnusableFile(
            "{name} holds pickled objects, which are not read because they can run programs; "
            "save {code} instead, where x is what was saved.",
            name=path.name,
            code=objects_saved,
        )
    announced = math.prod(shape) * kind.itemsize
    if announced > size - start:
        raise UnusableFile(
            "{name} is cut off: it announces {announced} bytes and holds {held}; copy or save it again.",
            name=path.name,
            announced=announced,
            held=size - start,
        )
    return shape, is_by_columns, kind, start


def parsed_header(name: str, head: bytes) -> Header:
    """Return shape, whether it is stored by columns, type, and where the numbers begin, of an array that begins with these bytes.

    Raises:
        UnusableFile: it is none; `name` is how the sentence calls it.
    """
    stream = io.BytesIO(head)
    try:
        shape, is_by_columns, kind = READERS[np.lib.format.read_magic(stream)](stream)
    except Exception as error:  # numpy's reader of damaged headers lets any error of Python's parser through
        raise UnusableFile("{name} is not a complete .npy file; copy or save it again.", name=name) from error
    if min(shape, default=0) < 0:
        raise UnusableFile("{name} is not a complete .npy file; copy or save it again.", name=name)
    return shape, is_by_columns and len(shape) > 1, kind, stream.tell()


def look(path: Path) -> Message:
    """Return one sentence about a file or a folder that is no .npy file: what it is, and how its images become a data set."""
    if path.is_dir():
        return say(
            "{name} is a folder; import its pictures with `{command} import {name}`, then train on what that makes.",
            name=path.name,
            command=place.COMMAND,
        )
    if not path.is_file():
        return say("{name} is neither a file nor a folder; give the path of a .npy file.", name=path.name)
    try:
        with path.open("rb") as file:
            return other(path, file.read(HEAD))
    except OSError as error:
        return say("{name} cannot be read ({why}); make it readable or give another file.", name=path.name, why=reason(error))


def other(path: Path, head: bytes) -> Message:
    """Return the sentence of `look` about a file that begins with these bytes."""
    if refusal := never_read(path, head):
        return refusal
    if head.startswith(MAGIC):
        return say("{name} holds an array but its name does not end in .npy; rename it to {stem}.npy.", name=path.name, stem=path.stem)
    if path.suffix.lower() == ".npy" and not head.startswith(ZIP):
        return say("{name} is not a complete .npy file; copy or save it again.", name=path.name)
    return say(
        "{name} is not a .npy file; import its images with `{command} import {name}`, then train on what that makes.",
        name=path.name,
        command=place.COMMAND,
    )


def never_read(path: Path, head: bytes) -> Message | None:
    """Return the sentence about a file that begins with these bytes and that nothing here reads, with the remedy; else None."""
    if not head and not path.is_dir():
        return say("{name} is empty; copy or save it again.", name=path.name)
    if head.startswith(LFS):
        return say("{name} is not the data but a Git LFS pointer to them; fetch them with git lfs pull.", name=path.name)
    ending = path.suffix.lower()
    if ending in (".pt", ".pth", ".ckpt") or first_member(head).endswith("/data.pkl"):
        return say(
            "{name} is a PyTorch file, which is not read because it can run programs; save tensor.numpy() with numpy.save, "
            "then import that file.",
            name=path.name,
        )
    if ending in (".pkl", ".pickle", ".p", ".joblib") or PICKLE.match(head):
        return say(
            "{name} is a pickle, which is not read because it can run programs; save its images with numpy.save, then import that file.",
            name=path.name,
        )
    if head.startswith((b"MATLAB", b"\x89HDF\r\n\x1a\n")):
        return say(
            "{name} is a file of MATLAB or HDF5, which is not read here; read it with scipy.io or h5py and save its images with "
            "numpy.save, then import that file.",
            name=path.name,
        )
    return None


def first_member(head: bytes) -> str:
    """Return the name of the first file in a zip archive, which its first bytes hold; empty for anything else."""
    if not head.startswith(ZIP) or len(head) < 30:
        return ""
    name = head[30 : 30 + int.from_bytes(head[26:28], "little")].decode("utf-8", "replace")
    return name if len(name) <= LONGEST_NAME and name.isprintable() else ""
