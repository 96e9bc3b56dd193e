"""Labels of pictures in a file beside them: one label a line, or name and label of each picture."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from vae_core.data.errors import UnusableFile
from vae_core.importing.labels import Classes, classes_of
from vae_core.importing.limits import LONGEST_SHOWN, MOST_LABELS
from vae_core.messages import Message, reason, say
from vae_core.printable import shown
from vae_core.storage.reading import Unreadable, read_bytes

DELIMITERS = ",;\t|"
NAMES = ("file", "filename", "file_name", "image", "image_id", "id", "path", "name", "picture")
LABELS = ("label", "class", "class_name", "category", "target", "species", "breed", "y")


def read_labels(path: Path, names: Sequence[str], numbers: Sequence[int]) -> tuple[Classes, list[Message]]:
    """Return the classes of the pictures `numbers`, and what is said of them.

    Args:
        path: a text file: "name, label" in each line, with or without a head, or one label a line, in the order of all names.
        names: of all pictures, usable or not, sorted.
        numbers: positions in `names` of those that are imported.

    Raises:
        UnusableFile: it cannot be read, or does not fit the pictures.
    """
    rows = _rows(path)
    if max(map(len, rows)) == 1:
        return _by_line([row[0] for row in rows], path, names, numbers)
    files, labels = _columns(rows)
    known = _matched(dict(zip(files, labels, strict=True)), [names[number] for number in numbers])
    n_known = sum(label is not None for label in known)
    if not n_known:
        raise UnusableFile(
            "{name} names none of the pictures: its first name is {given!r}, and the first picture is {found!r}; write each picture's name "
            "as it is there, and its label behind it.",
            name=path.name,
            given=shown(files[0])[:LONGEST_SHOWN],
            found=names[numbers[0]],
        )
    classes = classes_of([shown(label) if label is not None else None for label in known], len(known), path.name)
    return classes, [classes.said]


def _rows(path: Path) -> list[list[str]]:
    try:
        text = read_bytes(path, MOST_LABELS).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise UnusableFile("There is no file of labels {name}; give the path of one, or leave it out.", name=path.name) from error
    except UnicodeDecodeError as error:
        raise UnusableFile("{name} is no text in UTF-8; save it as CSV in UTF-8.", name=path.name) from error
    except Unreadable as error:
        raise UnusableFile(
            "{name} cannot be read ({why}); make it readable or give another file.", name=path.name, why=error.message
        ) from error
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    if not first.count(delimiter) and len(first.split()) == 2:
        rows = [line.split() for line in text.splitlines()]
    else:
        try:
            rows = list(csv.reader(io.StringIO(text.replace("\0", "")), delimiter=delimiter))
        except csv.Error as error:
            raise UnusableFile("{name} is no table ({why}); save it as CSV in UTF-8.", name=path.name, why=reason(error)) from error
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        raise UnusableFile("{name} is empty; copy or save it again.", name=path.name)
    return rows


def _by_line(lines: list[str], path: Path, names: Sequence[str], numbers: Sequence[int]) -> tuple[Classes, list[Message]]:
    if len(lines) == len(names) + 1 and lines[0].strip().lower() in LABELS:
        lines = lines[1:]
    if len(lines) != len(names):
        raise UnusableFile(
            "{name} has {labels} labels for {count} pictures; write one a line, in the order of the pictures' names, "
            "or each picture's name before its label.",
            name=path.name,
            labels=len(lines),
            count=len(names),
        )
    classes = classes_of([shown(lines[number]) for number in numbers], len(numbers), path.name)
    return classes, [classes.said, say("The labels are taken in the order of the pictures' names.")]


def _columns(rows: list[list[str]]) -> tuple[list[str], list[str]]:
    """Return the column of names and that of labels, by the head where there is one, else the first and the second."""
    head = [cell.strip().lower() for cell in rows[0]]
    at_name = next((place for place, cell in enumerate(head) if cell in NAMES), None)
    at_label = next((place for place, cell in enumerate(head) if cell in LABELS), None)
    rows = rows if at_name is None and at_label is None else rows[1:]
    at_name = (0 if at_label != 0 else 1) if at_name is None else at_name
    at_label = (1 if at_name != 1 else 0) if at_label is None else at_label
    width = max(at_name, at_label)
    rows = [row for row in rows if len(row) > width] or [[""] * (width + 1)]
    return [row[at_name].strip() for row in rows], [row[at_label] for row in rows]


def _matched(given: dict[str, str], names: Sequence[str]) -> list[str | None]:
    """Return the label of each picture by its path, else its name, else its name without the ending; None where there is none."""
    tidy = {key.replace("\\", "/").removeprefix("./"): label for key, label in given.items()}
    short = {PurePosixPath(key).name: label for key, label in tidy.items()}
    found: list[str | None] = []
    for name in names:
        path = PurePosixPath(name)
        tried = (tidy.get(name), tidy.get(str(path.with_suffix(""))), short.get(path.name), short.get(path.stem))
        found.append(next((label for label in tried if label is not None), None))
    return found
