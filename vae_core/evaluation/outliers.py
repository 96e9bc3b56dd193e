"""Outliers: images that the model draws badly, that lie where few others do, whose neighbours have another label, that occur twice.

NumPy alone; scores come from elsewhere.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Floats, Ints
from vae_core.latent.aggregate_posterior import log_density
from vae_core.latent.projections import principal_axes
from vae_core.printable import as_field
from vae_core.progress import Progress, no_progress

NEIGHBOURS = 20
TOLERANCE = 0.02  # root mean square difference of two pictures that are nearly identical: five grey levels of 255 on every pixel
SKETCH = 16  # principal axes on which pictures are compared first: projected distances are never larger than true ones
MAX_DISTANCES = 2**22  # distances held in memory together, 16 MB
MAX_PAIRS = 8  # that one picture is joined with directly; others reach it through these

# Column of a table of images -> whether its low values are the strange ones.
ORDERS = {"reconstruction": False, "negative_elbo": False, "log_density": True, "agreement": True}
TIES = {"agreement": "majority_share"}  # among equals the one whose neighbours agree most about another label comes first


def leave_one_out(mu: Floats, log_var: Floats, progress: Progress = no_progress, parts: int = 20) -> Floats:
    """Return log q(mu_n), (N,) in nats, each under the mixture of all other posteriors; NaN where there is no other or no spread."""
    if len(mu) < 2 or not np.isfinite(log_var).all():
        return np.full(len(mu), np.nan)
    found = []
    for i, rows in enumerate(np.array_split(np.arange(len(mu)), parts)):
        found.append(log_density(mu[rows], mu, log_var, own=rows))
        progress((i + 1) / parts)
    return np.concatenate(found)


def neighbour_agreement(mu: Floats, labels: Ints | None, k: int = NEIGHBOURS) -> dict[str, NDArray[Any]]:
    """Return what the k nearest other images (or all, where there are fewer) are labelled, as columns (N,).

    Returns:
        agreement: the share of them that have the image's own label.
        majority, majority_share: the label that most of them have, the lowest of equals, and their share.
        All NaN, and the majority -1, without labels or without neighbours.
    """
    from sklearn.neighbors import NearestNeighbors

    n, k = len(mu), min(k, len(mu) - 1)
    if labels is None or k < 1:
        return {"agreement": np.full(n, np.nan), "majority": np.full(n, -1), "majority_share": np.full(n, np.nan)}
    near = (
        NearestNeighbors(n_neighbors=k).fit(mu).kneighbors(return_distance=False)
    )  # called without points, it leaves each out of its own neighbours
    counts = np.zeros((n, int(labels.max()) + 1), np.int32)
    np.add.at(counts, (np.arange(n)[:, None], labels[near]), 1)
    return {"agreement": counts[np.arange(n), labels] / k, "majority": counts.argmax(1), "majority_share": counts.max(1) / k}


def duplicates(pictures: Floats, tolerance: float = TOLERANCE, progress: Progress = no_progress) -> tuple[list[list[int]], int]:
    """Return groups of pictures (N, P), in [0, 1], that are identical or nearly so, largest first, and how many groups are identical.

    Two are nearly identical when their root mean square difference is at most `tolerance`; a group is joined by such pairs.
    """
    _, first, which = np.unique(np.ascontiguousarray(pictures), axis=0, return_index=True, return_inverse=True)
    which = which.ravel()
    joined = _join(len(first), _near_pairs(pictures[first], tolerance, progress))
    group = joined[which]
    order = np.argsort(group, kind="stable")
    found = [part.tolist() for part in np.split(order, np.flatnonzero(np.diff(group[order])) + 1) if len(part) > 1]
    identical = sum(len(set(which[part].tolist())) == 1 for part in found)
    return sorted(found, key=lambda part: (-len(part), part)), identical


def _near_pairs(pictures: Floats, tolerance: float, progress: Progress) -> list[tuple[int, int]]:
    """Return pairs (i, j) within the tolerance; at most MAX_PAIRS of each picture."""
    reach = tolerance**2 * pictures.shape[1]
    axes = principal_axes(pictures, min(SKETCH, pictures.shape[1]))
    sketch = axes.project(pictures).astype(np.float32)
    lengths = (sketch**2).sum(1)
    slack = 1e-5 * float(lengths.max(initial=0.0))  # what single precision may lose
    pairs = []
    for start in range(0, len(sketch), step := max(1, MAX_DISTANCES // len(sketch))):
        part = sketch[start : start + step]
        distances = lengths[start : start + step, None] + lengths[None, : start + step] - 2 * part @ sketch[: start + step].T
        distances[np.arange(len(part))[:, None] + start <= np.arange(start + len(part))[None]] = np.inf  # each pair once
        rows, columns = np.nonzero(distances <= reach + slack)
        is_true = _mean_squares(pictures, rows + start, columns) <= tolerance**2
        pairs += _some(rows[is_true] + start, columns[is_true])
        progress(min(1.0, (start + step) / len(sketch)))
    return pairs


def _mean_squares(pictures: Floats, left: Ints, right: Ints) -> Floats:
    """Return the mean square difference of pairs of pictures, (M,)."""
    parts = [np.empty(0)]
    for start in range(0, len(left), 4096):
        one = slice(start, start + 4096)
        parts.append(((pictures[left[one]].astype(np.float64) - pictures[right[one]]) ** 2).mean(1))
    return np.concatenate(parts)


def _some(left: Ints, right: Ints) -> list[tuple[int, int]]:
    """Return at most MAX_PAIRS pairs of each left one; `left` is ascending."""
    first = np.searchsorted(left, left)
    few = np.arange(len(left)) - first < MAX_PAIRS
    return list(zip(left[few].tolist(), right[few].tolist(), strict=True))


def _join(count: int, pairs: Sequence[tuple[int, int]]) -> Ints:
    """Return for each of `count` things the smallest number of those that pairs connect it with, (count,)."""
    parent = list(range(count))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = i = parent[parent[i]]
        return i

    for i, j in pairs:
        a, b = sorted((root(i), root(j)))
        parent[b] = a
    return np.array([root(i) for i in range(count)], np.int64)


class Table(Protocol):
    """What Inspect stores of the images: columns as arrays (N,), and the names of the classes among its values."""

    @property
    def arrays(self) -> Mapping[str, NDArray[Any]]: ...

    @property
    def values(self) -> Mapping[str, Any]: ...


def strangest(table: Table, by: str, n: int | None = None) -> Ints:
    """Return the positions of the n strangest images by a column of ORDERS, strangest first; those without a value are left out."""
    column = table.arrays[by]
    ties = -table.arrays[TIES[by]] if by in TIES else np.zeros(len(column))
    places = np.lexsort((ties, column if ORDERS[by] else -column))  # NaN comes last
    return places[: np.isfinite(column).sum()][:n]


NUMBERS = (*ORDERS, "majority_share")


def to_csv(table: Table) -> str:
    """Return a table of images as CSV: nats per image; empty where a value is not defined."""
    buffer, classes = io.StringIO(), table.values.get("classes", ())
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("row", "label", *NUMBERS, "majority", "duplicates"))
    columns = ("rows", "labels", "majority", "group", *NUMBERS)
    for row, label, majority, group, *numbers in zip(*(table.arrays[name].tolist() for name in columns), strict=True):
        own, other = (classes[one] if 0 <= one < len(classes) else "" for one in (label, majority))
        shown = [f"{number:.6g}" if np.isfinite(number) else "" for number in numbers]
        writer.writerow((row, as_field(own), *shown, as_field(other), group if group >= 0 else ""))
    return buffer.getvalue()
