"""A user's own images: one .npy file, which stays on the disk, so that it may be larger than the memory, and its labels beside it.

A run keeps the name of such a file and never its folder, which is private; where the file was last is remembered per user.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from vae_core.data.dataset import Dataset
from vae_core.data.errors import UnusableFile
from vae_core.data.npy import READ, header, look
from vae_core.data.rows import ROWS_AT_ONCE, Rows, smallest_and_largest
from vae_core.messages import Message, say
from vae_core.storage.reading import read_json

ENDING = ".npy"
MAX_CLASSES = 1000
MAX_PLACES = 8  # of one file name that are remembered
WHITE = 255  # of bytes
FEW = 16  # bytes that reach no farther count something: masks to 1, scikit-learn's digits to 16; their largest value is full ink
UNIT = "((x - x.min()) / (x.max() - x.min())).astype(numpy.float32)"  # brings any finite numbers between 0 and 1


def is_own(name: str) -> bool:
    """Return whether the name of a dataset is that of a file of the user's."""
    return name.lower().endswith(ENDING)


def paths_of(name: str) -> list[Path]:
    """Return where files of this name are: as given, then, given without a folder, in VAE_DATA_DIR, then where they were used last."""
    found = [Path(os.path.expanduser(name))]  # which leaves the home of an unknown user as it is
    if found[0].name == name:
        own = os.environ.get("VAE_DATA_DIR")
        found += [Path(os.path.expanduser(own), name)] if own else []
        found += [Path(place) for place in _remembered().get(name, [])]
    return [place for place in dict.fromkeys(found) if _is_file(place)]


def absolute_name(name: str) -> str:
    """Return the name of a dataset as a process in another folder finds it: a user's file by its whole path, where there is such a file."""
    found = paths_of(name) if is_own(name) else []
    return str(found[0].resolve()) if found else name


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name longer than the system takes
        return False


def load(name: str, *, is_noted: bool = True) -> Dataset:
    """Return a user's own images: `name` is a .npy file, which stays on the disk; labels are read from `<stem>-labels.npy` beside it.

    Args:
        is_noted: remember where it is as the place that was used last.

    Raises:
        UnusableFile: there is no such file, or it does not hold images.
    """
    path, values = open_images(name, is_noted=is_noted)
    found = read_labels(path, len(values))
    divisor, taken = white_of(path, values)
    classes = () if found is None else tuple(map(str, range(int(found.max()) + 1)))
    source = "a file of the user's own"
    return Dataset(path.stem, values, divisor, "image", found, classes, source=source, limits=extremes_of(path), taken=taken)


def open_images(name: str, *, is_noted: bool = True) -> tuple[Path, Rows]:
    """Return where the file is, and its images (N, H, W) as uint8 or float32, which are read when they are asked for.

    Args:
        is_noted: remember where it is as the place that was used last.

    Raises:
        UnusableFile: there is no such file, or it holds something else.
    """
    path = next(iter(paths_of(name)), None)
    if path is None:
        if os.path.exists(given := os.path.expanduser(name)):
            raise UnusableFile(look(Path(given)))
        no_file = "There is no file {name}; give the path of a .npy file, or put it into the folder that VAE_DATA_DIR names."
        raise UnusableFile(no_file, name=name)
    stored, kind, start = header(path)
    if kind == np.bool_:
        kind = np.dtype(np.uint8)
    shape = _without_channel(stored)
    if not math.prod(shape):
        raise UnusableFile("{name} has the shape {shape}, so it holds no images; save at least one.", name=path.name, shape=shape)
    if len(shape) != 3:
        raise UnusableFile(
            "{name} has the shape {shape} and should have (count, height, width); save {code} instead, {where}.",
            name=path.name,
            shape=shape,
            code=_reshaped(shape),
            where=READ,
        )
    if kind.kind not in "iuf":
        raise UnusableFile(
            "{name} holds {type}, which are not grey levels; save uint8 from 0 to 255 or float32 from 0 to 1.", name=path.name, type=kind
        )
    if kind not in (np.uint8, np.float32):
        raise UnusableFile(
            "{name} holds numbers of type {type}; save {code} instead, {where}.",
            name=path.name,
            type=kind,
            code=_converted(path, kind),
            where=READ,
        )
    if is_noted:
        _remember(path)
    return path, Rows(path, start, shape, kind)


def labels_path_of(path: Path) -> Path:
    """Return where the labels of the images in a file are, or would be."""
    places = [path.with_name(f"{path.stem}-labels{ending}") for ending in (path.suffix, ENDING)]
    return next((place for place in places if place.is_file()), places[0])


def _without_channel(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return (count, height, width) of pictures with one channel, which may stand behind or before them; other shapes as they are."""
    if len(shape) != 4 or 1 not in (shape[1], shape[3]):
        return shape
    return shape[:3] if shape[3] == 1 else (shape[0], *shape[2:])


def _reshaped(shape: Sequence[int]) -> str:
    """Return, in code, how an array of another shape becomes one of grey pictures."""
    side = math.isqrt(shape[1]) if len(shape) == 2 else 0
    if side > 1 and side**2 == shape[1]:
        return f"x.reshape(-1, {side}, {side})"
    if len(shape) == 4 and min(shape[1], shape[3]) <= 4:  # colours, and perhaps a mask behind them
        return "x[..., :3].mean(3).astype(x.dtype)" if shape[3] <= 4 else "x[:, :3].mean(1).astype(x.dtype)"
    return "x.reshape(-1, height, width)"


def _converted(path: Path, kind: np.dtype[Any]) -> str:
    """Return, in code, how numbers of another type become bytes or float32."""
    low, high = extremes_of(path)
    if kind.kind in "iu" and low >= 0 and high <= WHITE:
        return "x.astype(numpy.uint8)"
    return UNIT if low < 0 or high > 1 else "x.astype(numpy.float32)"


def extremes_of(path: Path) -> tuple[float, float]:
    """Return the extremes of a file's values, looked for once for as long as its size and its time stay."""
    stamp = path.stat()
    return _extremes(path.resolve(), stamp.st_size, stamp.st_mtime_ns)


@lru_cache(8)
def _extremes(path: Path, size: int, time: int) -> tuple[float, float]:
    shape, kind, start = header(path)
    return smallest_and_largest(Rows(path, start, shape, kind))


def white_of(path: Path, values: Rows) -> tuple[float, Message]:
    """Return which value is full ink, and the sentence that says so.

    Raises:
        UnusableFile: float32 that are not between 0 and 1.
    """
    low, high = extremes_of(path)
    is_bytes = values.dtype == np.uint8
    if not (math.isfinite(low) and math.isfinite(high)):
        raise UnusableFile(_not_finite(path, values))
    if not is_bytes and (low < 0 or high > 1):
        raise UnusableFile(
            "{name} holds float32 from {low:.4g} to {high:.4g} and not from 0 to 1; save {code} instead, {where}.",
            name=path.name,
            low=low,
            high=high,
            code=UNIT,
            where=READ,
        )
    full = 1 if not is_bytes or high <= 1 else int(high) if high <= FEW else WHITE
    if 0 < high < full / 2:
        return float(full), say(
            "{name} holds {type} from {low:.4g} to {high:.4g}, and {full} is taken for white, so no pixel is brighter than {share:.2g} %; "
            "if its largest value is white, save {code} instead, {where}.",
            name=path.name,
            type=values.dtype,
            low=low,
            high=high,
            full=full,
            share=100 * high / full,
            code="(x * (255 / x.max())).round().astype(numpy.uint8)" if is_bytes else "x / x.max()",
            where=READ,
        )
    taken = "{name} holds {type} from {low:.4g} to {high:.4g}, and {full} is taken for white."
    return float(full), say(taken, name=path.name, type=values.dtype, low=low, high=high, full=full)


def _not_finite(path: Path, values: Rows) -> Message:
    """Say how many values are NaN or infinite, and where the first of them is."""
    count, first = 0, -1
    for start in range(0, len(values), ROWS_AT_ONCE):
        bad = ~np.isfinite(values[start : start + ROWS_AT_ONCE]).all((1, 2))
        if bad.any() and first < 0:
            first = start + int(bad.argmax())
        count += int(bad.sum())
    return say(
        "{name} holds NaN or infinity in {count} of {n} images, counted from 0 first in number {first}; save {code} instead, {where}, "
        "and leave out their labels too.",
        name=path.name,
        count=count,
        n=len(values),
        first=first,
        code="x[numpy.isfinite(x).all((1, 2))]",
        where=READ,
    )


def read_labels(path: Path, count: int) -> np.ndarray | None:
    """Return the labels (N,) int64 in `<stem>-labels.npy` beside the images, or None where there is no such file.

    Raises:
        UnusableFile: they are not one whole number from 0 for each image.
    """
    path = labels_path_of(path)
    if not path.is_file():
        return None
    stored, kind, start = header(path, "numpy.unique(list(x), return_inverse=True)[1]")
    shape = (count,) if stored == (count, 1) else stored
    if shape != (count,) or kind.kind not in "iu":
        raise UnusableFile(
            "{name} holds {type} of shape {shape} and should hold {count} whole numbers; {remedy}.",
            name=path.name,
            type=kind,
            shape=shape,
            count=count,
            remedy=_numbered(shape, kind, count),
        )
    found = Rows(path, start, shape, kind)[:]
    low, high = int(found.min()), int(found.max())
    if low < 0 or high >= MAX_CLASSES:
        raise UnusableFile(
            "{name} holds labels from {low} to {high}; number the classes from 0, {most} at most.",
            name=path.name,
            low=low,
            high=high,
            most=MAX_CLASSES,
        )
    return found.astype(np.int64)


def _numbered(shape: Sequence[int], kind: np.dtype[Any], count: int) -> Message:
    """Return how labels of another kind become numbers of classes, in code where that is possible."""
    if shape[:1] != (count,):
        return say("give each image one whole number from 0, or delete the file")
    if len(shape) == 2 and kind.kind in "biuf":
        return say("save x.argmax(1) instead, {where}", where=READ)
    return say("save numpy.unique(x, return_inverse=True)[1] instead, {where}", where=READ)


def _places() -> Path:
    import pooch

    return Path(pooch.os_cache("latent-lens")) / "places.json"


def _remembered() -> dict[str, list[str]]:
    """Return name -> paths of the files used so far, the last one first; a note that cannot be read is none."""
    try:
        noted = read_json(_places(), {})
        known = {name: [place] if isinstance(place, str) else place for name, place in noted.items()}
        return {name: [place for place in found if isinstance(place, str)] for name, found in known.items() if isinstance(found, list)}
    except (OSError, ValueError):
        return {}


def _remember(path: Path) -> None:
    """Note where a file is; where no note can be written, the path has to be given again."""
    from vae_core.storage.files import write_beside

    known, place = _remembered(), str(path.resolve())
    before = known.get(path.name, [])
    if before[:1] != [place]:
        now = [place, *(other for other in before if other != place)][:MAX_PLACES]
        with suppress(OSError):
            _places().parent.mkdir(parents=True, exist_ok=True)
            write_beside(_places(), json.dumps({**known, path.name: now}, indent=1).encode())
