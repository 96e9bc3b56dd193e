"""All columns of a run's test images: those of the run, and what the same images cost other runs of its folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vae_core.evaluation import paired
from vae_core.runs.columns import UNDER, Column
from vae_core.runs.errors import RunError
from vae_core.runs.layout import folders
from vae_core.runs.listing import list_runs
from vae_core.runs.run import Run


def known_columns(run: Run) -> list[Column]:
    """Return `run.columns()`, behind its costs those under other runs, "under:" and the run's id, in nats; as far as they are stored.

    Raises:
        RunError: the run is not finished, or its latents are damaged.
    """
    own = run.columns()
    costs = max((n for n, column in enumerate(own, 1) if column.group in ("image", "table", "cost")), default=0)
    return [*own[:costs], *_under_others(run), *own[costs:]]


def mark(run: Run) -> str:
    """Return a text that changes when what the images cost a run of this folder is computed, which no run's version knows."""
    try:
        seen = [(name, _changed(run.path.parent / name / "evaluations")) for name in folders(run.path.parent)]
    except RunError:
        return ""
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def _changed(folder: os.PathLike[str]) -> int:
    try:
        return os.stat(folder).st_mtime_ns
    except OSError:
        return 0


def _under_others(run: Run) -> Iterator[Column]:
    try:
        others = list_runs(run.path.parent)[0]
    except RunError:
        return
    for other in others:
        if other.id == run.id or not other.summary or other.dataset.get("sha256") != run.dataset.get("sha256"):
            continue
        if not os.path.isfile(other.path / other.evaluation_file("bills")) or paired.incomparable_because(run, other):
            continue
        costs = paired.stored_costs(other)
        if costs is not None and (values := _in_order(run.latents().rows, other.latents().rows, costs.total)) is not None:
            yield Column(UNDER + other.id, "cost", "number", lambda values=values: values, unit="nats")  # type: ignore[misc]


def _in_order(rows: NDArray[np.integer], theirs: NDArray[np.integer], values: NDArray[np.floating]) -> NDArray[np.floating] | None:
    """Return values in the order of these images, given those of another run in its order; None where that has damaged or other rows."""
    order, sorted_rows = np.argsort(theirs), np.sort(rows)
    return values[order[np.searchsorted(sorted_rows, rows)]] if np.array_equal(theirs[order], sorted_rows) else None
