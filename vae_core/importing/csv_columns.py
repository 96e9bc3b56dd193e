"""Which columns of a CSV file are pixels, in which order, which is the label, and which say something else of each image."""

from __future__ import annotations

import math
from dataclasses import dataclass

from vae_core.data.errors import UnusableFile
from vae_core.importing.csv_sheet import PIXELS, Sheet, as_table
from vae_core.importing.label_file import LABELS
from vae_core.importing.pixel_columns import COUNTING, LEAST, pixels_by_name
from vae_core.messages import Message, say


@dataclass(frozen=True)
class Columns:
    """What columns are, by name.

    Attributes:
        pixels: in the order in which an image is read, row by row.
        label: of the class, or "".
        others: which go to the side table.
        is_text: whether there is one column of pixels, which holds all of an image's.
        said: what was recognised.
    """

    pixels: tuple[str, ...]
    label: str
    others: tuple[str, ...]
    is_text: bool
    said: tuple[Message, ...]


def columns_of(sheet: Sheet, size: tuple[int, int] | None, asked: str) -> Columns:
    """Return what the columns are.

    Args:
        sheet: the first lines.
        size: height and width that are asked for.
        asked: the name of the column of labels, or "first" or "last", or something else, such as a file.

    Raises:
        UnusableFile: there are no pixels.
    """
    names = sheet.names
    has_names = names != tuple(str(number) for number in range(1, len(names) + 1))
    asked = {"first": names[0], "last": names[-1]}.get(asked, asked)
    label, said, is_text = asked if asked in names else "", list[Message](), False
    texts = [at for at, name in enumerate(names) if name != label and all(PIXELS.fullmatch(text) for text in sheet.column(at))]
    if len(texts) == 1:
        pixels, is_text = [names[texts[0]]], True
    else:
        numbers = [name for at, name in enumerate(names) if name != label and sheet.is_number(at)]
        label = label or next((name for name in names if has_names and name.lower() in LABELS), "")
        pixels, said, label = (*pixels_by_name(numbers, label), label) if has_names else _by_place(sheet, numbers, size, label)
    if not is_text and len(pixels) < LEAST:
        raise UnusableFile(
            "{name} has {columns} columns by its first line, which are no pixels; separate the numbers of each image by commas, "
            "semicolons or tabs, one image a line.",
            name=sheet.path.name,
            columns=len(names),
        )
    taken = {*pixels}
    others = [name for name in names if name not in taken and name != label]
    if not label:
        label = _label_among(sheet, others, has_names=has_names)
    return Columns(tuple(pixels), label, tuple(name for name in others if name != label), is_text, (sheet.said(), *said))


def _by_place(sheet: Sheet, numbers: list[str], size: tuple[int, int] | None, label: str) -> tuple[list[str], list[Message], str]:
    """Return the pixels and the label of columns without names: the first or the last is the label where the others make a picture."""
    first, last = numbers[:1], numbers[-1:]
    if label or _makes_pictures(len(numbers), size) or not _makes_pictures(len(numbers) - 1, size) or len(sheet.names) > len(numbers):
        return numbers, [], label
    # A label takes several values, and a corner of pictures seldom does.
    kinds = _kinds(sheet, [first[0], last[0]])
    if kinds[0] >= kinds[1]:
        return numbers[1:], [say("The first column is taken for the label.")], first[0]
    return numbers[:-1], [say("The last column is taken for the label.")], last[0]


def _kinds(sheet: Sheet, names: list[str]) -> list[int]:
    """Return how many values columns take in the first rows; where all are constant there, as in a table in the order of its classes, in
    as many rows as it takes to see one of them change.
    """
    found = [set(sheet.column(sheet.names.index(name))) for name in names]
    for _, lines in sheet.lines():
        if any(len(kinds) > 1 for kinds in found):
            break
        try:
            table = as_table(sheet, lines, names, frozenset())
        except ValueError:  # a wrong line, which is named when all are read
            break
        for name, kinds in zip(names, found, strict=True):
            kinds.update(table[name].unique().to_pylist())
    return [len(kinds) for kinds in found]


def _makes_pictures(pixels: int, size: tuple[int, int] | None) -> bool:
    if size and pixels in (math.prod(size), 3 * math.prod(size)):
        return True
    return any(
        pixels >= LEAST and pixels % channels == 0 and math.isqrt(pixels // channels) ** 2 * channels == pixels for channels in (1, 3)
    )


def _label_among(sheet: Sheet, others: list[str], *, has_names: bool) -> str:
    """Return the only other column, if it stands at an end, holds no fractions, and does not count or name images."""
    if len(others) != 1 or others[0] not in (sheet.names[0], sheet.names[-1]) or (has_names and others[0].lower() in COUNTING):
        return ""
    numbers = [sheet.number(text) for text in sheet.column(sheet.names.index(others[0]))]
    return "" if any(number is not None and number % 1 > 0 for number in numbers) else others[0]
