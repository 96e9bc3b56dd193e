"""The queue of runs: what a page may ask of a run; worker.py trains what was asked for.

Pages only write small files and never train, so nothing happens to a run when a page, a tab or the server goes away.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vae_core.config import RunConfig, to_dict
from vae_core.data import imported, sources
from vae_core.jobs.folder import LOOK_SECONDS, has_worker, read_record, worker_state, writing
from vae_core.messages import say
from vae_core.runs.errors import RunError
from vae_core.runs.layout import HEADER, check_links, is_alive
from vae_core.runs.listing import list_runs, open_run
from vae_core.runs.run import Run
from vae_core.storage.files import write_beside, write_json

ACTIVE = ("queued", "running")
RESUMABLE = ("paused", "interrupted", "failed")
LEAVING_SECONDS = 3.0  # that a trainer which has reported its end may take to release its run
LONGEST_STEM = 60  # letters of a run's id that name its data; a file's name may have 255
WAITING = say("Waiting for its turn.")


@dataclass(frozen=True)
class Enqueued:
    """A run that was asked for: its id, and whether it is new or one with the same settings was under way already."""

    id: str
    is_new: bool


def enqueue(config: RunConfig, root: Path) -> Enqueued:
    """Put a new run into the queue, unless one with the same settings waits or trains already.

    A file of the user's own is named in full, since the worker may stand in another folder.

    Raises:
        RunError: the folder of runs cannot be written. DataError: several imported sets have the name of the dataset.
    """
    config = sources.named_in_full(config)
    with writing(root):
        for run in list_runs(root)[0]:
            if run.state in ACTIVE and replace(run.config, name="") == replace(config, name=""):
                return Enqueued(run.id, False)
        new = root / f".new-{time.time_ns()}"  # a run is whole when it appears among the others
        try:
            new.mkdir()
            write_beside(new / "history.csv", HEADER)  # every page can show a run that has not begun
            _order(new, {"config": to_dict(config)})
            path = _free(root, stem_of(config))
            os.rename(new, path)
        finally:
            shutil.rmtree(new, ignore_errors=True)
        return Enqueued(path.name, True)


def stem_of(config: RunConfig) -> str:
    """Return what a run's id begins with: its data, in letters that every system takes, and its latent size."""
    name = imported.display_name(config.data.dataset)
    stem = Path(name).stem if name == config.data.dataset else name
    data = re.sub(r"[^a-z0-9-]+", "-", stem.lower()).strip("-")[:LONGEST_STEM] or "images"
    return f"{data}-{config.model.latent_size}d"


def _free(root: Path, stem: str) -> Path:
    """Return <stem>-<number>, the first that no run has, deleted ones included."""
    taken = {path.name for path in root.iterdir()} | {path.name.rpartition("-")[0] for path in (root / ".trash").glob("*")}
    number = next(number for number in range(1, len(taken) + 2) if f"{stem}-{number}" not in taken)
    return root / f"{stem}-{number}"


def _order(path: Path, order: dict[str, Any]) -> None:
    write_json(path / "order.json", {"asked": time.time_ns(), **order})
    write_json(path / "status.json", {"state": "queued", **WAITING.record()})


def resume(run: Run) -> None:
    """Put a run that was stopped into the queue again.

    Raises:
        RunError: it is finished, waits, or is being trained.
    """
    if run.summary:
        raise RunError("Run {run!r} is finished, so there is nothing to continue.", run=run.id)
    with writing(run.path.parent):
        if open_run(run.path).state in ACTIVE:
            raise RunError("Run {run!r} is under way already.", run=run.id)
        order = read_record(run.path / "order.json")
        _order(run.path, {key: value for key, value in order.items() if key == "config"})


def request(run: Run, what: str) -> None:
    """Ask the trainer of a run to "pause" or to "finish" with what it has learned so far.

    Raises:
        RunError: nobody trains the run.
    """
    with writing(run.path.parent):
        if not is_alive(run.path):
            raise RunError("Run {run!r} is not being trained, so it cannot {what}.", run=run.id, what=say(what))
        check_links(run.path)
        (run.path / "control").mkdir(exist_ok=True)
        write_beside(run.path / "control" / what, b"")


def rename(run: Run, name: str) -> None:
    """Give a run another display name, or with none its own again; the run itself stays as it was sealed."""
    with writing(run.path.parent):
        if name.strip():
            write_json(run.path / "label.json", {"name": " ".join(name.split())[:200]})
        else:
            (run.path / "label.json").unlink(missing_ok=True)


def delete(run: Run) -> Path:
    """Move a run to the trash and return where it lies.

    Raises:
        RunError: it is being trained.
    """
    root = run.path.parent
    with writing(root):
        if _is_at_work(run):
            raise RunError("Run {run!r} is being trained; pause it first, then delete it.", run=run.id)
        (root / ".trash").mkdir(exist_ok=True)
        target = root / ".trash" / f"{run.id}-{time.time_ns()}"
        os.rename(run.path, target)
        return target


def _is_at_work(run: Run) -> bool:
    """Tell whether somebody trains a run, or is about to; one that has just stopped may still be on its way out."""
    root, patience = run.path.parent, time.monotonic() + (0 if open_run(run.path).state in ACTIVE else LEAVING_SECONDS)
    while is_alive(run.path) or (worker_state(root).get("run") == run.id and has_worker(root)):
        if time.monotonic() >= patience:
            return True
        time.sleep(LOOK_SECONDS)
    return False


def restore(trashed: Path) -> str:
    """Put a run from the trash back among the others and return its id.

    Raises:
        RunError: it is in the trash no more, or another run has its place.
    """
    root, name = trashed.parent.parent, trashed.name.rpartition("-")[0]
    with writing(root):
        if not trashed.is_dir():
            raise RunError("Run {run!r} is no longer in the trash.", run=name)
        if (root / name).exists():
            raise RunError("There is another run {run!r} now; rename the folder {folder} by hand to restore it.", run=name, folder=trashed)
        os.rename(trashed, root / name)
        return name


def empty_trash(root: Path) -> None:
    """Delete for good what lies in the trash."""
    with writing(root):
        shutil.rmtree(root / ".trash", ignore_errors=True)
