"""Labels of any kind as classes with names: numbers, texts, one-hot rows; what marks an unknown label becomes the class UNKNOWN."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.data.errors import UnusableFile
from vae_core.data.image_files import MAX_CLASSES
from vae_core.importing.source import UNKNOWN
from vae_core.messages import Message, say
from vae_core.printable import shown

NO_LABEL = -1
UNKNOWN_TEXTS = ("", "nan", UNKNOWN)
LONGEST_LABEL = 1000  # letters; longer texts describe an image rather than name its class
LARGEST_WHOLE = 2**53  # up to which every whole number is a float64


@dataclass(frozen=True, eq=False)
class Classes:
    """The class of each image.

    Attributes:
        labels: (N,) int64 indices into names.
        names: in the order of numbers, or of the alphabet; UNKNOWN last where an image has no label.
        said: what was found, in one sentence.
    """

    labels: NDArray[np.int64]
    names: tuple[str, ...]
    said: Message


def classes_of(values: Any, count: int, name: str, names: Sequence[str] = ()) -> Classes:
    """Return the classes that labels of any kind stand for.

    Args:
        values: one label for each image: whole numbers (N,) or (N, 1), one-hot rows (N, K), texts or bytes; None, NaN, an empty text and
            -1 (unless the labels are -1 and 1) mark an unknown one.
        count: of images.
        name: where they stand, for sentences.
        names: what the numbers from 0 on are called, where the source says so.

    Raises:
        UnusableFile: another number of labels than images, no label at all, more than MAX_CLASSES classes, or fractions.
    """
    found = np.atleast_1d(values if isinstance(values, np.ndarray) else _array_of(values))
    check_length(len(found), count, name)
    if found.ndim > 1 and found.size != count:
        found = _from_one_hot(found, name)
    found = found.reshape(-1)
    if found.dtype.kind not in "biuf":
        texts = [_text(value) for value in found.tolist()]
        if (numbers := _numbers(texts)) is None:
            return _named(texts, name)
        found = numbers
    elif found.dtype.kind == "b" and not names:
        names = ("false", "true")
    return _counted(found, name, names)


def check_length(labels: int, images: int, name: str) -> None:
    """Refuse labels that are not as many as the images.

    Raises:
        UnusableFile: they are not.
    """
    if labels != images:
        fit = "{name} holds {labels} labels for {images} images; give one label for each image."
        raise UnusableFile(fit, name=name, labels=labels, images=images)


def _array_of(values: Sequence[Any]) -> NDArray[Any]:
    """Return a list that may hold None among numbers or texts as an array of one dimension."""
    kinds = {type(value) for value in values} - {type(None)}
    if kinds and kinds <= {int, float, bool}:
        is_float = float in kinds or len(kinds) < len({type(value) for value in values})
        if kinds == {bool}:
            return np.array([float("nan") if value is None else value for value in values], float if is_float else bool)
        numbers = [float("nan") if value is None else value for value in values]
        if is_float and all(value != value or abs(value) < LARGEST_WHOLE for value in numbers):
            return np.array(numbers, float)
        if not is_float and all(abs(value) < 2**63 for value in numbers):
            return np.array(numbers, np.int64)
    found = np.empty(len(values), object)
    found[:] = list(values)
    return found


def _from_one_hot(rows: NDArray[Any], name: str) -> NDArray[np.int64]:
    """Return the place of the one in each row (N, K), NO_LABEL where there is none."""
    is_hot = rows.ndim == 2 and rows.dtype.kind in "biuf" and bool(np.isin(rows, (0, 1)).all()) and bool((rows.sum(1) <= 1).all())
    if not is_hot:
        raise UnusableFile(
            "{name} holds labels of shape {shape}, which are neither one class for each image nor one-hot; give one label for each image.",
            name=name,
            shape=rows.shape,
        )
    return np.where(rows.any(1), rows.argmax(1), NO_LABEL)


def _text(value: Any) -> str:
    """Return a label as text that can be shown: bytes read as UTF-8, letters composed, so that what looks alike is one class."""
    if value is None or value != value:
        return ""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return shown(unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode()).strip())


def _numbers(texts: Sequence[str]) -> NDArray[Any] | None:
    """Return texts that are all numbers, written as numbers are, as those; else None."""
    known = [text for text in texts if text.lower() not in UNKNOWN_TEXTS]
    try:
        numbers = {text: float(text) for text in set(known)}
    except ValueError:
        return None
    is_written_so = all(text in (f"{number:.0f}", f"{number:.0f}.0") and abs(number) < LARGEST_WHOLE for text, number in numbers.items())
    return np.array([numbers.get(text, np.nan) for text in texts]) if numbers and is_written_so else None


def _named(texts: Sequence[str], name: str) -> Classes:
    """Return the classes of texts, in the order of the alphabet."""
    known = sorted({text for text in texts if text.lower() not in UNKNOWN_TEXTS})
    if any(len(text) > LONGEST_LABEL for text in known):
        raise UnusableFile(
            "{name} holds long texts and not names of classes; give a column with one short label for each image.", name=name
        )
    place = {text: at for at, text in enumerate(known)}
    return _classes(np.array([place.get(text, NO_LABEL) for text in texts], np.int64), known, name)


def _counted(found: NDArray[Any], name: str, names: Sequence[str]) -> Classes:
    """Return the classes of numbers, in their order."""
    if found.dtype.kind == "f":
        known = ~np.isnan(found)
        if bad := found[known][(found[known] != np.rint(found[known])) | (np.abs(found[known]) >= LARGEST_WHOLE)][:1].tolist():
            raise UnusableFile(
                "{name} holds the label {label:.6g}; give whole numbers or texts as labels, or keep the column in the side table.",
                name=name,
                label=bad[0],
            )
        found = np.where(known, found, NO_LABEL).astype(np.int64)
    else:
        known = np.ones(len(found), bool)
    kinds = np.unique(found[known])
    if kinds.tolist() != [-1, 1]:  # which name two classes, as for support vector machines
        known &= found != NO_LABEL
        kinds = kinds[kinds != NO_LABEL]
    labels = np.where(known, np.searchsorted(kinds, found), NO_LABEL).astype(np.int64)
    called = [_text(names[kind]) if 0 <= kind < len(names) else str(kind) for kind in kinds[: MAX_CLASSES + 1].tolist()]
    return _classes(labels, called, name, len(kinds))


def _classes(labels: NDArray[np.int64], called: Sequence[str], name: str, number: int = 0) -> Classes:
    """Return classes; NO_LABEL among labels (N,) becomes the class UNKNOWN, behind the others."""
    if (number := number or len(called)) > MAX_CLASSES:
        raise UnusableFile(
            "{name} holds {number} different labels, and {most} classes are the most; give another column or file as labels.",
            name=name,
            number=number,
            most=MAX_CLASSES,
        )
    if not number:
        raise UnusableFile("{name} holds no label; give labels, or leave them out.", name=name)
    n_unknown = int((labels == NO_LABEL).sum())
    if not n_unknown:
        return Classes(labels, tuple(called), say("{classes} classes from {name}.", classes=number, name=name))
    said = say(
        "{classes} classes from {name}; {unknown} images have no label and make up the class {mark}.",
        classes=number,
        name=name,
        unknown=n_unknown,
        mark=UNKNOWN,
    )
    return Classes(np.where(labels == NO_LABEL, number, labels), (*called, UNKNOWN), said)
