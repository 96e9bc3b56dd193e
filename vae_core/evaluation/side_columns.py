"""The columns of the table beside imported images as columns of a run's test images: numbers, and texts of which there are not too many."""

from __future__ import annotations

import numpy as np

from vae_core.data import imported
from vae_core.data.file_names import COLUMNS
from vae_core.data.imported import OWN_COLUMNS
from vae_core.runs.columns import Column
from vae_core.runs.run import Run

CATEGORIES = 1000  # of a column of texts: more are names and tell nothing apart
PLACES = ("row", *COLUMNS, *OWN_COLUMNS)  # columns that say where an image came from, not what it is


def all_columns(run: Run) -> list[Column]:
    """Return the run's own columns, then those of the table beside its images that are not among them; a missing value is NaN or -1.

    Raises:
        RunError: the run is not finished, or its latents are damaged.
    """
    import pyarrow

    columns, rows = run.columns(), run.latents().rows.astype(np.int64)
    table = imported.table_of(run.dataset["sha256"])
    if table is None or rows.max() >= len(table):
        return columns
    known = {*PLACES, *(column.name for column in columns)}
    for name in table.column_names:
        kind, values = table.schema.field(name).type, table[name].take(rows)
        if name in known:
            continue
        if pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind):
            columns.append(Column(name, "number", values.cast("float64").to_numpy().astype(np.float64)))
            continue
        texts = values.cast("string").to_pylist()
        there = sorted({one for one in texts if one is not None})
        if 0 < len(there) <= CATEGORIES:
            number = {one: place for place, one in enumerate(there)}
            columns.append(Column(name, "category", np.array([number.get(one, -1) for one in texts], np.int64), tuple(there)))
    return columns
