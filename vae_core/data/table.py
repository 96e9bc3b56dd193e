"""The table beside imported images: a row for each, checked and bounded before it is read."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vae_core.storage.files import sha256 as sha256_of
from vae_core.storage.reading import MB, Unreadable

if TYPE_CHECKING:
    import pyarrow

MAX_TABLE, MAX_COLUMNS = 512 * MB, 512  # bytes on the disk, four times as many in memory


def check_plain(path: Path) -> None:
    """Refuse what is no file of this very folder, such as a link to another place or a pipe.

    Raises:
        OSError, Unreadable: it is none.
    """
    if not stat.S_ISREG(os.lstat(path).st_mode):
        raise Unreadable("it is not a regular file")


def table_with_hash(path: Path, sha256: str, count: int) -> pyarrow.Table:
    """Return the table in a Parquet file of this hash and of so many rows.

    Raises:
        OSError, Unreadable: it is another, damaged, or too large.
    """
    import pyarrow
    import pyarrow.parquet

    check_plain(path)
    if path.stat().st_size > MAX_TABLE:
        raise Unreadable("it is larger than {size} MB", size=MAX_TABLE // MB)
    if sha256_of(path) != sha256:
        raise Unreadable("{name} is missing or makes no sense", name=path.name)
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            told = file.metadata
            if sum(told.row_group(number).total_byte_size for number in range(told.num_row_groups)) > 4 * MAX_TABLE:
                raise Unreadable("it is larger than {size} MB", size=4 * MAX_TABLE // MB)
            if told.num_rows != count or told.num_columns > MAX_COLUMNS or "class" not in file.schema_arrow.names:
                raise Unreadable("{name} is missing or makes no sense", name=path.name)
            return file.read()
    except (pyarrow.ArrowException, OSError, ValueError, KeyError) as error:
        raise error if isinstance(error, Unreadable) else Unreadable("it is damaged") from error


def labels_of(table: pyarrow.Table, names: Sequence[str]) -> np.ndarray:
    """Return what stands in the column `class` as indices into names: (N,) int64.

    Raises:
        Unreadable: something else stands there too.
    """
    from pyarrow import compute

    index = {name: number for number, name in enumerate(names)}
    column = compute.dictionary_encode(table.column("class").cast("string")).combine_chunks()
    numbers = [index.get(name, -1) for name in column.dictionary.to_pylist()]
    labels = np.array([*numbers, -1], np.int64)[column.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
    if labels.min() < 0:
        raise Unreadable("{name} is missing or makes no sense", name="class")
    return labels
