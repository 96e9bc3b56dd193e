"""Images in a CSV file, one a row: columns of pixels, maybe one of labels, and others, as UCI and Kaggle have them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Ints
from vae_core.data.npy import never_read
from vae_core.importing.csv_columns import Columns, columns_of
from vae_core.importing.csv_sheet import GZIP, WIDE, Sheet, as_table, sheet_of, wrong_line
from vae_core.importing.number_source import NumberSource, Part
from vae_core.importing.stacks import Stack, check_unchanged, picked
from vae_core.messages import Message, say

ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".txt")
ROW = re.compile(rb"[^\n]{0,200}?[-+.\d]+([,;\t|]\s*[-+.\d]+){3,}")


def opens(path: Path, head: bytes) -> bool:
    """Return whether a file that begins so is a table of texts: by its ending, or since numbers stand in its first lines."""
    if head.startswith(GZIP):
        try:
            head = zlib.decompressobj(31).decompress(head, 1 << 16)
        except zlib.error:
            return False
    if not head or never_read(path, head) is not None or (b"\0" in head and not head.startswith(WIDE)):
        return False
    return path.name.lower().endswith(ENDINGS) or any(ROW.match(line) for line in head.split(b"\n")[:2])


class CsvPixels(NumberSource):
    """A table of pixels."""

    kind = "csv"
    called = say("numbers")
    ends: Mapping[str, str] = {}  # what the first and the last column are called

    def parts(self) -> tuple[Sequence[Part], Sequence[Message]]:
        """Return the rows as images, with their other columns; all lines are read once, and no pixels."""
        sheet = sheet_of(self.path)
        columns = columns_of(sheet, self.options.size, self.options.labels)
        stack = CsvRows(sheet, columns)
        self.ends = {"first": sheet.names[0], "last": sheet.names[-1]}
        found = {name: stack.texts[name] if name == columns.label else _typed(sheet, stack.texts[name]) for name in stack.texts}
        return [Part(stack, "train", found, columns.label)], columns.said

    def labels_asked(self) -> str:
        """Return the column or the file whose labels are asked for; the first and the last column may be called so."""
        return self.ends.get(self.options.labels, self.options.labels)


class CsvRows(Stack):
    """The pixels of a table, as fractions (N, P)."""

    is_table = True

    def __init__(self, sheet: Sheet, columns: Columns) -> None:
        """Read all lines once: where blocks of rows begin, and the columns that are no pixels.

        Raises:
            UnusableFile: a line has another number of fields.
        """
        self.sheet, self.columns = sheet, columns
        kept = [*columns.others, *([columns.label] if columns.label else [])]
        self.texts: dict[str, list[str]] = {name: [] for name in kept}
        self.places, self.firsts, count = [], [], 0
        for at, lines in sheet.lines():
            table = self._table(at, lines, kept or columns.pixels[:1], frozenset())
            self.places.append(at)
            self.firsts.append(count)
            count += table.num_rows
            for name, texts in self.texts.items():
                texts += table[name].to_pylist()
        width = len(sheet.rows[0][sheet.names.index(columns.pixels[0])].split()) if columns.is_text else len(columns.pixels)
        super().__init__(sheet.path.name, (count, width), np.dtype(np.float64))

    def take(self, rows: Ints) -> NDArray[Any]:
        """Return the images of these rows (B,), in their order."""
        rows = np.asarray(rows)
        found = np.empty((len(rows), self.shape[1]))
        block = np.searchsorted(self.firsts, rows, "right") - 1
        for number in [0] if self.sheet.is_packed and len(rows) else np.unique(block).tolist():
            here = np.ones(len(rows), bool) if self.sheet.is_packed else block == number
            found[here] = picked(self._parsed(self.places[number]), rows[here], self.firsts[number])
        check_unchanged(self.sheet.path, self.sheet.stamp)
        return found

    def blocks(self) -> Iterator[NDArray[Any]]:
        """Yield all images in order."""
        return self._parsed(self.sheet.start)

    def _parsed(self, place: int) -> Iterator[NDArray[Any]]:
        """Yield the images of the lines from this byte on."""
        numbers = frozenset() if self.columns.is_text else frozenset(self.columns.pixels)
        for at, lines in self.sheet.lines(place):
            table = self._table(at, lines, self.columns.pixels, numbers)
            if not self.columns.is_text:
                yield np.stack([table[name].to_numpy() for name in self.columns.pixels], axis=1)
                continue
            try:
                texts = [text.split() for text in table[0].to_pylist()]
                yield np.array(texts, np.float64).reshape(len(texts), self.shape[1])
            except ValueError as error:
                raise wrong_line(self.sheet, at, lines, numbers, self.columns.pixels[0]) from error

    def _table(self, at: int, lines: bytes, names: Sequence[str], numbers: frozenset[str]) -> Any:
        try:
            return as_table(self.sheet, lines, names, numbers)
        except ValueError as error:  # Arrow's errors are
            raise wrong_line(self.sheet, at, lines, numbers) from error


def _typed(sheet: Sheet, texts: list[str]) -> list[Any]:
    """Return a column as whole numbers or fractions where all of its fields are such, else as texts; an empty field is None."""
    kept = [text for text in texts if text.strip()]
    for kind in (int, float):
        try:
            known = {text: kind(text.replace(",", ".") if sheet.has_decimal_comma else text) for text in set(kept)}
        except ValueError:
            continue
        if all(abs(number) < 2**53 for number in known.values()):
            return [known.get(text) for text in texts]
    return [text or None for text in texts]
