"""What the files of imported images are called, by which their owner knows them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from vae_core.arrays import Ints
from vae_core.data import imported, sources
from vae_core.printable import shown

if TYPE_CHECKING:
    import pyarrow

COLUMNS = ("file", "path")  # of the table of an imported set, one of which names the file of each image


def file_names(dataset: str, sha256: str, rows: Sequence[int] | Ints) -> list[str]:
    """Return which file each of these rows of a run's dataset was, fit to be shown; "" where that is not known."""
    column = _column(sha256, sources.fingerprint(dataset))
    if column is None or not len(rows) or np.max(rows) >= len(column):
        return [""] * len(rows)
    return ["" if name is None else shown(name) for name in column.take([int(row) for row in rows]).to_pylist()]


@lru_cache(4)
def _column(sha256: str, at_hand: str) -> pyarrow.ChunkedArray | None:
    """Return the names in the order of the rows, or None where there are none; `at_hand` changes when what there is does."""
    table = imported.table_of(sha256) if sha256 and at_hand else None
    if table is None:
        return None
    found = [name for name in COLUMNS if name in table.column_names]
    return table.column(found[0]).cast("string") if found else None
