"""The one worker of a folder: it trains the runs that wait there, one after another."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from vae_core import children
from vae_core.config import ConfigError, from_dict
from vae_core.data import sources
from vae_core.data.errors import DataError
from vae_core.jobs.folder import LOOK_SECONDS, has_worker, read_record, waiting, worker_state, writing
from vae_core.messages import Message, reason, say
from vae_core.runs.errors import RunError
from vae_core.storage.files import write_beside, write_json

IDLE_SECONDS = 300.0
CRASHED = say("The trainer ended before the first step, perhaps because memory ran out; choose a smaller network or fewer images.")

_started: dict[Path, subprocess.Popen[bytes]] = {}  # a worker holds its lock only some moments after it was started


def start_worker(root: Path) -> subprocess.Popen[bytes] | None:
    """Start a worker in a session of its own, unless one lives; it leaves no zombie.

    Raises:
        RunError: the folder of runs cannot be written.
    """
    with writing(root), open(root / ".worker.log", "ab") as log:
        if has_worker(root) or (root in _started and _started[root].poll() is None):
            return None
        process = _started[root] = children.start(log, "work", LATENT_LENS_RUNS=str(root.resolve()))
        threading.Thread(target=process.wait, daemon=True).start()  # collects it when it ends
        return process


def work(root: Path, idle_seconds: float = IDLE_SECONDS, when_warm: Callable[[], object] = lambda: None) -> bool:
    """Train waiting runs one after another, until none was waiting for `idle_seconds`; False where another worker lives."""
    root.mkdir(parents=True, exist_ok=True)
    lock = FileLock(root / ".worker.lock", timeout=1)
    try:
        lock.acquire()
    except Timeout:
        return False
    try:
        _drop_crashed(root)
        _prepare(root)
        when_warm()
        while (path := _next(root, idle_seconds, lock)) is not None:
            if not train_job(path):
                break
    finally:
        lock.release()
    return True


def _drop_crashed(root: Path) -> None:
    """Mark runs as failed whose worker died before their first step, so that they do not kill the next one too."""
    for path in waiting(root):
        if read_record(path / "order.json").get("begun"):
            _refuse(path, CRASHED)


def _prepare(root: Path) -> None:
    """Import what training needs and take a step; then, while nobody waits, what finishing needs, and measure this machine."""
    from vae_core.jobs import warmup

    _write_state(root, "warming up")
    warmup.warm_up()
    _write_state(root, "ready", has_card=warmup.has_card())
    if not waiting(root):
        warmup.import_the_rest()
        if machine := warmup.measure_machine(lambda: bool(waiting(root))):
            _write_state(root, "ready", machine=machine)


def _next(root: Path, idle_seconds: float, lock: FileLock) -> Path | None:
    """Wait for the next run and take it; after `idle_seconds` without one, release the lock and return None."""
    _write_state(root, "ready")
    idle_until = time.monotonic() + idle_seconds
    while True:
        is_late = time.monotonic() >= idle_until
        if is_late or waiting(root):
            try:
                with writing(root):  # nobody can enqueue between the look and what follows
                    if paths := waiting(root):
                        write_json(paths[0] / "order.json", {**read_record(paths[0] / "order.json"), "begun": True})
                        _write_state(root, "training", paths[0].name)
                        return paths[0]
                    if is_late:
                        lock.release()
                        return None
            except RunError:  # the disk is full, so nothing can be trained
                if is_late:
                    return None
        time.sleep(LOOK_SECONDS)


def _write_state(root: Path, state: str, run: str = "", **more: Any) -> None:
    """Write what the worker is doing, for pages to read; a full disk does not stop it."""
    state_now = {**worker_state(root), "pid": os.getpid(), "state": state, "run": run, **more}
    with suppress(OSError):
        write_beside(root / ".worker.json", json.dumps(state_now).encode(), is_synced=False)


def train_job(path: Path) -> bool:
    """Train one run; False where the worker itself has to stop."""
    from vae_core.training import runner
    from vae_core.training.interrupts import Stopped, forget_requests

    try:
        if (path / "config.json").exists():
            runner.resume(path)
        else:
            forget_requests(path)
            config = from_dict(read_record(path / "order.json").get("config", {}))
            _announce(path, config.data.dataset)
            runner.train(config, path)
    except Stopped as stopped:
        return stopped.state != "interrupted"
    except (RunError, ConfigError, DataError) as error:
        _refuse(path, error.message)
    except MemoryError:
        _refuse(path, CRASHED)
    except OSError as error:  # without the name of the file, which is nobody else's business
        _refuse(path, say("Training failed: {why}", why=reason(error)))
    except Exception as error:
        with suppress(OSError):  # a full disk
            traceback.print_exc()  # into .worker.log
        _refuse(path, say("Training failed: {why}", why=reason(error)))
    return True


def _announce(path: Path, dataset: str) -> None:
    """Say in the run's status that its images are being downloaded, where that is so."""
    if download := sources.download_needed(dataset):
        sentence = say("Fetching {name}, {size:.1f} MB.", name=download.title, size=download.size / 1e6)
        write_json(path / "status.json", {"state": "queued", **sentence.record()})


def _refuse(path: Path, sentence: Message) -> None:
    """Mark a run that could not begin training as failed, with this sentence; one that did begin has its own."""
    if read_record(path / "status.json").get("state") == "queued":
        with suppress(OSError):
            write_json(path / "status.json", {"state": "failed", **sentence.record()})
