"""A user's own images: one .npy file, memory-mapped, so that it may be larger than the memory, and its labels beside it.

A run keeps the name of such a file and never its folder, which is nobody else's business; where it lay last is remembered per user.
"""

from __future__ import annotations

import json
import math
import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import numpy as np

from vae_core.npy import READ, UnusableFile, look, mapped

ENDING = ".npy"
MOST_CLASSES = 1000
WHITE = 255  # of bytes
FEW = 16  # bytes that reach no farther count something: masks to 1, scikit-learn's digits to 16; their largest value is full ink
ROWS_AT_ONCE = 1024  # bounds the memory of what looks at all values
UNIT = "((x - x.min()) / (x.max() - x.min())).astype(numpy.float32)"  # brings any finite numbers between 0 and 1


def is_own(name: str) -> bool:
    """Return whether the name of a dataset is that of a file of the user's."""
    return name.lower().endswith(ENDING)


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
        if os.path.exists(given := os.path.expanduser(name)):
            raise UnusableFile(look(Path(given)))
        raise UnusableFile(f"There is no file {name}; give the path of a {ENDING} file, or put it into the folder that VAE_DATA_DIR names.")
    values = mapped(path)
    if values.dtype == np.bool_:
        values = values.view(np.uint8)
    if values.ndim == 4 and 1 in (values.shape[1], values.shape[3]):  # one channel
        values = values.reshape(values.shape[0], *(values.shape[1:3] if values.shape[3] == 1 else values.shape[2:]))
    if not values.size:
        raise UnusableFile(f"{path.name} has the shape {values.shape}, so it holds no images; save at least one.")
    if values.ndim != 3:
        raise UnusableFile(
            f"{path.name} has the shape {values.shape} and should have (count, height, width); save {_reshaped(values)} instead, {READ}."
        )
    if values.dtype.kind not in "iuf":
        raise UnusableFile(f"{path.name} holds {values.dtype}, which are no grey levels; save uint8 from 0 to 255 or float32 from 0 to 1.")
    if values.dtype not in (np.uint8, np.float32):
        raise UnusableFile(f"{path.name} holds numbers of type {values.dtype}; save {_converted(path, values)} instead, {READ}.")
    _remember(path)
    return path, values


def _reshaped(values: np.ndarray) -> str:
    """Return, in code, how an array of another shape becomes one of grey pictures."""
    side = math.isqrt(values.shape[1]) if values.ndim == 2 else 0
    if side > 1 and side**2 == values.shape[1]:
        return f"x.reshape(-1, {side}, {side})"
    if values.ndim == 4 and min(values.shape[1], values.shape[3]) <= 4:  # colours, and perhaps a mask behind them
        return "x[..., :3].mean(3).astype(x.dtype)" if values.shape[3] <= 4 else "x[:, :3].mean(1).astype(x.dtype)"
    return "x.reshape(-1, height, width)"


def _converted(path: Path, values: np.ndarray) -> str:
    """Return, in code, how numbers of another type become bytes or float32."""
    low, high = extremes(path)
    if values.dtype.kind in "iu" and low >= 0 and high <= WHITE:
        return "x.astype(numpy.uint8)"
    return UNIT if low < 0 or high > 1 else "x.astype(numpy.float32)"


def smallest_and_largest(values: np.ndarray) -> tuple[float, float]:
    """Return the extremes of an array, NaN where any value is NaN, reading a part of the rows at a time."""
    parts = [values[start : start + ROWS_AT_ONCE] for start in range(0, len(values), ROWS_AT_ONCE)]
    return float(np.min([part.min() for part in parts])), float(np.max([part.max() for part in parts]))


def extremes(path: Path) -> tuple[float, float]:
    """Return the extremes of a file's values, looked for once for as long as its size and its time stay."""
    stamp = path.stat()
    return _extremes(path.resolve(), stamp.st_size, stamp.st_mtime_ns)


@lru_cache(8)
def _extremes(path: Path, size: int, time: int) -> tuple[float, float]:
    return smallest_and_largest(mapped(path))


def white(path: Path, values: np.ndarray) -> tuple[float, str]:
    """Return which value is full ink, and the sentence that says so.

    Raises:
        UnusableFile: float32 that are not between 0 and 1.
    """
    low, high = extremes(path)
    is_bytes = values.dtype == np.uint8
    if not (math.isfinite(low) and math.isfinite(high)):
        raise UnusableFile(_not_finite(path, values))
    if not is_bytes and (low < 0 or high > 1):
        raise UnusableFile(f"{path.name} holds float32 from {low:.4g} to {high:.4g} and not from 0 to 1; save {UNIT} instead, {READ}.")
    full = 1 if not is_bytes or high <= 1 else int(high) if high <= FEW else WHITE
    taken = f"{path.name} holds {values.dtype} from {low:.4g} to {high:.4g}, and {full} is taken for white"
    sentence = f"{taken}."
    if 0 < high < full / 2:
        cure = "(x * (255 / x.max())).round().astype(numpy.uint8)" if is_bytes else "x / x.max()"
        dark = f"no pixel is brighter than {100 * high / full:.2g} %"
        sentence = f"{taken}, so {dark}; if its largest value is white, save {cure} instead, {READ}."
    return float(full), sentence


def _not_finite(path: Path, values: np.ndarray) -> str:
    """Say how many values are NaN or infinite, and where the first of them is."""
    count, first = 0, -1
    for start in range(0, len(values), ROWS_AT_ONCE):
        bad = ~np.isfinite(values[start : start + ROWS_AT_ONCE]).all((1, 2))
        if bad.any() and first < 0:
            first = start + int(bad.argmax())
        count += int(bad.sum())
    cure = f"save x[numpy.isfinite(x).all((1, 2))] instead, {READ}, and leave out their labels too"
    return f"{path.name} holds NaN or infinity in {count} of {len(values)} images, counted from 0 first in number {first}; {cure}."


def labels(path: Path, count: int) -> np.ndarray | None:
    """Return the labels (N,) int64 in `<stem>-labels.npy` beside the images, or None where there is no such file.

    Raises:
        UnusableFile: they are not one whole number from 0 for each image.
    """
    places = (path.with_name(f"{path.stem}-labels{ending}") for ending in (path.suffix, ENDING))
    path = next((place for place in places if place.is_file()), Path())
    if not path.name:
        return None
    found = mapped(path, "numpy.unique(list(x), return_inverse=True)[1]")
    if found.shape == (count, 1):
        found = found.reshape(count)
    if found.shape != (count,) or found.dtype.kind not in "iu":
        wanted = f"and should hold {count} whole numbers"
        raise UnusableFile(f"{path.name} holds {found.dtype} of shape {found.shape} {wanted}; {_numbered(found, count)}.")
    low, high = int(found.min()), int(found.max())
    if low < 0 or high >= MOST_CLASSES:
        raise UnusableFile(f"{path.name} holds labels from {low} to {high}; number the classes from 0, {MOST_CLASSES} at most.")
    return found.astype(np.int64)


def _numbered(found: np.ndarray, count: int) -> str:
    """Return how labels of another kind become numbers of classes, in code where it can be told."""
    if found.shape[:1] != (count,):
        return "give each image one whole number from 0, or delete the file"
    if found.ndim == 2 and found.dtype.kind in "biuf":
        return f"save x.argmax(1) instead, {READ}"
    return f"save numpy.unique(x, return_inverse=True)[1] instead, {READ}"


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
