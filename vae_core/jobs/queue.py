"""What a page may ask: start a run, pause it, go on with it, finish it, rename it, delete it; and the one worker that trains.

    <root>/<run>/order.json   a run that waits for the worker (status queued); removed when training has begun
    <root>/<run>/control/     wishes to a trainer at work, see interrupts.py
    <root>/.worker.lock       held by the worker for life      .worker.json  what it is at      .worker.log  what it printed
    <root>/.trash/            deleted runs

Pages only write small files and never train, so nothing happens to a run when a page, a tab or the server goes away.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from vae_core import children
from vae_core.config import ConfigError, RunConfig, from_dict, to_dict
from vae_core.data import dataset as datasets
from vae_core.data import image_files as imports
from vae_core.data import mnist as idx
from vae_core.data.dataset import DataError
from vae_core.files import is_held, write_beside, write_json
from vae_core.reading import Unreadable, read_json
from vae_core.runs.listing import list_runs
from vae_core.runs.run import Run, RunError, check_links, is_alive, open_run
from vae_core.runs.writer import HEADER

ACTIVE = ("queued", "running")
CAN_GO_ON = ("paused", "interrupted", "failed")
IDLE_SECONDS = 300.0
LOOK_SECONDS = 0.05
LEAVING_SECONDS = 3.0  # that a trainer which has said its last word may take to let go of its run
LONGEST_STEM = 60  # letters of a run's id that name its data; a file's name may have 255
ANYTHING: Mapping[str, Any] = {}
NEWS = {"pid?": int, "state?": str, "run?": str, "has_card?": bool, "machine?": {"*": float}}
WAITING = "Waiting for its turn."
FELL = "The trainer ended before the first step, perhaps for want of memory; choose a smaller network or fewer images."


@dataclass(frozen=True)
class Started:
    """A run that was asked for: its id, and whether it is new or one with the same settings was under way already."""

    id: str
    is_new: bool


# --------------------------------------------------------------------------- what pages ask


@contextmanager
def _writing(root: Path) -> Iterator[None]:
    """Let one page at a time change the folder of runs.

    Raises:
        RunError: the folder cannot be written.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / ".jobs.lock", timeout=5):
            yield
    except Timeout as error:
        raise RunError(f"Another page is changing {root.name}; try again in a moment.") from error
    except OSError as error:
        raise RunError(
            f"The folder {root.name} cannot be written ({error.strerror}), so runs can be looked at but not changed; "
            "make it writable or make room on the disk."
        ) from error


def check_folder(root: Path) -> None:
    """Raise RunError, with the remedy, where the folder of runs is read-only or its disk is full."""
    with _writing(root):
        write_beside(root / ".room", bytes(1 << 14), is_synced=False)
        (root / ".room").unlink()


def start(config: RunConfig, root: Path) -> Started:
    """Put a run into the queue, unless one with the same settings waits or trains already; the worker may be in another folder.

    Raises:
        RunError: the folder of runs cannot be written.
    """
    config = replace(config, data=replace(config.data, dataset=imports.in_full(config.data.dataset)))
    with _writing(root):
        for run in list_runs(root)[0]:
            if run.state in ACTIVE and replace(run.config, name="") == replace(config, name=""):
                return Started(run.id, False)
        new = root / f".new-{time.time_ns()}"  # a run is whole when it appears among the others
        try:
            new.mkdir()
            write_beside(new / "history.csv", HEADER)  # every page can show a run that has not begun
            _order(new, {"config": to_dict(config)})
            path = _free(root, stem_of(config))
            os.rename(new, path)
        finally:
            shutil.rmtree(new, ignore_errors=True)
        return Started(path.name, True)


def stem_of(config: RunConfig) -> str:
    """Return what a run's id begins with: its data, in letters that every system takes, and its latent size."""
    data = re.sub(r"[^a-z0-9-]+", "-", Path(config.data.dataset).stem.lower())[:LONGEST_STEM]
    return f"{data}-{config.model.latent_size}d"


def _free(root: Path, stem: str) -> Path:
    """Return <stem>-<number>, the first that no run has, deleted ones included."""
    taken = {path.name for path in root.iterdir()} | {path.name.rpartition("-")[0] for path in (root / ".trash").glob("*")}
    number = next(number for number in range(1, len(taken) + 2) if f"{stem}-{number}" not in taken)
    return root / f"{stem}-{number}"


def _order(path: Path, order: dict[str, Any]) -> None:
    write_json(path / "order.json", {"asked": time.time_ns(), **order})
    write_json(path / "status.json", {"state": "queued", "sentence": WAITING})


def go_on(run: Run) -> None:
    """Put a run that was stopped into the queue again.

    Raises:
        RunError: it is finished, waits, or is being trained.
    """
    if run.summary:
        raise RunError(f"Run {run.id!r} is finished, so there is nothing to go on with.")
    with _writing(run.path.parent):
        if open_run(run.path).state in ACTIVE:
            raise RunError(f"Run {run.id!r} is under way already.")
        order = _read(run.path / "order.json")
        _order(run.path, {key: value for key, value in order.items() if key == "config"})


def wish(run: Run, what: str) -> None:
    """Ask the trainer of a run to "pause" or to "finish" with what it has learnt so far.

    Raises:
        RunError: nobody trains the run.
    """
    with _writing(run.path.parent):
        if not is_alive(run.path):
            raise RunError(f"Run {run.id!r} is not being trained, so it cannot {what}.")
        check_links(run.path)
        (run.path / "control").mkdir(exist_ok=True)
        write_beside(run.path / "control" / what, b"")


def rename(run: Run, name: str) -> None:
    """Give a run another display name, or with none its own again; the run itself stays as it was sealed."""
    with _writing(run.path.parent):
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
    with _writing(root):
        if _is_at_work(run):
            raise RunError(f"Run {run.id!r} is being trained; pause it first, then delete it.")
        (root / ".trash").mkdir(exist_ok=True)
        target = root / ".trash" / f"{run.id}-{time.time_ns()}"
        os.rename(run.path, target)
        return target


def _is_at_work(run: Run) -> bool:
    """Tell whether somebody trains a run, or is about to; one that has just stopped may still be on its way out."""
    root, patience = run.path.parent, time.monotonic() + (0 if open_run(run.path).state in ACTIVE else LEAVING_SECONDS)
    while _is_taken(run.path / "lock") or (news(root).get("run") == run.id and has_worker(root)):
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
    with _writing(root):
        if not trashed.is_dir():
            raise RunError(f"Run {name!r} is no longer in the trash.")
        if (root / name).exists():
            raise RunError(f"There is another run {name!r} by now; rename the folder {trashed} by hand to have it back.")
        os.rename(trashed, root / name)
        return name


def empty_trash(root: Path) -> None:
    """Delete for good what lies in the trash."""
    with _writing(root):
        shutil.rmtree(root / ".trash", ignore_errors=True)


def waiting(root: Path) -> list[Path]:
    """Return the folders of the runs that wait, in the order in which they were asked for."""
    found = []
    for file in root.glob("[!.]*/order.json"):
        if _read(file.parent / "status.json").get("state") == "queued" and isinstance(asked := _read(file).get("asked"), int):
            found.append((asked, file.parent))
    return [path for _, path in sorted(found)]


def news(root: Path) -> dict[str, Any]:
    """Return what the worker said last: state, run, and what it measured of this machine; empty where none has ever spoken."""
    return _read(root / ".worker.json", NEWS)


def has_worker(root: Path) -> bool:
    """Tell whether a worker lives."""
    return _is_taken(root / ".worker.lock")


def _is_taken(lock: Path) -> bool:
    """Tell whether a process holds a lock; a reader that probes holds it too, but only for an instant."""
    for pause in (0.02, 0.02, 0):
        if not is_held(lock):
            return False
        time.sleep(pause)
    return True


def _read(path: Path, shape: Mapping[str, Any] = ANYTHING) -> dict[str, Any]:
    """Return a small JSON object, or an empty one where there is none that can be used."""
    try:
        return read_json(path, shape)
    except (OSError, Unreadable):
        return {}


# --------------------------------------------------------------------------- the worker


_started: dict[Path, subprocess.Popen[bytes]] = {}  # a worker holds its lock only some moments after it was started


def start_worker(root: Path) -> subprocess.Popen[bytes] | None:
    """Start a worker in a session of its own, unless one lives; it leaves no zombie.

    Raises:
        RunError: the folder of runs cannot be written.
    """
    with _writing(root), open(root / ".worker.log", "ab") as log:
        if has_worker(root) or (root in _started and _started[root].poll() is None):
            return None
        process = _started[root] = children.start(log, "work", LATENT_LENS_RUNS=str(root.resolve()))
        threading.Thread(target=process.wait, daemon=True).start()  # collects it when it ends
        return process


def work(root: Path, idle_seconds: float = IDLE_SECONDS, when_warm: Callable[[], object] = lambda: None) -> bool:
    """Train what is asked for, one run after another, until nothing was asked for so long; False where another worker lives."""
    root.mkdir(parents=True, exist_ok=True)
    lock = FileLock(root / ".worker.lock", timeout=1)
    try:
        lock.acquire()
    except Timeout:
        return False
    try:
        _forget_fallen(root)
        _warm_up(root)
        when_warm()
        while (path := _next(root, idle_seconds, lock)) is not None:
            if not carry_out(path):
                break
    finally:
        lock.release()
    return True


def _forget_fallen(root: Path) -> None:
    """Take runs out of the queue that a worker died over before their first step, so that they do not take the next one with them."""
    for path in waiting(root):
        if _read(path / "order.json").get("begun"):
            _refuse(path, FELL)


def _warm_up(root: Path) -> None:
    """Import what training needs and take a step; then, while nobody waits, what finishing needs, and measure this machine."""
    from vae_core.jobs import warmup as rehearsal

    _say(root, "warming up")
    rehearsal.rehearse()
    _say(root, "ready", has_card=rehearsal.has_card())
    if not waiting(root):
        rehearsal.import_the_rest()
        if machine := rehearsal.measure(lambda: bool(waiting(root))):
            _say(root, "ready", machine=machine)


def _next(root: Path, idle_seconds: float, lock: FileLock) -> Path | None:
    """Wait for the next run and take it; None, and the worker's lock given back, where nothing was asked for so long."""
    _say(root, "ready")
    idle_until = time.monotonic() + idle_seconds
    while True:
        is_late = time.monotonic() >= idle_until
        if is_late or waiting(root):
            try:
                with _writing(root):  # nobody can ask between the look and what follows from it
                    if paths := waiting(root):
                        write_json(paths[0] / "order.json", {**_read(paths[0] / "order.json"), "begun": True})
                        _say(root, "training", paths[0].name)
                        return paths[0]
                    if is_late:
                        lock.release()
                        return None
            except RunError:  # the disk is full, so nothing can be trained
                if is_late:
                    return None
        time.sleep(LOOK_SECONDS)


def _say(root: Path, state: str, run: str = "", **more: Any) -> None:
    """Tell the pages what the worker is at; it is only news, so a full disk does not stop it."""
    told = {**news(root), "pid": os.getpid(), "state": state, "run": run, **more}
    with suppress(OSError):
        write_beside(root / ".worker.json", json.dumps(told).encode(), is_synced=False)


def carry_out(path: Path) -> bool:
    """Train one run; False where the worker itself was told to stop."""
    from vae_core.training import runner as train
    from vae_core.training.interrupts import Stopped

    shutil.rmtree(path / "control", ignore_errors=True)  # wishes to a trainer of before
    try:
        if (path / "config.json").exists():
            train.go_on(path)
        else:
            config = from_dict(_read(path / "order.json").get("config", {}))
            _announce(path, config.data.dataset)
            train.train(config, path)
    except Stopped as stopped:
        return stopped.state != "interrupted"
    except (RunError, ConfigError, DataError) as error:
        _refuse(path, str(error))
    except MemoryError:
        _refuse(path, FELL)
    except OSError as error:  # without the name of the file, which is nobody else's business
        _refuse(path, f"Training failed: {error.strerror}")
    except Exception as error:
        with suppress(OSError):  # a full disk
            traceback.print_exc()  # into .worker.log
        _refuse(path, f"Training failed: {' '.join(str(error).split()) or type(error).__name__}")
    return True


def _announce(path: Path, dataset: str) -> None:
    """Say with a run that its images are being fetched, where they are."""
    if dataset in idx.SOURCES and not datasets.is_at_hand(dataset):
        folder = idx.SOURCES[dataset].folder
        sentence = f"Fetching {folder.title}, {sum(file.size for file in folder.files) / 1e6:.1f} MB."
        write_json(path / "status.json", {"state": "queued", "sentence": sentence})


def _refuse(path: Path, sentence: str) -> None:
    """Leave the sentence with a run whose training could not begin; one that did begin has its own."""
    if _read(path / "status.json").get("state") == "queued":
        with suppress(OSError):
            write_json(path / "status.json", {"state": "failed", "sentence": sentence})
