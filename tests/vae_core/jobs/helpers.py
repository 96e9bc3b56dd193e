"""What the tests of the queue share."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.conftest import tiny_config
from vae_core.jobs.cost_estimate import Machine
from vae_core.jobs.queue import enqueue, request
from vae_core.jobs.worker import train_job
from vae_core.runs.errors import RunError
from vae_core.runs.layout import is_alive
from vae_core.runs.listing import load_run, open_run
from vae_core.runs.run import Run

MACHINE = Machine(fixed=1e-3, dense=1e-10, conv=1e-10, base=400_000_000)
LONG = tiny_config("Long", epochs=10_000, snapshots=2)


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait for a condition; fail when it does not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@contextmanager
def trained(root: Path, run: str) -> Iterator[Run]:
    """Train a waiting run in a thread, and end that training politely."""
    thread = threading.Thread(target=train_job, args=(root / run,), daemon=True)
    thread.start()
    until(lambda: is_alive(root / run) and load_run(root, run).state == "running")
    try:
        yield load_run(root, run)
    finally:
        with suppress(RunError):  # it may have ended by itself
            request(load_run(root, run), "pause")
        thread.join(30)


def stopped(root: Path) -> Run:
    """Return a run that can be gone on with."""
    run = load_run(root, enqueue(tiny_config(), root).id)
    (run.path / "status.json").write_text(json.dumps({"state": "paused", "sentence": "Paused."}))
    return open_run(run.path)
