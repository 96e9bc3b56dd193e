"""The worker: nothing is lost, trained twice or left behind, whoever dies."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from tests.conftest import tiny_config
from tests.vae_core.jobs.helpers import LONG, until
from vae_core.jobs import worker
from vae_core.jobs.folder import has_worker, waiting, worker_state
from vae_core.jobs.queue import enqueue, resume
from vae_core.jobs.worker import start_worker, train_job, work
from vae_core.runs.listing import load_run
from vae_core.runs.verification import verify
from vae_core.storage.files import is_held
from vae_core.training import runner
from vae_core.training.interrupts import Stopped


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a worker in this process do without its warm-up, which other tests are about."""
    monkeypatch.setattr(worker, "_prepare", lambda root: None)


@pytest.mark.usefixtures("quick")
def test_the_worker_trains_in_the_order_of_asking_and_leaves(tmp_path: Path) -> None:
    asked = [enqueue(tiny_config(seed=seed), tmp_path).id for seed in (2, 0, 1)]
    assert [path.name for path in waiting(tmp_path)] == asked
    assert work(tmp_path, idle_seconds=0.2)
    assert [load_run(tmp_path, run).state for run in asked] == ["done"] * 3 and waiting(tmp_path) == []
    ended = [(tmp_path / run / "summary.json").stat().st_mtime_ns for run in asked]
    assert ended == sorted(ended) and not has_worker(tmp_path) and verify(tmp_path / asked[0]) == []


@pytest.mark.usefixtures("quick")
def test_there_is_one_worker(tmp_path: Path) -> None:
    with FileLock(tmp_path / ".worker.lock"):
        assert has_worker(tmp_path) and not work(tmp_path, idle_seconds=0)
        assert start_worker(tmp_path) is None
    assert work(tmp_path, idle_seconds=0) and not has_worker(tmp_path)


@pytest.mark.usefixtures("quick")
def test_a_run_asked_for_while_the_worker_leaves_is_not_forgotten(tmp_path: Path) -> None:
    """Ask at every moment of the last 0.1 s: either this worker trains it, or its lock is free for the next one."""
    for number in range(6):
        thread = threading.Thread(target=work, args=(tmp_path, 0.1))
        thread.start()
        time.sleep(0.06 + number * 0.015)
        asked = enqueue(tiny_config(seed=number, epochs=1, snapshots=0), tmp_path)
        will_be_trained = has_worker(tmp_path)
        thread.join(30)
        if will_be_trained:
            assert load_run(tmp_path, asked.id).state == "done"
        else:
            assert work(tmp_path, 0) is True
        shutil.rmtree(tmp_path / asked.id)


@pytest.mark.usefixtures("quick")
def test_what_cannot_be_trained_gets_a_sentence_and_the_next_run_its_turn(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    bad = enqueue(replace(tiny_config(), model=replace(tiny_config().model, hidden=())), tmp_path)
    odd, good = enqueue(tiny_config(seed=1), tmp_path), enqueue(tiny_config(seed=2), tmp_path)
    order = json.loads((tmp_path / odd.id / "order.json").read_text())
    order["config"]["data"]["dataset"] = "nothing"
    (tmp_path / odd.id / "order.json").write_text(json.dumps(order))
    assert work(tmp_path, idle_seconds=0.1)
    states = {run: load_run(tmp_path, run) for run in (bad.id, odd.id, good.id)}
    assert [run.state for run in states.values()] == ["failed", "failed", "done"]
    assert states[bad.id].sentence.startswith("hidden is empty; give at least one width")
    assert "There is no dataset 'nothing'" in states[odd.id].sentence


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("error", "said"), [(MemoryError(), "memory ran out"), (ZeroDivisionError("a  bug"), "Training failed: a bug")])
def test_an_error_before_the_first_step_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], error: Exception, said: str
) -> None:
    def broken(name: str) -> None:
        raise error

    monkeypatch.setattr("vae_core.data.sources.load", broken)
    asked = enqueue(tiny_config(), tmp_path)
    assert work(tmp_path, idle_seconds=0)
    run = load_run(tmp_path, asked.id)
    assert run.state == "failed" and said in run.sentence and "\n" not in run.sentence


@pytest.mark.usefixtures("quick")
def test_a_run_that_killed_its_worker_does_not_kill_the_next(tmp_path: Path) -> None:
    asked = enqueue(tiny_config(), tmp_path)
    order = tmp_path / asked.id / "order.json"
    order.write_text(json.dumps({**json.loads(order.read_text()), "begun": True}))  # as a worker leaves it that the system killed
    assert work(tmp_path, idle_seconds=0)
    run = load_run(tmp_path, asked.id)
    assert run.state == "failed" and "before the first step" in run.sentence
    resume(run)
    assert work(tmp_path, idle_seconds=0) and load_run(tmp_path, asked.id).state == "done"


def test_a_stop_of_the_worker_itself_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(state: str) -> Callable[..., None]:
        def raising(*args: object, **more: object) -> None:
            raise Stopped(state, "Stopped.")

        return raising

    path = tmp_path / enqueue(tiny_config(), tmp_path).id
    for state, goes_on in (("interrupted", False), ("paused", True)):
        monkeypatch.setattr(runner, "train", ended(state))
        assert train_job(path) is goes_on


def test_a_real_worker_is_warm_takes_runs_at_once_and_survives_nobody(tmp_path: Path) -> None:
    """One process for several facts, since it takes seconds to start: state, speed of taking, kill -9, no zombie, an orphaned run."""
    process = start_worker(tmp_path)
    assert process is not None
    try:
        assert start_worker(tmp_path) is None  # though it holds no lock yet
        until(lambda: worker_state(tmp_path).get("state") == "ready" and "machine" in worker_state(tmp_path), 120)
        state = worker_state(tmp_path)
        assert state["pid"] == process.pid and state["machine"]["base"] > 1e8 and has_worker(tmp_path)
        assert os.getsid(process.pid) == process.pid != os.getsid(0)
        until(lambda: os.getpriority(os.PRIO_PROCESS, process.pid) > os.getpriority(os.PRIO_PROCESS, 0), 10)  # pages go first
        before = time.monotonic()
        asked = enqueue(LONG, tmp_path)
        until(lambda: load_run(tmp_path, asked.id).state == "running", 10)
        assert time.monotonic() - before < 3
        until(lambda: load_run(tmp_path, asked.id).progress(), 10)
        os.kill(process.pid, signal.SIGKILL)
        before = time.monotonic()
        until(lambda: load_run(tmp_path, asked.id).state == "interrupted", 5)
        until(lambda: not Path(f"/proc/{process.pid}").exists() if sys.platform == "linux" else process.poll() is not None, 5)
        assert not has_worker(tmp_path) and not is_held(tmp_path / asked.id / "lock")
        resume(load_run(tmp_path, asked.id))
        assert [path.name for path in waiting(tmp_path)] == [asked.id]
    finally:
        process.kill()
