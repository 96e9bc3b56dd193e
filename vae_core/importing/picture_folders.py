"""What the folders that pictures lie in mean: an official split on top, classes below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TRAIN, VALIDATION, TEST = range(3)
PARTS = {"train": TRAIN, "training": TRAIN, "val": VALIDATION, "valid": VALIDATION, "validation": VALIDATION, "test": TEST, "testing": TEST}


@dataclass(frozen=True, eq=False)
class Places:
    """What paths say of pictures.

    Attributes:
        parts: (N,) TRAIN, VALIDATION or TEST.
        split: the names of the folders that say so; empty where none do.
        classes: the folder of each below that; None for pictures beside the folders.
    """

    parts: NDArray[np.int8]
    split: tuple[str, ...]
    classes: tuple[str | None, ...]


def places_of(names: Sequence[str]) -> Places:
    """Return what the paths (with "/") of pictures mean; a single folder around all of them means nothing."""
    paths = [name.split("/") for name in names]
    at = 0
    while (
        not (split := _split(paths, at))
        and len({tuple(path[at : at + 1]) for path in paths}) == 1
        and all(len(path) > at + 1 for path in paths)
    ):
        at += 1
    parts = np.array([PARTS[path[at].lower()] if split else TRAIN for path in paths], np.int8)
    at += bool(split)
    return Places(parts, split, tuple(path[at] if len(path) > at + 1 else None for path in paths))


def _split(paths: Sequence[Sequence[str]], at: int) -> tuple[str, ...]:
    """Return the folders of an official split: all on top are parts of one, and one of them trains."""
    tops = {path[at] if len(path) > at + 1 else "" for path in paths}
    parts = {PARTS.get(top.lower(), -1) for top in tops}
    return tuple(sorted(tops)) if -1 not in parts and TRAIN in parts and len(parts) > 1 else ()
