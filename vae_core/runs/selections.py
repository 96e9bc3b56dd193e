"""Named sets of a run's test images, kept beside the run and never sealed: what somebody has chosen is no result of training.

<run>/selections.json   {"format": 1, "dataset": SHA-256, "sets": [{"name", "colour" (0 to 7), "rows": [[first, end), ...]}]}

Rows are row numbers of the dataset. Whoever changes the file holds a lock for that moment, so that of two writers none loses its set.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from vae_core.arrays import Ints
from vae_core.data.ranges import NOTHING, Ranges, to_ranges
from vae_core.messages import reason, say
from vae_core.printable import shown
from vae_core.runs.errors import RunError
from vae_core.runs.layout import check_links, guarded
from vae_core.storage.files import write_beside
from vae_core.storage.reading import MB, Unreadable, read_json
from vae_core.storage.shapes import HASH

FILE, LOCK = "selections.json", "selections.lock"
FORMAT = 1
MOST = 8  # sets, of a colour each
LONGEST = 80  # letters of a name
MOST_BYTES, MOST_RANGES = 40 * MB, 2**20  # of all sets together; a range takes 32 letters at most
MOST_ROWS = 2**40  # in a dataset
SHAPE = {
    "dataset": HASH,
    "sets": [{"name": str, "colour": range(MOST), "rows": list}, range(MOST + 1)],
}
ANEW = say("restore it, or delete it and choose the images again.")


@dataclass(frozen=True, eq=False)  # compared by identity: arrays have no single truth value
class Selection:
    """A named set: its name (data, to be shown as text), the number of its colour, and its rows of the dataset as ranges (K, 2)."""

    name: str
    colour: int
    ranges: Ranges

    def record(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {"name": self.name, "colour": self.colour, "rows": self.ranges.tolist()}


Note = Callable[[tuple[Selection, ...], tuple[Selection, ...]], None]


class ChangedElsewhere(RunError):
    """Sets that are not put back, since somebody has changed them again."""


@dataclass(frozen=True)
class Selections:
    """The sets that are kept beside one run, whose data have this SHA-256."""

    path: Path
    dataset: str

    def all(self) -> tuple[Selection, ...]:
        """Return the sets in the order in which they were made; where nothing was chosen there are none.

        Raises:
            RunError: the file is damaged, or made of other images.
        """
        try:
            (self.path / FILE).lstat()
        except OSError:
            return ()
        return guarded(self.path, FILE, self._read, ANEW)

    def named(self, name: str) -> Selection:
        """Return one set.

        Raises:
            RunError: there is none of this name, or the file is damaged.
        """
        there = self.all()
        for one in there:
            if one.name == name:
                return one
        names = [one.name for one in there] or say("none")
        raise RunError("Run {run!r} has no set {name!r}; its sets are: {names}.", run=self.path.name, name=name, names=names)

    def put(self, name: str, rows: Sequence[int] | Ints | Ranges, colour: int | None = None, *, note: Note | None = None) -> Selection:
        """Keep a set under a name, in the place of one of the same name.

        Args:
            name: 1 to 80 letters that can be shown.
            rows: row numbers (N,), or ranges of them (K, 2).
            colour: 0 to 7; by default that of the set before, else the first that is free.
            note: called with all sets before and after the change, while nobody else can change them; so of all functions here.

        Raises:
            RunError: a name or colour that cannot be used, one set too many, or the file is damaged or cannot be written.
        """
        _check(name, colour)
        given = np.asarray(rows, np.int64)
        ranges = given if given.ndim == 2 else to_ranges(given)
        with self._writing():
            there = {one.name: one for one in self.all()}
            if name not in there and len(there) == MOST:
                raise RunError("Run {run!r} has {most} sets, which is the most; remove one of them.", run=self.path.name, most=MOST)
            if colour is None:
                taken = {one.colour for one in there.values()}
                colour = there[name].colour if name in there else next(one for one in range(MOST) if one not in taken or len(taken) == MOST)
            made = Selection(name, colour, ranges)
            self._write({**there, name: made}, tuple(there.values()), note)
        return made

    def remove(self, name: str, *, note: Note | None = None) -> None:
        """Take a set away.

        Raises:
            RunError: there is none of this name, or the file is damaged or cannot be written.
        """
        with self._writing():
            self.named(name)
            there = self.all()
            self._write({one.name: one for one in there if one.name != name}, there, note)

    def rename(self, name: str, to: str, colour: int, *, note: Note | None = None) -> None:
        """Give a set another name and colour; it stays where it is among the others.

        Raises:
            RunError: there is none of this name, the new one is taken or cannot be used, or the file is damaged or cannot be written.
        """
        _check(to, colour)
        with self._writing():
            before = self.named(name)
            there = self.all()
            if to != name and any(one.name == to for one in there):
                raise RunError("Run {run!r} has a set {name!r} already; choose another name.", run=self.path.name, name=to)
            renamed = (Selection(to, colour, before.ranges) if one.name == name else one for one in there)
            self._write({one.name: one for one in renamed}, there, note)

    def put_back(self, before: Sequence[Selection], after: Sequence[Selection]) -> None:
        """Put sets back as they were before a change, where nobody has changed them since.

        Raises:
            ChangedElsewhere: they are no longer as they were after it.
            RunError: the file is damaged or cannot be written.
        """
        with self._writing():
            there = self.all()
            if [one.record() for one in there] != [one.record() for one in after]:
                raise ChangedElsewhere(
                    "The sets of run {run!r} have been changed elsewhere since, so nothing was undone.", run=self.path.name
                )
            self._write({one.name: one for one in before}, there)

    def _read(self, path: Path) -> tuple[Selection, ...]:
        record = read_json(path, SHAPE, MOST_BYTES, known=FORMAT)
        if record["dataset"] != self.dataset:
            raise Unreadable("it was made of other images")
        names = {one["name"] for one in record["sets"]}
        if len(names) < len(record["sets"]) or any(not 1 <= len(name) <= LONGEST or shown(name) != name for name in names):
            raise Unreadable("{name} is missing or makes no sense", name="name")
        return tuple(Selection(one["name"], one["colour"], _ranges(one["rows"])) for one in record["sets"])

    def _write(self, sets: dict[str, Selection], before: tuple[Selection, ...], note: Note | None = None) -> None:
        if sum(len(one.ranges) for one in sets.values()) > MOST_RANGES:
            raise RunError("The sets of run {run!r} have too many gaps between their rows to be kept; remove one.", run=self.path.name)
        record = {"format": FORMAT, "dataset": self.dataset, "sets": [one.record() for one in sets.values()]}
        write_beside(self.path / FILE, json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode())
        if note is not None:
            note(before, tuple(sets.values()))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Let one writer at a time change the file."""
        check_links(self.path)
        try:
            (self.path / "control").mkdir(exist_ok=True)
            with FileLock(self.path / "control" / LOCK, timeout=5):
                yield
        except Timeout as error:
            raise RunError("Another page is changing {folder}; try again in a moment.", folder=self.path.name) from error
        except OSError as error:
            raise RunError(
                "The sets of run {run!r} cannot be kept ({why}); make its folder writable.", run=self.path.name, why=reason(error)
            ) from error


def _check(name: str, colour: int | None) -> None:
    """Raise RunError where a set cannot be called or coloured so."""
    if not 1 <= len(name) <= LONGEST or shown(name) != name or not name.strip():
        raise RunError("{name!r} is no name of a set; give it 1 to {most} letters that can be shown.", name=shown(name), most=LONGEST)
    if colour is not None and colour not in range(MOST):
        raise RunError("{colour} is no colour of a set; give one from 0 to {last}.", colour=colour, last=MOST - 1)


def _ranges(listed: list[Any]) -> Ranges:
    """Return ranges as they stand in the file; by NumPy, since there may be a million.

    Raises:
        Unreadable: they are none, or out of order.
    """
    try:
        found = np.array(listed) if listed else NOTHING
    except (ValueError, OverflowError):  # of different lengths
        found = np.empty(0)
    is_sound = found.dtype == np.int64 and found.ndim == 2 and found.shape[1] == 2
    if not is_sound or (np.diff(found.ravel()) <= 0).any() or (len(found) and not 0 <= found[0, 0] < found[-1, 1] <= MOST_ROWS):
        raise Unreadable("{name} is missing or makes no sense", name="rows")
    return found
