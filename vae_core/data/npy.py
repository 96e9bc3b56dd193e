"""The header of a .npy file, checked before any array is read; what is no such file is recognised by its first bytes."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import numpy as np

from vae_core.data.errors import UnusableFile
from vae_core.messages import Message, reason, say

HEAD = 1 << 16  # bytes that are looked at before anything is believed
MAGIC, LFS = b"\x93NUMPY", b"version https://git-lfs.github.com/"  # how a .npy file begins, and what stands where Git LFS has left one out
READ = say("where x is what numpy.load reads from it")  # ends the remedies
LONGEST_NAME = 100  # letters of an array's name that a sentence repeats
READERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def header(path: Path, objects_saved: str = "numpy.stack(list(x)).astype(numpy.uint8)") -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """Return shape and type of the array in the file, row by row, and at which byte it starts; pickled objects are never read.

    Args:
        path: the file.
        objects_saved: in code, how what was saved as objects x can be saved as numbers.

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
    shape, is_by_columns, kind, start = _header(path, head)
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
    if is_by_columns and len(shape) > 1:
        raise UnusableFile(
            "{name} is stored column by column; save numpy.ascontiguousarray(x) instead, {where}.", name=path.name, where=READ
        )
    return shape, kind, start


def _header(path: Path, head: bytes) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Return shape, whether it is stored by columns, type, and where the numbers begin."""
    if not head.startswith(MAGIC):
        raise UnusableFile(other(path, head))
    stream = io.BytesIO(head)
    try:
        shape, is_by_columns, kind = READERS[np.lib.format.read_magic(stream)](stream)
    except Exception as error:  # numpy's reader of damaged headers lets any error of Python's parser through
        raise UnusableFile("{name} is not a complete .npy file; copy or save it again.", name=path.name) from error
    if min(shape, default=0) < 0:
        raise UnusableFile("{name} is not a complete .npy file; copy or save it again.", name=path.name)
    return shape, is_by_columns, kind, stream.tell()


def look(path: Path) -> Message:
    """Return one sentence about a file or a folder that is no .npy file: what it is, and how its images become one."""
    if path.is_dir():
        how = "numpy.stack(list(map(PIL.Image.open, files)))"
        return say(
            "{name} is a folder; make one array of its pictures, all of one size, and save that with numpy.save: {code}.",
            name=path.name,
            code=how,
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
    if not head:
        return say("{name} is empty; copy or save it again.", name=path.name)
    if head.startswith(LFS):
        return say("{name} is not the data but a Git LFS pointer to them; fetch them with git lfs pull.", name=path.name)
    if head.startswith(MAGIC):
        return say("{name} holds an array but its name does not end in .npy; rename it to {stem}.npy.", name=path.name, stem=path.stem)
    first = _first_member(head)
    if first.endswith(".npy"):
        array = f'numpy.load(file)["{first.removesuffix(".npy")}"]'
        return say(
            "{name} is an archive of arrays; save the one that holds the images as a .npy file, perhaps {code}.", name=path.name, code=array
        )
    if path.suffix.lower() in (".pt", ".pth") or first.endswith("/data.pkl"):
        return say(
            "{name} is a PyTorch file, which is not read because it can run programs; save tensor.numpy() with numpy.save.", name=path.name
        )
    if path.suffix.lower() in (".pkl", ".pickle", ".p"):
        return say("{name} is a pickle, which is not read because it can run programs; save its images with numpy.save.", name=path.name)
    if path.suffix.lower() == ".npy":
        return say("{name} is not a complete .npy file; copy or save it again.", name=path.name)
    return say(
        "{name} is not a .npy file; read it with the library that wrote it and save its images as an array with numpy.save.", name=path.name
    )


def _first_member(head: bytes) -> str:
    """Return the name of the first file in a zip archive, which its first bytes hold; empty for anything else."""
    if not head.startswith(b"PK\x03\x04") or len(head) < 30:
        return ""
    name = head[30 : 30 + int.from_bytes(head[26:28], "little")].decode("utf-8", "replace")
    return name if len(name) <= LONGEST_NAME and name.isprintable() else ""
