"""The folder of runs as the queue and its worker share it: who may change it, what waits, what the worker is doing.

<root>/<run>/order.json   a run that waits for the worker (status queued); removed when training has begun
<root>/<run>/control/     requests to a trainer at work, see training/interrupts.py
<root>/.worker.lock       held by the worker for life      .worker.json  what it is doing     .worker.log  what it printed
<root>/.trash/            deleted runs
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from vae_core.messages import reason
from vae_core.runs.errors import RunError
from vae_core.storage.files import is_held, write_beside
from vae_core.storage.reading import Unreadable, read_json

LOOK_SECONDS = 0.05
ANYTHING: Mapping[str, Any] = {}
WORKER_STATE = {"pid?": int, "state?": str, "run?": str, "has_card?": bool, "machine?": {"*": float}}


@contextmanager
def writing(root: Path) -> Iterator[None]:
    """Let one process at a time change the folder of runs.

    Raises:
        RunError: the folder cannot be written.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / ".jobs.lock", timeout=5):
            yield
    except Timeout as error:
        raise RunError("Another page is changing {folder}; try again in a moment.", folder=root.name) from error
    except OSError as error:
        raise RunError(
            "The folder {folder} cannot be written ({why}), so runs can be looked at but not changed; make it "
            "writable, make room on the disk, or name another folder with LATENT_LENS_RUNS.",
            folder=root.name,
            why=reason(error),
        ) from error


def check_folder(root: Path) -> None:
    """Raise RunError, with the remedy, where the folder of runs is read-only or its disk is full."""
    with writing(root):
        write_beside(root / ".room", bytes(1 << 14), is_synced=False)
        (root / ".room").unlink()


def waiting(root: Path) -> list[Path]:
    """Return the folders of the runs that wait, in the order in which they were enqueued."""
    found = []
    for file in root.glob("[!.]*/order.json"):
        if read_record(file.parent / "status.json").get("state") == "queued" and isinstance(asked := read_record(file).get("asked"), int):
            found.append((asked, file.parent))
    return [path for _, path in sorted(found)]


def worker_state(root: Path) -> dict[str, Any]:
    """Return what the worker wrote last: its state, its run, how fast this machine is; empty where there has been none."""
    return read_record(root / ".worker.json", WORKER_STATE)


def has_worker(root: Path) -> bool:
    """Tell whether a worker lives."""
    return is_held(root / ".worker.lock")


def read_record(path: Path, shape: Mapping[str, Any] = ANYTHING) -> dict[str, Any]:
    """Return a small JSON object, or an empty one where there is none that can be used."""
    try:
        return read_json(path, shape)
    except (OSError, Unreadable):
        return {}
