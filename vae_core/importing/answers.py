"""What people write about an import, understood: a size, and the files of labels and of a table."""

from __future__ import annotations

import os
import re
from pathlib import Path

from vae_core.data.errors import DataError

SIDES = (2, 1024)  # pixels
NO_FILE = "There is no file {name}; give the path of a file on this computer, or upload it with the images."


def size_of(text: str) -> tuple[int, int] | None:
    """Return height and width of "64" or "64x48"; None of nothing.

    Raises:
        DataError: it is no size, or none that makes sense.
    """
    if not text.strip():
        return None
    found = re.fullmatch(r"\s*(\d{1,4})(?:\s*[x×*,]\s*(\d{1,4}))?\s*", text, re.ASCII | re.IGNORECASE)
    height, width = (int(side) for side in found.groups(found[1])) if found else (0, 0)
    if not all(SIDES[0] <= side <= SIDES[1] for side in (height, width)):
        raise DataError(
            "The size is {text!r}; write height x width in pixels, such as 64x64, from {low} to {high} each.",
            text=text,
            low=SIDES[0],
            high=SIDES[1],
        )
    return height, width


def labels_of(text: str, folder: Path | None, is_local: bool) -> str:
    """Return what `ImportOptions.labels` takes: the name of a column, or the path of a file; for the arguments see `file_of`."""
    if text and _is_uploaded(text, folder):
        return str(file_of(text, folder, is_local))
    if not is_local and re.search(r"[/\\~]", text):
        raise DataError(NO_FILE, name=Path(text).name)
    return text


def file_of(text: str, folder: Path | None, is_local: bool) -> Path:
    """Return the path of a file that was uploaded, or of one of this computer.

    Args:
        text: its name, or its path.
        folder: where uploaded files lie.
        is_local: whether whoever asks may name files of this computer.

    Raises:
        DataError: there is no such file, or it may not be named.
    """
    if folder is not None and _is_uploaded(text, folder):
        return folder / Path(text).name
    path = Path(os.path.expanduser(text))
    if not is_local or not os.path.isfile(path):
        raise DataError(NO_FILE, name=Path(text).name)
    return path


def _is_uploaded(text: str, folder: Path | None) -> bool:
    return folder is not None and os.path.isfile(folder / Path(text).name)
