"""A table that somebody keeps beside the images: its rows are given to the images by the names of their files, or in their order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Ints
from vae_core.data.errors import UnusableFile
from vae_core.data.npy import HEAD, never_read
from vae_core.importing.columns import MOST_COLUMNS, is_plain, plain
from vae_core.importing.labels import classes_of
from vae_core.importing.source import ImageSource, Survey
from vae_core.messages import Message, reason, say
from vae_core.storage.reading import MB, Unreadable, opened

if TYPE_CHECKING:
    import pyarrow

MAX_TABLE = 256 * MB  # on the disk, and four times as much in memory
DELIMITERS = ",;\t|"
FILE, ROW = "file", "row"  # columns of sources: the name of an image's file, and its number there
PARQUET = b"PAR1"
NAMING = re.compile(r"(^|[^a-z])(id|image|file|filename|name|number|index|row|picture)s?([^a-z]|$)")
LONGEST_NUMBER = 19  # digits


def read_table(path: Path) -> pyarrow.Table:
    """Return the plain columns of a CSV or Parquet file; whatever stands in it is a value and nothing else.

    Raises:
        UnusableFile: it is neither, damaged, too large, or has too many columns.
    """
    import pyarrow

    try:
        with opened(path, MAX_TABLE) as file:
            head = file.read(HEAD)
            if refusal := never_read(path, head):
                raise UnusableFile(refusal)
            file.seek(0)
            table = _parquet(file) if head.startswith(PARQUET) else _csv(file, head)
        if table.num_columns > MOST_COLUMNS:
            raise UnusableFile(
                "{name} has {columns} columns; keep {most} of them at most.", name=path.name, columns=table.num_columns, most=MOST_COLUMNS
            )
        return plain(table, table.num_rows)
    except FileNotFoundError as error:
        raise UnusableFile("There is no table {name}; give the path of a CSV or Parquet file.", name=path.name) from error
    except (pyarrow.ArrowException, OSError, UnicodeError, Unreadable) as error:
        why = error.message if isinstance(error, Unreadable) else _first_line(error)
        raise UnusableFile(
            "{name} cannot be read as a table ({why}); save it as CSV in UTF-8 with a line of names, or as Parquet.",
            name=path.name,
            why=why,
        ) from error


def _first_line(error: BaseException) -> Message:
    return say(reason(error).split(". Row")[0][:200])


def _csv(file: Any, head: bytes) -> pyarrow.Table:
    import pyarrow.csv as csv

    if b"\0" in head:
        raise Unreadable("it is damaged")
    names, _, rest = head.partition(b"\n")
    delimiter = max(DELIMITERS, key=lambda one: names.count(one.encode()))
    has_commas = delimiter == ";" and re.search(rb"(^|;)-?\d+,\d+", rest) is not None
    return csv.read_csv(
        file,
        read_options=csv.ReadOptions(use_threads=False, encoding="utf8"),
        parse_options=csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=csv.ConvertOptions(decimal_point="," if has_commas else ".", strings_can_be_null=False),
    )


def _parquet(file: Any) -> pyarrow.Table:
    """Return the columns of plain values; what they take in memory is bounded by what the file says of each."""
    import pyarrow.parquet

    found = pyarrow.parquet.ParquetFile(file)
    names = [one.name for one in found.schema_arrow if is_plain(one.type)]
    told = [found.metadata.row_group(number) for number in range(found.metadata.num_row_groups)]
    sizes = [one.column(place) for one in told for place in range(one.num_columns)]
    if sum(one.total_uncompressed_size for one in sizes if one.path_in_schema in names) > 4 * MAX_TABLE:
        raise Unreadable("it is larger than {size} MB", size=4 * MAX_TABLE // MB)
    return found.read(columns=names)


# --------------------------------------------------------------------------- which row is whose


@dataclass(frozen=True, eq=False)
class Given:
    """The row of the table that each image gets (N,), -1 for none, and what is said of it."""

    rows: Ints
    said: Message
    named_by: str = ""  # the column that says nothing else than the source's column of file names


def give_rows(side: pyarrow.Table, own: pyarrow.Table, survey: Survey, name: str) -> Given:
    """Return which row of the side table belongs to which image.

    Args:
        side: the table of the file.
        own: the table of the source.
        survey: of the source.
        name: of the file, for sentences.

    Raises:
        UnusableFile: neither names nor the number of rows tell.
    """
    files = own[FILE].cast("string").to_pylist() if FILE in own.column_names else None
    named = _by_names(side, files) if files else None
    if named and (2 * (named[1] >= 0).sum() >= survey.count or side.num_rows != survey.count):
        column, rows = named
        found = int((rows >= 0).sum())
        every = "Each image has the row of {table} that names its file in the column {column}."
        some = "{found} of {count} images have a row in {table}, which names their files in the column {column}."
        if found < survey.count:
            return Given(rows, say(some, found=found, count=survey.count, table=name, column=column))
        is_same = side[column].take(rows).to_pylist() == files
        return Given(rows, say(every, table=name, column=column), column if is_same else "")
    if files and side.num_rows == survey.count and not survey.n_left_out:
        rows = np.empty(survey.count, np.int64)
        rows[np.argsort(np.array(files, object), kind="stable")] = np.arange(survey.count)
        return Given(rows, say("The rows of {table} are taken in the order of the files' names.", table=name))
    if not files and side.num_rows == survey.count + survey.n_left_out:
        is_one = not (survey.n_validation or survey.n_test)
        if is_one and ROW in own.column_names and survey.n_left_out:
            return Given(own[ROW].to_numpy().astype(np.int64), say("The rows of {table} are taken in the order of the images.", table=name))
        if not survey.n_left_out:
            return Given(np.arange(survey.count), say("The rows of {table} are taken in the order of the images.", table=name))
    raise UnusableFile(
        "{table} has {rows} rows for {count} images, and no column of it names their files; give one row for each image, in their order, "
        "or a column of file names.",
        table=name,
        rows=side.num_rows,
        count=survey.count,
    )


def _by_names(side: pyarrow.Table, files: Sequence[str]) -> tuple[str, Ints] | None:
    """Return the column that names the most files, and the row of each file in it; None where none names any."""
    from pyarrow import types

    best: tuple[str, Ints] | None = None
    tidy = [_tidy(name) for name in files]
    for column in side.column_names:
        kind = side[column].type
        is_number = types.is_integer(kind) and (column == side.column_names[0] or NAMING.search(column.lower()))
        if not (types.is_dictionary(kind) or is_number):  # any other column of numbers may fit by chance
            continue
        values = [_tidy(str(value)) if value is not None else "" for value in side[column].to_pylist()]
        for form in FORMS:
            rows = _matched(list(map(form, tidy)), list(map(form, values)), is_path=form is str)
            if best is None or (rows >= 0).sum() > (best[1] >= 0).sum():
                best = column, rows
    return best if best and (best[1] >= 0).any() else None


def _stem(path: str) -> str:
    """Return a name without folders and ending; a number without its leading zeros, which a table of numbers does not keep."""
    stem = PurePosixPath(path).stem
    return str(int(stem)) if stem.isascii() and stem.isdigit() and len(stem) < LONGEST_NUMBER else stem


FORMS: tuple[Callable[[str], str], ...] = (str, lambda path: PurePosixPath(path).name, _stem)


def _tidy(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip().replace("\\", "/").removeprefix("./"))


def _matched(names: Sequence[str], values: Sequence[str], *, is_path: bool) -> Ints:
    """Return at which place of the values each name stands, -1 where at none or, of names without their folders, at more than one."""
    places: dict[str, int] = {}
    for place, value in enumerate(values):
        places[value] = -1 if value in places else place
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return np.array([places.get(name, -1) if name and (is_path or counts[name] == 1) else -1 for name in names], np.int64)


# --------------------------------------------------------------------------- a source with its table


@dataclass(eq=False)
class Accompanied(ImageSource):
    """A source whose images have a table beside them; a column of it may say the classes."""

    inner: ImageSource = field(kw_only=True)
    side: Any = field(kw_only=True)
    _found: tuple[Survey, Survey, Given] | None = field(default=None, init=False)

    def _joined(self) -> tuple[Survey, Survey, Given]:
        """Return the survey of the source, that with the table, and which row is whose; anew where the source has left something out."""
        inner = self.inner.survey()
        if self._found is None or self._found[0] is not inner:
            name = self.options.table.name if self.options.table else ""
            given = give_rows(self.side, self.inner.table(), inner, name)
            survey = replace(inner, said=(*inner.said, given.said))
            if self.options.labels in self.side.column_names and self.options.labels:
                values = self._taken(replace(given, named_by="")).column(self.options.labels).to_pylist()
                classes = classes_of(values, inner.count, f"{name} ({self.options.labels})")
                instead = (
                    [say("They stand in the place of the classes that {name} brings.", name=self.path.name)] if inner.class_names else []
                )
                survey = replace(survey, labels=classes.labels, class_names=classes.names, said=(*survey.said, classes.said, *instead))
            self._found = inner, survey, given
        return self._found

    def _taken(self, given: Given) -> pyarrow.Table:
        import pyarrow

        columns = [name for name in self.side.column_names if name != given.named_by]
        return self.side.select(columns).take(pyarrow.array(given.rows, mask=given.rows < 0))

    def survey(self) -> Survey:
        """Return that of the source, with the classes that the table says."""
        return self._joined()[1]

    def read(self, rows: Ints) -> NDArray[Any]:
        """Return the images of these rows."""
        return self.inner.read(rows)

    def blocks(self) -> Iterator[NDArray[Any]]:
        """Yield all images in order."""
        return self.inner.blocks()

    def table(self) -> pyarrow.Table:
        """Return the columns of the source, then those of the file."""
        table, count = self.inner.table(), self.survey().count
        own = plain(table, count)
        side = self._taken(self._joined()[2])
        for name, column in zip(side.column_names, side.columns, strict=True):
            own = own.append_column(name, column)
        return plain(own, count)

    def close(self) -> None:
        """Give back what the source holds."""
        self.inner.close()
