"""The columns that somebody keeps beside imported images, as columns of a run's test images."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Ints
from vae_core.data import imported, sources
from vae_core.data.file_names import COLUMNS
from vae_core.printable import shown
from vae_core.runs.columns import MOST_CATEGORIES, Column

if TYPE_CHECKING:
    import pyarrow

MICROSECONDS = 1e6  # in a second
PLACES = (*COLUMNS, *imported.OWN_COLUMNS)  # columns that say where an image came from, or what the run knows itself
OWN = re.compile(
    r"row|class|reconstruction|kl|negative_elbo|neighbour|log_density|probe_residual|(factor|mu|sigma|kl)-\d+|(table|under):.*", re.S
)


def side_columns(dataset: str, sha256: str, rows: Ints) -> list[Column]:
    """Return what the table of a run's imported images says of these rows; nothing of images that were not imported, or are gone.

    Args:
        dataset, sha256: by which the run knows its data.
        rows: (N,) of the dataset.
    """
    if not imported.ID.fullmatch(dataset):
        return []
    table = _table(sha256, str(sources.fingerprint(dataset)))
    if table is None or not len(rows) or np.max(rows) >= table.num_rows:
        return []
    found: dict[str, Column] = {}
    for name in table.column_names:
        title = title_of(name)
        if name not in PLACES and title not in found and (column := _column(title, table.column(name), rows)):
            found[title] = column
    return list(found.values())


def title_of(name: str) -> str:
    """Return what a column of a table is called among those of a run."""
    words = shown(name)
    return f"table:{words}" if OWN.fullmatch(words) else words


@lru_cache(1)
def _table(sha256: str, at_hand: str) -> pyarrow.Table | None:
    """Return the table of the images with this hash; `at_hand` changes when what there is does."""
    return imported.table_of(sha256) if sha256 and at_hand else None


def _column(title: str, whole: pyarrow.ChunkedArray, rows: Ints) -> Column | None:
    """Return a column of a table for these rows, by the type of its values; None for types that are none of ours."""
    from pyarrow import types

    kind = whole.type
    if types.is_dictionary(kind) or types.is_string(kind) or types.is_large_string(kind) or types.is_boolean(kind):
        texts = whole.take(np.asarray(rows)).cast("string")
        names = tuple(sorted(text for text in texts.unique().to_pylist() if text and text.strip()))
        return Column(title, "table", "category" if len(names) <= MOST_CATEGORIES else "text", lambda: _places(texts, names), names)
    if types.is_timestamp(kind) or types.is_date(kind):
        return Column(title, "table", "date", lambda: _seconds(whole, rows, "timestamp", tz=getattr(kind, "tz", None)))
    if types.is_time(kind) or types.is_duration(kind):
        return Column(title, "table", "number", lambda: _seconds(whole, rows, "time64" if types.is_time(kind) else "duration"), unit="s")
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return Column(title, "table", "number", lambda: _numbers(whole.take(np.asarray(rows)).cast("float64", safe=False)))
    return None


def _places(texts: pyarrow.ChunkedArray, names: tuple[str, ...]) -> NDArray[Any]:
    """Return of each text its place among the names, -1 for none and for one without a letter."""
    import pyarrow
    from pyarrow import compute

    return compute.index_in(texts, value_set=pyarrow.array(names, "string")).combine_chunks().fill_null(-1).to_numpy(zero_copy_only=False)


def _seconds(whole: pyarrow.ChunkedArray, rows: Ints, kind: str, **how: Any) -> NDArray[Any]:
    import pyarrow

    make: Callable[..., Any] = getattr(pyarrow, kind)
    micro = whole.take(np.asarray(rows)).cast(make("us", **how), safe=False).cast("int64")
    return _numbers(micro.cast("float64", safe=False)) / MICROSECONDS


def _numbers(column: pyarrow.ChunkedArray) -> NDArray[Any]:
    """Return numbers as they stand, NaN where there is none."""
    return column.combine_chunks().fill_null(float("nan")).to_numpy(zero_copy_only=False)
