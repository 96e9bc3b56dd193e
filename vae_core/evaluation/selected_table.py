"""Chosen test images of a run as a table: row, file, all columns, mu and sigma; as CSV that a spreadsheet may open, or as Parquet."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_core.arrays import Ints
from vae_core.data import imported
from vae_core.data.file_names import file_names
from vae_core.evaluation.known_columns import known_columns
from vae_core.printable import as_field
from vae_core.runs.columns import Column, number_in_words
from vae_core.runs.run import Run
from vae_core.runs.side_columns import PLACES, title_of

if TYPE_CHECKING:
    import pyarrow

Table = dict[str, list[Any]]


class Single(float):
    """A number that is known in single precision: nine digits tell it from all others."""


def table_of(run: Run, rows: Sequence[int] | Ints) -> Table:
    """Return what is known of test images, a list for each column, in the order of the run's latents; None where a value is missing.

    Args:
        run: a finished run.
        rows: row numbers of the dataset; those of no test image are left out.

    Returns:
        row; file, where it is known; the columns of `Run.columns`, those of the table beside imported images as they stand there.
    """
    latents = run.latents()
    at = np.flatnonzero(np.isin(latents.rows, rows))
    own, sha256 = latents.rows[at].astype(np.int64), run.dataset["sha256"]
    found: Table = {"row": own.tolist()}
    names = file_names(run.config.data.dataset, sha256, own)
    if any(names):
        found["file"] = names
    for column in known_columns(run):
        if column.group != "table":
            found[column.name] = _values(column, at)
    side = imported.table_of(sha256)
    if side is not None and (not len(own) or own.max() < len(side)):
        for name in side.column_names:
            if name not in PLACES:
                found[_free(title_of(name), found)] = _as_they_stand(side[name].take(own))
    return found


def _free(name: str, taken: Table) -> str:
    """Return a name that no column has."""
    return next(one for one in (name, *(f"{name}-{number}" for number in range(2, 10**6))) if one not in taken)


def _values(column: Column, at: Ints) -> list[Any]:
    values = column.values[at].tolist()
    if column.kind == "category":
        return [column.categories[one] if 0 <= one < len(column.categories) else None for one in values]
    return [Single(value) if math.isfinite(value) else None for value in values]


def _as_they_stand(column: pyarrow.ChunkedArray) -> list[Any]:
    from pyarrow import types

    values: list[Any] = column.to_pylist()
    if not (types.is_float32(column.type) or types.is_float16(column.type)):
        return values
    return [None if value is None else Single(value) for value in values]


def to_csv(table: Table) -> bytes:
    """Return a table as CSV in UTF-8: what a spreadsheet would compute stands behind an apostrophe, a missing value is empty."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(map(as_field, table))
    writer.writerows(zip(*([_field(value) for value in values] for values in table.values()), strict=True))
    return buffer.getvalue().encode("utf-8", errors="backslashreplace")


def _field(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.9g}" if isinstance(value, Single) else number_in_words(value)
    return str(value) if isinstance(value, int) else as_field(value)


def to_parquet(table: Table) -> bytes:
    """Return a table as Parquet, whose values are of a type and so computed by nobody; texts stand in it as they are."""
    import pyarrow
    import pyarrow.parquet

    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(table), buffer)
    return buffer.getvalue()
