"""Columns from anywhere as a table that everybody can read: flat, bounded, one row for each image, nothing in it ever run or fetched."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from vae_core.data.errors import UnusableFile

if TYPE_CHECKING:
    import pyarrow

MOST_COLUMNS = 200
LONGEST_TEXT, LONGEST_HEAD = 1000, 100  # letters of a cell, and of a column's name; the rest is cut off


def writable(text: str) -> str:
    """Return a text that can be written down as UTF-8: bytes of file names that are no letters are escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


def plain(table: pyarrow.Table, count: int, reserved: Iterable[str] = ()) -> pyarrow.Table:
    """Return the columns of a table that hold one number, truth value, time or text for each image, texts as dictionaries.

    Lists, bytes and columns within columns are left out; a name that occurs twice, or is reserved, is told apart by a number.

    Raises:
        UnusableFile: it has another number of rows, or too many columns.
    """
    import pyarrow

    if table.num_columns and table.num_rows != count:
        raise UnusableFile("The table has {rows} rows for {count} images; give one row for each image.", rows=table.num_rows, count=count)
    if table.num_columns > MOST_COLUMNS:
        raise UnusableFile("The table has {columns} columns; keep {most} of them at most.", columns=table.num_columns, most=MOST_COLUMNS)
    columns: dict[str, Any] = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if (kept := _plain(column)) is not None:
            columns[_free(writable(name)[:LONGEST_HEAD], {*columns, *reserved})] = kept
    return pyarrow.table(columns) if columns else pyarrow.table({"": pyarrow.nulls(count)}).drop_columns([""])


def _free(name: str, taken: set[str]) -> str:
    """Return the name, or with the first number behind it that no other column has."""
    number = 2
    free = name or "column"
    while free in taken:
        free, number = f"{name or 'column'} ({number})", number + 1
    return free


def is_plain(kind: pyarrow.DataType) -> bool:
    """Tell whether values of a type are kept: a number, truth value, time or text each."""
    from pyarrow import types

    kind = kind.value_type if types.is_dictionary(kind) else kind
    is_text = types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)
    is_number = types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)
    return is_text or is_number or types.is_temporal(kind)


def _plain(column: pyarrow.ChunkedArray) -> pyarrow.Array | None:
    """Return a column of a type that is kept, in one piece, or None."""
    import pyarrow
    from pyarrow import compute, types

    kind = column.type
    if not is_plain(kind):
        return None
    if types.is_dictionary(kind):
        kind, column = kind.value_type, column.cast(kind.value_type)
    if types.is_decimal(kind):
        return column.cast(pyarrow.float64()).combine_chunks()
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        cut = compute.utf8_slice_codeunits(column.cast(pyarrow.large_string()), 0, LONGEST_TEXT)
        coded = compute.dictionary_encode(cut).combine_chunks()
        return pyarrow.DictionaryArray.from_arrays(coded.indices, coded.dictionary.cast(pyarrow.string()))
    return column.combine_chunks()
