"""A CSV file of pixels: what its first lines say of delimiter, names and columns, and its rows, some at a time."""

from __future__ import annotations

import csv
import gzip
import io
import math
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from vae_core.data.errors import UnusableFile
from vae_core.importing.stacks import BLOCK, check_packing, check_unchanged, stamp_of
from vae_core.messages import Message, say
from vae_core.printable import shown
from vae_core.storage.reading import Unreadable, opened

LONGEST_LINE = 1 << 20  # bytes
HEAD_LINES, HEAD_BYTES = 200, 1 << 21  # that are looked at to find out what stands where
DELIMITERS = (",", ";", "\t", "|")
GZIP = b"\x1f\x8b"
DECIMAL_COMMA = re.compile(r"\s*[-+]?\d+,\d+(e[-+]?\d+)?\s*", re.I)
PIXELS = re.compile(r"\s*\d+(\s+\d+){3,}\s*")  # all pixels of an image in one field, as FER2013 has them
MISSING = ("", "nan", "NaN", "NA", "null")  # fields that hold no number
MOST_COLUMNS = 1 << 18
FREE = 1 << 27  # bytes that any packed table may have
BOM = b"\xef\xbb\xbf"
WIDE = (b"\xff\xfe", b"\xfe\xff")  # how UTF-16 begins


@dataclass(frozen=True, eq=False)
class Sheet:
    """What the first lines say.

    Attributes:
        delimiter: between fields.
        has_decimal_comma: whether 0,5 is one half.
        names: of the columns; their numbers from 1 where the file does not name them.
        rows: the first rows, as they stand there.
        start: at which byte of the unpacked file the rows begin.
    """

    path: Path
    is_packed: bool
    delimiter: str
    has_decimal_comma: bool
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    start: int
    stamp: tuple[int, int]

    def column(self, at: int) -> list[str]:
        """Return the first fields of a column."""
        return [row[at] for row in self.rows]

    def number(self, text: str) -> float | None:
        """Return what a field says as a number, NaN where it is empty, None where it is no number."""
        text = "" if (text := text.strip()) in MISSING else text
        if self.has_decimal_comma:
            text = text.replace(",", ".")
        try:
            return float(text) if text else math.nan
        except ValueError:
            return None

    def is_number(self, at: int) -> bool:
        """Tell whether most of the first fields of a column are numbers; a word among them is named when all are read."""
        found = [self.number(text) for text in self.column(at)]
        known = [number for number in found if number is None or not math.isnan(number)]
        return known.count(None) * 2 < len(known)

    def said(self) -> Message:
        """Return what was recognised."""
        names = {",": say("commas"), ";": say("semicolons"), "\t": say("tabs"), "|": say("vertical bars")}
        delimiter = names[self.delimiter]
        if self.has_decimal_comma:
            return say("{columns} columns, separated by {delimiter}, with decimal commas.", columns=len(self.names), delimiter=delimiter)
        return say("{columns} columns, separated by {delimiter}.", columns=len(self.names), delimiter=delimiter)

    # ----------------------------------------------------------------------- blocks of lines

    def lines(self, at: int | None = None) -> Iterator[tuple[int, bytes]]:
        """Yield whole lines, about BLOCK bytes at a time, and at which byte of the unpacked file they begin; the names are left out.

        Args:
            at: the byte from which to read on, the beginning of a line; by default that of the first row.

        Raises:
            UnusableFile: a line is too long, or what is packed is damaged.
            ChangedFile: somebody has written to the file.
        """
        start = self.start if at is None else at
        try:
            with _unpacked(self.path, self.is_packed) as stream:
                _skip(stream, start)
                yield from self._blocks(stream, start)
        except (EOFError, zlib.error, OSError, Unreadable) as error:
            check_unchanged(self.path, self.stamp)
            raise UnusableFile("{name} is damaged or cut off; copy or save it again.", name=self.path.name) from error
        check_unchanged(self.path, self.stamp)

    def _blocks(self, stream: IO[bytes], start: int) -> Iterator[tuple[int, bytes]]:
        rest, packed = b"", self.stamp[0]
        while True:
            piece = stream.read(BLOCK)
            if self.is_packed:
                check_packing(self.path.name, start + len(piece), packed, FREE)
            whole, newline, after = (rest + piece).rpartition(b"\n")
            if not piece:
                if rest.strip():
                    yield start, rest
                return
            if newline:
                yield start, whole + newline
                start += len(whole) + 1
            rest = after
            if len(rest) > LONGEST_LINE:
                raise too_long(self.path.name)


def too_long(name: str) -> UnusableFile:
    """Return the refusal of a line that does not end."""
    return UnusableFile("{name} has a line of more than {most} MB; write one image a line.", name=name, most=LONGEST_LINE >> 20)


def sheet_of(path: Path) -> Sheet:
    """Return what the first lines of a file say of the rest.

    Raises:
        UnusableFile: it is no table, or holds no rows.
    """
    with opened(path, 2**62) as file:
        is_packed = file.read(len(GZIP)) == GZIP
    stamp = stamp_of(path)
    try:
        with _unpacked(path, is_packed) as stream:
            head = stream.read(HEAD_BYTES)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UnusableFile("{name} is damaged or cut off; copy or save it again.", name=path.name) from error
    skipped = len(BOM) if head.startswith(BOM) else 0
    text = _text(path, head[skipped:])
    delimiter = _delimiter(text)
    rows = _rows(path, text, delimiter)
    has_names = _has_names(rows)
    is_counted = not has_names or _counts(rows[0])
    names = tuple(str(number) for number in range(1, len(rows[0]) + 1)) if is_counted else _names(rows[0])
    body = [tuple(row) for row in rows[has_names:] if len(row) == len(names)]  # others are named with their lines when all are read
    if len(rows) == has_names:
        raise UnusableFile("{name} holds names of columns and no rows; give a file with one image a row.", name=path.name)
    if not body or (not 4 <= len(names) <= MOST_COLUMNS and not _has_list(body[0])):
        raise UnusableFile(
            "{name} has {columns} columns by its first line, which are no pixels; separate the numbers of each image by commas, "
            "semicolons or tabs, one image a line.",
            name=path.name,
            columns=len(names),
        )
    has_comma = delimiter != "," and any(DECIMAL_COMMA.fullmatch(field) for row in body[:20] for field in row)
    empty = len(text) - len(text.lstrip("\r\n"))
    start = skipped + len(text[: text.index("\n", empty) + 1].encode()) if has_names else skipped
    return Sheet(path, is_packed, delimiter, has_comma, names, tuple(body), start, stamp)


def _has_list(row: Sequence[str]) -> bool:
    """Tell whether a row has all pixels in one of its fields."""
    return len(row) > 1 and any(map(PIXELS.fullmatch, row))


def _text(path: Path, head: bytes) -> str:
    """Return the first whole lines as text."""
    if head.startswith(WIDE):
        raise UnusableFile("{name} is not in UTF-8; save it as CSV in UTF-8.", name=path.name)
    whole = head if len(head) < HEAD_BYTES else head[: head.rfind(b"\n") + 1]
    if not whole.strip():
        raise too_long(path.name) if head.strip() else UnusableFile("{name} is empty; copy or save it again.", name=path.name)
    try:
        return whole.decode()
    except UnicodeDecodeError as error:
        raise UnusableFile("{name} is not in UTF-8; save it as CSV in UTF-8.", name=path.name) from error


def _delimiter(text: str) -> str:
    """Return the delimiter that parts the first lines into most fields; a comma within numbers is none."""
    lines = [line for line in text.splitlines()[:HEAD_LINES] if line.strip()][:20]
    counts = {one: min((line.count(one) for line in lines), default=0) for one in DELIMITERS}
    for one in (";", "\t", "|"):  # between which numbers may have decimal commas
        if counts[one] >= 3 and counts[one] >= counts[","] - 1:
            return one
    return max(DELIMITERS, key=lambda one: counts[one])


def _rows(path: Path, text: str, delimiter: str) -> list[list[str]]:
    lines = text.split("\n")[: HEAD_LINES + 1]
    try:
        csv.field_size_limit(max(csv.field_size_limit(), LONGEST_LINE))
        return [row for row in csv.reader(io.StringIO("\n".join(lines), newline=""), delimiter=delimiter) if row]
    except csv.Error as error:
        raise UnusableFile("{name} is no table of fields; save it as CSV in UTF-8.", name=path.name) from error


def _plain(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True


def _has_names(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first row names the columns: where others hold numbers it holds none, or it counts."""
    first = rows[0]
    if len(rows) == 1:
        return not any(map(_plain, first))
    if _counts(first):
        return True
    others = rows[1:4]
    return any(
        text.strip() and not _plain(text) and all(_plain(row[at]) for row in others if at < len(row)) for at, text in enumerate(first)
    ) or (not any(map(_plain, first)) and any(PIXELS.fullmatch(text) for text in rows[1]))


def _counts(first: Sequence[str]) -> bool:
    """Tell whether names of columns are their numbers, from 0 or 1."""
    return len(first) > 2 and any([text.strip() for text in first] == [str(n + start) for n in range(len(first))] for start in (0, 1))


def _names(first: Sequence[str]) -> tuple[str, ...]:
    """Return names of columns, fit to be shown and told apart."""
    names: dict[str, None] = {}
    for number, text in enumerate(first, 1):
        name = base = shown(text.strip())[:200] or str(number)
        while name in names:
            name = f"{base} ({(number := number + 1)})"
        names[name] = None
    return tuple(names)


@contextmanager
def _unpacked(path: Path, is_packed: bool) -> Iterator[IO[bytes]]:
    with opened(path, 2**62) as file:
        yield cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if is_packed else file


def _skip(stream: IO[bytes], count: int) -> None:
    if stream.seekable() and not isinstance(stream, gzip.GzipFile):
        stream.seek(count)
        return
    while count:
        count -= len(stream.read(min(BLOCK, count)) or b"x" * count)


def as_table(sheet: Sheet, lines: bytes, columns: Sequence[str], numbers: frozenset[str]) -> Any:
    """Return columns of whole lines as Arrow's table: float64 those of `numbers`, texts the others.

    Raises:
        ValueError: a row has another number of fields, or a field is no number (pyarrow.ArrowInvalid).
    """
    import pyarrow
    from pyarrow import csv as reader

    types = {name: pyarrow.float64() if name in numbers else pyarrow.string() for name in columns}
    return reader.read_csv(
        pyarrow.BufferReader(lines),
        reader.ReadOptions(column_names=list(sheet.names), use_threads=False, block_size=len(lines) + 1),
        reader.ParseOptions(delimiter=sheet.delimiter),
        reader.ConvertOptions(
            column_types=types,
            include_columns=list(columns),
            decimal_point="," if sheet.has_decimal_comma else ".",
            null_values=list(MISSING),
            strings_can_be_null=False,
        ),
    )


def wrong_line(sheet: Sheet, start: int, lines: bytes, numbers: frozenset[str], texts: str = "") -> UnusableFile:
    """Return the refusal that names the first row of these lines that is not as the others, and its line in the file.

    Args:
        start: at which byte of the unpacked file the lines begin.
        numbers: columns that hold a number.
        texts: a column that holds as many numbers everywhere as in the first row.

    Raises:
        ChangedFile: somebody has written to the file.
    """
    check_unchanged(sheet.path, sheet.stamp)
    before = _lines_before(sheet, start)
    rows = csv.reader(io.StringIO(lines.decode("utf-8", "replace"), newline=""), delimiter=sheet.delimiter)
    try:
        for row in rows:
            if row and (said := _complaint(sheet, row, before + rows.line_num, numbers, texts)):
                return UnusableFile(said)
    except csv.Error:
        pass
    return UnusableFile("{name} is no table of fields; save it as CSV in UTF-8.", name=sheet.path.name)


def _complaint(sheet: Sheet, row: Sequence[str], line: int, numbers: frozenset[str], texts: str) -> Message | None:
    if len(row) != len(sheet.names):
        return say(
            "{name} has {held} fields in line {line} and {expected} in others; mend or remove that line.",
            name=sheet.path.name,
            held=len(row),
            line=line,
            expected=len(sheet.names),
        )
    fields = dict(zip(sheet.names, row, strict=True))
    wrong = {name: fields[name] for name in fields if name in numbers and sheet.number(fields[name]) is None}
    if texts and (
        len(found := fields[texts].split()) != len(sheet.column(sheet.names.index(texts))[0].split()) or None in map(sheet.number, found)
    ):
        wrong = {texts: fields[texts]}
    for name, text in wrong.items():
        return say(
            "{name} has {text!r} in line {line}, column {column}, where a pixel's number should be; mend or remove that line.",
            name=sheet.path.name,
            text=shown(text)[:60],
            line=line,
            column=name,
        )
    return None


def _lines_before(sheet: Sheet, start: int) -> int:
    """Return how many lines of the file end before this byte."""
    count, left = 0, start
    with _unpacked(sheet.path, sheet.is_packed) as stream:
        while left and (piece := stream.read(min(BLOCK, left))):
            count, left = count + piece.count(b"\n"), left - len(piece)
    return count
