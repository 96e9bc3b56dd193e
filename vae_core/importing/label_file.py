"""Labels in a file of their own: an array, idx, or a table of texts, beside the images or wherever the user says."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.data.errors import UnusableFile
from vae_core.data.mnist import idx_header
from vae_core.data.npy import MAGIC, never_read, stored
from vae_core.importing.idx_stack import idx_stack
from vae_core.importing.stacks import ByColumns, ByRows
from vae_core.messages import reason
from vae_core.printable import shown
from vae_core.storage.reading import MAX_TABLE, Unreadable, read_bytes

BESIDE = [f"{between}labels{ending}" for between in "-_" for ending in (".npy", ".csv", ".txt")]
PACKED = (".gz", ".npy", ".npz", ".csv", ".tsv", ".parquet")
LABELS = ("label", "labels", "class", "target", "y", "category")  # columns that are called so hold labels
DELIMITERS = ",;\t|"
MOST_LISTED = 20


def labels_beside(path: Path) -> Path | None:
    """Return the file of labels beside images, called as they are with "-labels" or "_labels" behind; None where there is none."""
    stem = path.name
    while stem.lower().endswith(PACKED):
        stem = Path(stem).stem
    return next((place for place in (path.with_name(stem + end) for end in BESIDE) if place.is_file()), None)


def labels_in(asked: str, images: Path, count: int, columns: Sequence[str]) -> Any:
    """Return the labels of a file, as they stand there: an array or a list.

    Args:
        asked: its path, as given or beside the images.
        images: where the images are.
        count: of images, which tells names of columns from labels.
        columns: that might have been meant, for the sentence.

    Raises:
        UnusableFile: there is no such file, or it holds no labels.
    """
    for place in (Path(os.path.expanduser(asked)), images.parent / asked):
        try:
            if place.is_file():
                return _read(place, count)
        except (OSError, ValueError):  # a name that no system takes
            continue
    if not columns:
        raise UnusableFile("There is no file of labels {labels}; give the path of a .npy or .csv file.", labels=shown(asked))
    raise UnusableFile(
        "{name} has no column {labels}, and there is no such file; it has {columns}.",
        name=images.name,
        labels=shown(asked),
        columns=[shown(column)[:60] for column in columns[:MOST_LISTED]],
    )


def _read(path: Path, count: int) -> Any:
    try:
        if path.stat().st_size > MAX_TABLE:
            raise UnusableFile("{name} is too large for labels; give one number or one short text for each image.", name=path.name)
        content = read_bytes(path, MAX_TABLE)
    except Unreadable as error:
        raise UnusableFile(
            "{name} cannot be read ({why}); make it readable or give another file.", name=path.name, why=reason(error)
        ) from error
    if content.startswith(MAGIC):
        return _array(path)
    if idx_header(content) or content.startswith(b"\x1f\x8b"):
        stack = idx_stack(path)
        return stack.take(np.arange(len(stack)))
    if refusal := never_read(path, content):
        raise UnusableFile(refusal)
    return _listed(path, content, count)


def _array(path: Path) -> NDArray[Any]:
    shape, is_by_columns, kind, start = stored(path, "numpy.array(list(map(str, x)))")
    if kind.kind not in "biufSU" or not shape or not kind.itemsize or not math.prod(shape):
        raise UnusableFile(
            "{name} holds {type} of shape {shape}, which are no labels; give one number or one short text for each image.",
            name=path.name,
            type=kind,
            shape=shape,
        )
    stack = (ByColumns if is_by_columns and len(shape) > 1 else ByRows)(path.name, path, start, shape, kind)
    return stack.take(np.arange(len(stack)))


def _listed(path: Path, content: bytes, count: int) -> list[str]:
    """Return the labels in a table of texts: the column that is called so, else the last one."""
    try:
        text = content.decode("utf-8-sig")
        first = text.partition("\n")[0]
        delimiter = max(DELIMITERS, key=first.count)
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnusableFile("{name} is no table of labels in UTF-8; save it as CSV in UTF-8.", name=path.name) from error
    names = [name.strip().lower() for name in rows[0]] if rows else []
    named = next((names.index(name) for name in LABELS if name in names), None)
    has_names = named is not None or len(rows) == count + 1
    at = -1 if named is None else named
    return [row[at] if -len(row) <= at < len(row) else "" for row in rows[has_names:]]
