"""Images that a run leaves out, as its setting `left_out` has them: `1a2b3c4d:3-5,9`, the beginning of the dataset's SHA-256, then rows."""

from __future__ import annotations

import numpy as np

from vae_core.arrays import Ints
from vae_core.config import MOST_LEFT_OUT, ConfigError
from vae_core.data.ranges import NOTHING, Ranges, contains, to_ranges

LETTERS = 16  # of the hash that is written


def ranges_of(text: str) -> Ranges:
    """Return the rows that a setting leaves out, in whatever order it names them."""
    parts = [part.partition("-") for part in text.partition(":")[2].split(",")] if text else []
    pairs = sorted((int(first), int(last or first) + 1) for first, _, last in parts)
    ends = np.array([pair for pair in pairs if pair[0] < pair[1]], np.int64).reshape(-1, 2)
    if not len(ends):
        return NOTHING
    reach = np.maximum.accumulate(ends[:, 1])
    begins = np.r_[True, ends[1:, 0] > reach[:-1]]
    return np.stack([ends[begins, 0], reach[np.r_[begins[1:], True]]], 1)


def count_of(text: str) -> int:
    """Return how many images a setting leaves out."""
    return int(np.diff(ranges_of(text), axis=1).sum())


def kept_rows(text: str, count: int) -> Ints:
    """Return the rows of a dataset of so many images that a setting keeps, ascending.

    Raises:
        ConfigError: it keeps none.
    """
    rows = np.arange(count, dtype=np.int64)
    kept = rows[~contains(ranges_of(text), rows)] if text else rows
    if not len(kept):
        raise ConfigError("left_out names every image of the dataset; keep at least one.")
    return kept


def written(sha256: str, rows: Ints) -> str:
    """Return the setting that leaves out these rows (n,) of the dataset with this hash.

    Raises:
        ConfigError: there are too many gaps between them.
    """
    if not len(rows):
        return ""
    ends = [(int(first), int(end) - 1) for first, end in to_ranges(rows)]
    text = f"{sha256[:LETTERS]}:" + ",".join(f"{first}" if first == last else f"{first}-{last}" for first, last in ends)
    if len(text) > MOST_LEFT_OUT:
        why = "There are too many gaps between these rows for a setting; write the images to a file with `select --out` and import it."
        raise ConfigError(why)
    return text


def check(text: str, sha256: str, count: int) -> None:
    """Raise ConfigError where a setting was made for other images than those with this hash, or names rows that they do not have."""
    if text and not sha256.startswith(text.partition(":")[0]):
        raise ConfigError("left_out names rows of other images than these; choose the images again, or leave none out.")
    if text and ranges_of(text).max(initial=0) > count:
        raise ConfigError("left_out names rows that the dataset does not have; its rows are 0 to {last}.", last=count - 1)
