"""A user's own images: one .npy file, memory-mapped, so that it may be larger than the memory, and its labels beside it.

A run keeps the name of such a file and never its folder, which is nobody else's business; where it lay last is remembered per user.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

ENDING = ".npy"
MOST_CLASSES = 1000
REMEDY = "save uint8 from 0 to 255, or float32 from 0 to 1, of shape (count, height, width) with numpy.save"


class UnusableFile(Exception):
    """A file that cannot be used; the message is one plain sentence with the cause and the remedy."""


def is_own(name: str) -> bool:
    """Return whether the name of a dataset is that of a file of the user's."""
    return name.endswith(ENDING)


def find(name: str) -> Path | None:
    """Return where the file is: as given, else in VAE_DATA_DIR, else, given without a folder, where it was used last; None: nowhere."""
    places = [_at_home(name)]
    if places[0].name == name:
        own = os.environ.get("VAE_DATA_DIR")
        places += [_at_home(own) / name] if own else []
        places += [Path(place) for place in [_remembered().get(name)] if place]
    return next((place for place in places if _is_file(place)), None)


def _at_home(name: str) -> Path:
    """Return a path in which ~ stands for a home folder, where there is one."""
    try:
        return Path(name).expanduser()
    except RuntimeError:  # a user whom nobody knows
        return Path(name)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name longer than the system takes
        return False


def images(name: str) -> tuple[Path, np.ndarray]:
    """Return where the file is, and its images (N, H, W) as uint8 or float32, memory-mapped and read-only.

    Raises:
        UnusableFile: there is no such file, or it holds something else.
    """
    path = find(name)
    if path is None:
        raise UnusableFile(f"There is no file {name}; give the path of a {ENDING} file, or put it into the folder that VAE_DATA_DIR names.")
    values = _mapped(path)
    if values.dtype not in (np.uint8, np.float32):
        raise UnusableFile(f"{path.name} holds numbers of type {values.dtype}; {REMEDY}.")
    if values.ndim != 3 or not values.size:
        raise UnusableFile(f"{path.name} has the shape {values.shape} and should have (count, height, width); {REMEDY}.")
    if not values.flags.c_contiguous:
        raise UnusableFile(f"{path.name} is stored column by column; {REMEDY}, made with numpy.ascontiguousarray.")
    _remember(path)
    return path, values


def labels(path: Path, count: int) -> np.ndarray | None:
    """Return the labels (N,) int64 in `<stem>-labels.npy` beside the images, or None where there is no such file.

    Raises:
        UnusableFile: they are not one whole number from 0 for each image.
    """
    path = path.with_name(f"{path.stem}-labels{ENDING}")
    if not path.exists():
        return None
    found = _mapped(path)
    remedy = "give each image one whole number from 0, or delete the file"
    if found.shape != (count,) or found.dtype.kind not in "iu":
        raise UnusableFile(f"{path.name} holds {found.dtype} of shape {found.shape} and should hold {count} whole numbers; {remedy}.")
    low, high = int(found.min()), int(found.max())
    if low < 0 or high >= MOST_CLASSES:
        raise UnusableFile(f"{path.name} holds labels from {low} to {high}; number the classes from 0, {MOST_CLASSES} at most.")
    return found.astype(np.int64)


def _mapped(path: Path) -> np.ndarray:
    try:
        array: Any = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # numpy's reader of damaged headers lets any error of Python's parser through
        raise UnusableFile(f"{path.name} is not a whole {ENDING} file of numbers; {REMEDY}.") from error
    if not isinstance(array, np.memmap):  # several arrays in a zip file, whatever its name
        raise UnusableFile(f"{path.name} is not a {ENDING} file of one array; {REMEDY}.")
    return array


def _places() -> Path:
    import pooch

    return Path(pooch.os_cache("latent-lens")) / "places.json"


def _remembered() -> dict[str, str]:
    """Return name -> path of the files used so far; a note that cannot be read is none."""
    try:
        noted = json.loads(_places().read_text(encoding="utf-8"))
        return {name: place for name, place in noted.items() if isinstance(place, str)}
    except (OSError, ValueError, AttributeError):
        return {}


def _remember(path: Path) -> None:
    """Note where a file is; where no note can be written, the path has to be given again."""
    from vae_core.files import write_beside

    known, place = _remembered(), str(path.resolve())
    if known.get(path.name) != place:
        with suppress(OSError):
            _places().parent.mkdir(parents=True, exist_ok=True)
            write_beside(_places(), json.dumps({**known, path.name: place}, indent=1).encode())
