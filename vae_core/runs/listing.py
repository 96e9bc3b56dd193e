"""All runs of a folder. A page lists them with every click, so what was read is kept until the files of a run change."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from vae_core.runs.run import Marks, Run, RunError, as_it_is, folders, marks_of, open_run

SETTLED = 2_000_000_000  # nanoseconds: what was changed a moment ago may change once more within one tick of the disk's clock
ROOTS = 4  # folders of runs whose content is kept


@dataclass(frozen=True)
class BrokenRun:
    """A folder among the runs that cannot be read, and why."""

    id: str
    sentence: str


_known: dict[Path, dict[str, tuple[Marks, Run | BrokenRun]]] = {}


def list_runs(root: Path) -> tuple[list[Run], list[BrokenRun]]:
    """Return the readable runs of a folder, by id, and those that cannot be read with the reason; only what has changed is read.

    Raises:
        RunError: the folder cannot be looked into.
    """
    before, now, listed = _known.get(root, {}), time.time_ns(), []
    kept: dict[str, tuple[Marks, Run | BrokenRun]] = {}
    for name in folders(root):
        marks = marks_of(root / name)
        is_known = name in before and before[name][0] == marks
        run = _today(before[name][1]) if is_known else _opened(root / name)
        listed.append(run)
        if max(changed for _, _, changed, _ in marks) < now - SETTLED:
            kept[name] = marks, run
    _known.pop(root, None)
    _known[root] = kept
    for oldest in list(_known)[:-ROOTS]:
        _known.pop(oldest, None)
    return [run for run in listed if isinstance(run, Run)], [run for run in listed if isinstance(run, BrokenRun)]


def _opened(path: Path) -> Run | BrokenRun:
    """Return a run, or why it cannot be read."""
    if not path.name.isascii() and path.name != path.name.encode(errors="replace").decode():
        shown = path.name.encode(errors="backslashreplace").decode()
        return BrokenRun(shown, f"The name of the folder {shown!r} cannot be shown; give it another one.")
    try:
        return open_run(path)
    except RunError as error:
        return BrokenRun(path.name, str(error))


def _today(run: Run | BrokenRun) -> Run | BrokenRun:
    """Return a run that was read before; whether somebody trains it, no file tells."""
    return as_it_is(run) if isinstance(run, Run) and run.state == "running" else run
