"""What readers of numbers share: which values mean what, which images are left out, labels, columns, size and colour."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Ints
from vae_core.data.errors import UnusableFile
from vae_core.importing.fitting import Target, fit_all, suit
from vae_core.importing.label_file import labels_beside, labels_in
from vae_core.importing.labels import Classes, check_length, classes_of
from vae_core.importing.layout import CHANNELS, Layout, is_seen_on_black, layout_of, without_opacity
from vae_core.importing.limits import LEAST_PICTURES
from vae_core.importing.source import MOST_LEFT_OUT, ImageSource, Survey
from vae_core.importing.stacks import BLOCK, Stack
from vae_core.importing.values import Extent, Treatment, treatment_of
from vae_core.messages import Message, say

if TYPE_CHECKING:
    import pyarrow

SplitName = Literal["train", "validation", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")
SAMPLE = 256  # images that are looked at for their opacity
ROW = "row"  # the column that says where an image stands in its source, counted from 0


@dataclass(frozen=True, eq=False)
class Part:
    """Images that lie together, and what the source says of each.

    Attributes:
        images: as they are stored.
        split: what they are for, where the source says so.
        columns: name -> one value for each image: an array (N,) or a list.
        labels: the name of a column that holds labels, or "".
    """

    images: Stack
    split: SplitName = "train"
    columns: Mapping[str, Any] = field(default_factory=dict)
    labels: str = ""


@dataclass(frozen=True, eq=False)
class _Found:
    """What the survey needs all images for."""

    parts: Sequence[Part]
    layouts: Sequence[Layout]
    kept: Sequence[Ints]  # rows of each part that can be used
    treatment: Treatment
    target: Target
    labels_from: str
    is_on_black: bool  # what can be seen through
    survey: Survey


class NumberSource(ImageSource):
    """Images that are stored as numbers, in one or more parts."""

    kind = "numbers"
    called: Message | None = None  # the type of its numbers, where its name in the memory says nothing to anybody

    @abstractmethod
    def parts(self) -> tuple[Sequence[Part], Sequence[Message]]:
        """Return what there is, those that train first, and what was recognised; heads are read, and no images.

        Raises:
            UnusableFile: the source holds no images, or not what it announces.
        """

    def survey(self) -> Survey:
        """Return what there is; all values are looked at, some at a time."""
        return self._found.survey

    @cached_property
    def _found(self) -> _Found:
        parts, said = self.parts()
        layouts = [self._layout_of(part.images) for part in parts]
        extent = Extent(np.result_type(*(part.images.dtype.newbyteorder("=") for part in parts)))
        extent.called = self.called or extent.called
        looked = [_looked(part.images, layout, extent) for part, layout in zip(parts, layouts, strict=True)]
        kept, is_colour = [rows for rows, _ in looked], {is_colour for rows, is_colour in looked if len(rows)}
        treatment = treatment_of(extent, self.path.name)
        if (count := sum(map(len, kept))) < LEAST_PICTURES:
            raise UnusableFile(
                "{name} holds {count} images, and learning and testing need {least}; give at least so many.",
                name=self.path.name,
                count=count,
                least=LEAST_PICTURES,
            )
        sizes: Counter[tuple[int, int]] = Counter()
        for layout, rows in zip(layouts, kept, strict=True):
            sizes[layout.height, layout.width] += len(rows)
        target, fitted = suit(+sizes, self.options, has_colour=True in is_colour, has_grey=False in is_colour)
        classes, labels_from, why = self._classes(parts, kept)
        is_on_black = _is_on_black(parts, layouts, kept, treatment)
        shown = [*_said_of_layouts(layouts, True in is_colour, is_on_black), treatment.said, *fitted]
        left_out = _left_out(parts, kept)
        survey = Survey(
            kind=self.kind,
            count=count,
            shape=target.shape,
            dtype=treatment.dtype,
            divisor=treatment.divisor,
            sizes=dict(+sizes),
            labels=classes.labels if classes else None,
            class_names=classes.names if classes else (),
            n_validation=_count(parts, kept, "validation"),
            n_test=_count(parts, kept, "test"),
            said=(*said, *shown, *([classes.said] if classes else []), *why, *_said_of_split(parts, kept)),
            left_out=tuple(left_out[:MOST_LEFT_OUT]),
            n_left_out=sum(len(part.images) - len(rows) for part, rows in zip(parts, kept, strict=True)),
            range=(extent.low, extent.high),
        )
        return _Found(parts, layouts, kept, treatment, target, labels_from, is_on_black, survey)

    def _layout_of(self, images: Stack) -> Layout:
        return layout_of(images.shape, self.options.size, images.name, is_table=images.is_table)

    def _classes(self, parts: Sequence[Part], kept: Sequence[Ints]) -> tuple[Classes | None, str, list[Message]]:
        """Return the classes, the column that they come from, and why labels that the source brings are none.

        Raises:
            UnusableFile: labels that are asked for cannot be used.
        """
        asked, counts = self.labels_asked(), [len(part.images) for part in parts]
        column = asked or next((part.labels for part in parts if part.labels), "")
        if column and any(column in part.columns for part in parts):
            for part in parts:
                check_length(len(part.columns.get(column, range(len(part.images)))), len(part.images), f"{self.path.name} ({column})")
            values = _joined([part.columns.get(column) for part in parts], kept)
            name = f"{self.path.name} ({column})"
            try:
                return classes_of(values, len(values), name, self.names_of(column)), column, []
            except UnusableFile as error:
                if asked:
                    raise
                return None, "", [error.message]
        total = sum(counts)
        if asked:
            found, name = labels_in(asked, self.path, total, sorted({name for part in parts for name in part.columns})), asked
        elif beside := labels_beside(self.path):
            found, name = labels_in(str(beside), self.path, total, []), beside.name
        else:
            return None, "", []
        starts = np.cumsum([0, *counts[:-1]])
        chosen = np.concatenate([start + rows for start, rows in zip(starts, kept, strict=True)])
        check_length(len(found), total, name)
        return classes_of(_taken(found, chosen), len(chosen), name), "", []

    def labels_asked(self) -> str:
        """Return the column or the file whose labels are asked for, or ""."""
        return self.options.labels

    def names_of(self, column: str) -> Sequence[str]:
        """Return what the numbers from 0 on in a column of labels are called, where the source says so."""
        return ()

    def read(self, rows: Ints) -> NDArray[Any]:
        """Return the images of these rows (B,) as they will be imported."""
        found, rows = self._found, np.asarray(rows)
        images, start = np.empty((len(rows), *found.survey.shape), found.survey.dtype), 0
        for number, kept in enumerate(found.kept):
            here = (rows >= start) & (rows < start + len(kept))
            if here.any():
                images[here] = self._converted(number, found.parts[number].images.take(kept[rows[here] - start]))
            start += len(kept)
        return images

    def blocks(self) -> Iterator[NDArray[Any]]:
        """Yield all images in order, about BLOCK bytes of them at a time."""
        found = self._found
        at_once = max(1, BLOCK // (int(np.prod(found.survey.shape)) * found.survey.dtype.itemsize))
        for number, part in enumerate(found.parts):
            is_kept, start = np.zeros(len(part.images), bool), 0
            is_kept[found.kept[number]] = True
            for block in part.images.blocks():
                good = block[is_kept[start : start + len(block)]]
                start += len(block)
                for first in range(0, len(good), at_once):
                    yield self._converted(number, good[first : first + at_once])

    def _converted(self, number: int, images: NDArray[Any]) -> NDArray[Any]:
        """Return images of a part, as they are stored there, as they will be imported."""
        found, layout = self._found, self._found.layouts[number]
        values = found.treatment.apply(layout.pictures(images))
        return fit_all(without_opacity(values, is_black=found.is_on_black) if layout.channels == 4 else values, found.target)

    def table(self) -> pyarrow.Table:
        """Return the columns that the source has beside pixels and labels, and the row that each image has in its part of it."""
        import pyarrow

        found = self._found
        names = list(dict.fromkeys(name for part in found.parts for name in part.columns if name != found.labels_from))
        columns = {name: _joined([part.columns.get(name) for part in found.parts], found.kept) for name in names}
        if ROW not in columns:
            columns = {ROW: np.concatenate(found.kept), **columns}
        return pyarrow.table({name: _arrow(values) for name, values in _narrow(columns).items()})


def _looked(images: Stack, layout: Layout, extent: Extent) -> tuple[Ints, bool]:
    """Return the rows that hold finite numbers, and whether any of these has colour; take note of the values."""
    good, has_colour = [], False
    for block in images.blocks():
        good.append(extent.add(block))
        if layout.channels > 1 and not has_colour:
            red, green, blue = np.moveaxis(layout.pictures(block[good[-1]])[:, :3], 1, 0)
            has_colour = bool((red != green).any() or (green != blue).any())
    return np.flatnonzero(np.concatenate(good)), has_colour


def _is_on_black(parts: Sequence[Part], layouts: Sequence[Layout], kept: Sequence[Ints], treatment: Treatment) -> bool:
    """Tell from some images whether those that can be seen through are laid on black."""
    for part, layout, rows in zip(parts, layouts, kept, strict=True):
        if layout.channels == CHANNELS[-1] and len(rows):
            some = rows[:: max(1, len(rows) // SAMPLE)]
            return is_seen_on_black(treatment.apply(layout.pictures(part.images.take(some))))
    return False


def _said_of_layouts(layouts: Sequence[Layout], has_colour: bool, is_on_black: bool) -> list[Message]:
    """Say what the shapes of arrays do not say by themselves."""
    said = [layout.said for layout in layouts[:1] if layout.said]
    if any(layout.channels == CHANNELS[-1] for layout in layouts):
        ground = say("black") if is_on_black else say("white")
        said.append(say("The fourth channel is opacity; what is transparent becomes {ground}.", ground=ground))
    if not has_colour and any(layout.channels > 1 for layout in layouts):
        said.append(say("All images are grey, though they are stored in colour."))
    return said


def _left_out(parts: Sequence[Part], kept: Sequence[Ints]) -> list[tuple[str, Message]]:
    """Return the first images of each part that are left out, by name, and why."""
    why, found = say("it holds NaN or infinity"), []
    for part, rows in zip(parts, kept, strict=True):
        is_kept = np.zeros(len(part.images), bool)
        is_kept[rows] = True
        found += [(f"{part.images.name} [{row}]", why) for row in np.flatnonzero(~is_kept)[:MOST_LEFT_OUT].tolist()]
    return found


def _count(parts: Sequence[Part], kept: Sequence[Ints], split: SplitName) -> int:
    return sum(len(rows) for part, rows in zip(parts, kept, strict=True) if part.split == split)


def _said_of_split(parts: Sequence[Part], kept: Sequence[Ints]) -> list[Message]:
    n_train, n_validation, n_test = (_count(parts, kept, split) for split in SPLITS)
    if not n_validation + n_test:
        return []
    said = "The source splits its images itself: {train} train, {validation} validate, {test} test."
    return [say(said, train=n_train, validation=n_validation, test=n_test)]


def _taken(values: Any, rows: Ints) -> Any:
    return values[rows] if isinstance(values, np.ndarray) else [values[row] for row in rows.tolist()]


def _joined(values: Sequence[Any], kept: Sequence[Ints]) -> Any:
    """Return the values of several parts at the rows that are kept as one array or list; a part that has none of them gives None."""
    chosen = [None if one is None else _taken(one, rows) for one, rows in zip(values, kept, strict=True)]
    arrays = [one for one in chosen if isinstance(one, np.ndarray)]
    if len(arrays) == len(chosen) and len({(one.ndim, one.shape[1:], one.dtype.kind) for one in arrays}) == 1:
        return np.concatenate(arrays)
    listed = [[None] * len(rows) if one is None else list(one) for one, rows in zip(chosen, kept, strict=True)]
    return [value for one in listed for value in one]


def _narrow(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return columns of which those with several numbers for each image (N, K) are K columns."""
    narrow: dict[str, Any] = {}
    for name, values in columns.items():
        if isinstance(values, np.ndarray) and values.ndim == 2 and values.shape[1] > 1:
            narrow.update({f"{name}_{place}": values[:, place] for place in range(values.shape[1])})
        else:
            narrow[name] = values.reshape(-1) if isinstance(values, np.ndarray) else values
    return narrow


def _arrow(values: Any) -> Any:
    """Return values as a column of Arrow's; what is of several types becomes text."""
    import pyarrow

    if isinstance(values, np.ndarray) and values.dtype.kind == "S":
        values = [value.decode("utf-8", "replace") for value in values.tolist()]
    try:
        return pyarrow.array(values.astype(values.dtype.newbyteorder("=")) if isinstance(values, np.ndarray) else values)
    except (pyarrow.ArrowException, TypeError, ValueError):
        texts = [None if value is None else str(value).encode("utf-8", "replace").decode() for value in values]
        return pyarrow.array(texts, pyarrow.string())
