"""The queue and its worker: nothing is lost, trained twice or left behind, whoever dies."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from tests.conftest import tiny_config
from vae_core.files import is_held
from vae_core.jobs import queue as jobs
from vae_core.jobs.queue import carry_out, delete, go_on, has_worker, news, rename, restore, start, start_worker, waiting, wish, work
from vae_core.runs.run import Run, RunError, is_alive, load, open_run
from vae_core.runs.verification import verify
from vae_core.training import runner as train
from vae_core.training.trainer import Stopped

LONG = tiny_config("Long", epochs=10_000, snapshots=2)
Ask = Callable[[Run], object]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a worker in this process do without its rehearsal, which other tests are about."""
    monkeypatch.setattr(jobs, "_warm_up", lambda root: None)


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait for a condition; fail when it does not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@contextmanager
def trained(root: Path, run: str) -> Iterator[Run]:
    """Train a waiting run in a thread, and end that training politely."""
    thread = threading.Thread(target=carry_out, args=(root / run,), daemon=True)
    thread.start()
    until(lambda: is_alive(root / run) and load(root, run).state == "running")
    try:
        yield load(root, run)
    finally:
        with suppress(RunError):  # it may have ended by itself
            wish(load(root, run), "pause")
        thread.join(30)


# ---- what pages ask


def test_a_run_is_whole_when_it_appears(tmp_path: Path) -> None:
    asked = start(tiny_config("Mine"), tmp_path)
    run = load(tmp_path, asked.id)
    assert asked.is_new and (run.id, run.name, run.state) == ("digits-2d-1", "Mine", "queued")
    assert run.config == tiny_config("Mine") and run.dataset["name"] == "digits"
    assert waiting(tmp_path) == [tmp_path / "digits-2d-1"] and not list(tmp_path.glob(".new-*"))


def test_the_same_settings_are_not_trained_twice_at_once(tmp_path: Path) -> None:
    first = start(tiny_config("Mine"), tmp_path)
    again, other = start(tiny_config("Yours"), tmp_path), start(tiny_config("Mine", seed=1), tmp_path)
    assert again == jobs.Started(first.id, False)
    assert other.is_new and [path.name for path in waiting(tmp_path)] == [first.id, other.id]


def test_two_pages_that_press_start_in_one_moment_get_one_run(tmp_path: Path) -> None:
    gate, found = threading.Barrier(8), []

    def press() -> None:
        gate.wait()
        found.append(start(tiny_config(), tmp_path))

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.id for one in found} == {"digits-2d-1"} and sum(one.is_new for one in found) == 1
    assert len(waiting(tmp_path)) == 1


def test_a_finished_run_may_be_trained_again(tmp_path: Path) -> None:
    first = start(tiny_config(), tmp_path)
    assert carry_out(tmp_path / first.id) and load(tmp_path, first.id).state == "done"
    assert start(tiny_config(), tmp_path) == jobs.Started("digits-2d-2", True)


def test_a_display_name_never_becomes_a_path(tmp_path: Path) -> None:
    asked = start(replace(tiny_config(), name="../../evil <img>"), tmp_path)
    assert asked.id == "digits-2d-1" and [path.name for path in tmp_path.iterdir() if path.is_dir()] == [asked.id]
    rename(load(tmp_path, asked.id), "../up\n and  away " + "x" * 500)
    run = load(tmp_path, asked.id)
    assert run.path == tmp_path / asked.id and run.name.startswith("../up and away xx") and len(run.name) == 200


def test_a_sealed_run_is_renamed_and_stays_sound(tiny_root: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_root / "tiny-2d", tmp_path / "tiny-2d")
    rename(open_run(tmp_path / "tiny-2d"), "Another name")
    assert open_run(tmp_path / "tiny-2d").name == "Another name" and verify(tmp_path / "tiny-2d") == []
    rename(open_run(tmp_path / "tiny-2d"), "  ")
    assert open_run(tmp_path / "tiny-2d").name == "Tiny 2-D"


def test_a_deleted_run_lies_in_the_trash_and_comes_back(tiny_root: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_root / "tiny-2d", tmp_path / "tiny-2d")
    lies = delete(open_run(tmp_path / "tiny-2d"))
    assert lies.parent == tmp_path / ".trash" and not (tmp_path / "tiny-2d").exists()
    assert restore(lies) == "tiny-2d" and verify(tmp_path / "tiny-2d") == []
    with pytest.raises(RunError, match="no longer in the trash"):
        restore(lies)
    delete(open_run(tmp_path / "tiny-2d"))
    jobs.empty_trash(tmp_path)
    assert list(tmp_path.glob(".trash/*")) == []


def test_a_new_run_leaves_the_place_of_a_deleted_one_free(tmp_path: Path) -> None:
    lies = delete(load(tmp_path, start(tiny_config(), tmp_path).id))
    assert start(tiny_config(), tmp_path).id == "digits-2d-2"
    assert restore(lies) == "digits-2d-1" and len(waiting(tmp_path)) == 2


def test_a_run_at_work_is_neither_deleted_nor_started_twice(tmp_path: Path) -> None:
    asked = start(LONG, tmp_path)
    with trained(tmp_path, asked.id) as run:
        for refused, said in ((delete, "pause it first"), (go_on, "under way already")):
            with pytest.raises(RunError, match=said):
                refused(run)
        assert start(LONG, tmp_path) == jobs.Started(asked.id, False)
    assert delete(load(tmp_path, asked.id)).exists()


def test_a_run_that_the_worker_is_about_to_train_is_not_deleted(tmp_path: Path) -> None:
    asked = start(tiny_config(), tmp_path)
    with FileLock(tmp_path / ".worker.lock"):
        jobs._say(tmp_path, "training", asked.id)
        with pytest.raises(RunError, match="pause it first"):
            delete(load(tmp_path, asked.id))
    assert delete(load(tmp_path, asked.id)).exists()  # that worker is dead


def test_a_trainer_that_has_just_stopped_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = stopped(tmp_path)
    with FileLock(run.path / "lock", thread_local=False) as lock:
        threading.Timer(0.4, lock.release, [True]).start()
        assert delete(run).exists()
    run = stopped(tmp_path)
    monkeypatch.setattr(jobs, "LEAVING_SECONDS", 0.2)
    with FileLock(run.path / "lock"), pytest.raises(RunError, match="pause it first"):
        delete(run)


@pytest.mark.parametrize("ask", [lambda run: wish(run, "pause"), lambda run: wish(run, "finish")])
def test_nobody_hears_a_wish_for_a_run_that_waits(tmp_path: Path, ask: Ask) -> None:
    run = load(tmp_path, start(tiny_config(), tmp_path).id)
    with pytest.raises(RunError, match="is not being trained"):
        ask(run)
    with pytest.raises(RunError, match="under way already"):
        go_on(run)


def test_pause_go_on_and_finish(tmp_path: Path) -> None:
    asked = start(LONG, tmp_path)
    with trained(tmp_path, asked.id):
        pass
    paused = load(tmp_path, asked.id)
    assert paused.state == "paused" and waiting(tmp_path) == [] and (tmp_path / asked.id / "resume").exists()
    step = len(paused.history()["step"])
    # A wish that came too late for the last trainer is not for the next one.
    (paused.path / "control").mkdir(exist_ok=True)
    (paused.path / "control" / "pause").touch()
    go_on(paused)
    assert load(tmp_path, asked.id).state == "queued" and waiting(tmp_path) == [tmp_path / asked.id]
    with trained(tmp_path, asked.id) as run:
        until(lambda: len(run.history()["step"]) > step + 2)
        wish(run, "finish")
        until(lambda: load(tmp_path, asked.id).state == "done")
    done = load(tmp_path, asked.id)
    assert verify(done.path) == [] and done.summary["epochs"] < 10_000
    with pytest.raises(RunError, match="is finished"):
        go_on(done)


# ---- a folder that cannot be written


@contextmanager
def tmpfs(folder: Path, options: str) -> Iterator[Path]:
    """Mount a small file system of its own, or skip where this user may not."""
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True).returncode:
        pytest.skip("mounting a file system takes rights that this user has not; the simulated test stands in")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def refusals(root: Path, run: Run) -> None:
    """Check that every request is refused in the one sentence, and that nothing is left of it."""
    before = sorted(path.name for path in root.iterdir())
    for ask in (
        lambda: jobs.check_folder(root),
        lambda: start(tiny_config(seed=9), root),
        lambda: rename(run, "x" * 100),
        lambda: go_on(run),
    ):
        with pytest.raises(RunError, match=r"cannot be written .*; make it writable or make room"):
            ask()
    assert sorted(path.name for path in root.iterdir() if path.name != ".jobs.lock") == [name for name in before if name != ".jobs.lock"]
    assert open_run(run.path).state == run.state


def stopped(root: Path) -> Run:
    """Return a run that can be gone on with."""
    run = load(root, start(tiny_config(), root).id)
    (run.path / "status.json").write_text(json.dumps({"state": "paused", "sentence": "Paused."}))
    return open_run(run.path)


def test_a_full_disk_is_told_and_nothing_half_is_left(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "small", "size=128k") as root:
        run = stopped(root)
        (root / "big").write_bytes(bytes(4096))
        with open(root / "big", "ab") as file, pytest.raises(OSError, match="No space"):
            while True:
                os.write(file.fileno(), bytes(4096))
        refusals(root, run)


def test_a_read_only_folder_is_told(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "locked", "size=1m") as root:
        run = stopped(root)
        subprocess.run(["mount", "-o", "remount,ro", str(root)], check=True)
        refusals(root, run)
        with pytest.raises(RunError, match="cannot be written"):
            start_worker(root)
        assert delete_is_refused(run)


def delete_is_refused(run: Run) -> bool:
    """Tell whether deleting fails with the sentence."""
    with pytest.raises(RunError, match="cannot be written"):
        delete(run)
    return run.path.exists()


def test_an_error_of_the_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = stopped(tmp_path)

    def full(path: Path, content: bytes, is_synced: bool = True) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("vae_core.files.write_beside", full)
    monkeypatch.setattr(jobs, "write_beside", full)
    refusals(tmp_path, run)


# ---- the worker


@pytest.mark.usefixtures("quick")
def test_the_worker_trains_in_the_order_of_asking_and_leaves(tmp_path: Path) -> None:
    asked = [start(tiny_config(seed=seed), tmp_path).id for seed in (2, 0, 1)]
    assert [path.name for path in waiting(tmp_path)] == asked
    assert work(tmp_path, idle_seconds=0.2)
    assert [load(tmp_path, run).state for run in asked] == ["done"] * 3 and waiting(tmp_path) == []
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
        asked = start(tiny_config(seed=number, epochs=1, snapshots=0), tmp_path)
        will_be_trained = has_worker(tmp_path)
        thread.join(30)
        if will_be_trained:
            assert load(tmp_path, asked.id).state == "done"
        else:
            assert work(tmp_path, 0) is True
        shutil.rmtree(tmp_path / asked.id)


@pytest.mark.usefixtures("quick")
def test_what_cannot_be_trained_gets_a_sentence_and_the_next_run_its_turn(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    bad = start(replace(tiny_config(), model=replace(tiny_config().model, hidden=())), tmp_path)
    odd, good = start(tiny_config(seed=1), tmp_path), start(tiny_config(seed=2), tmp_path)
    order = json.loads((tmp_path / odd.id / "order.json").read_text())
    order["config"]["data"]["dataset"] = "nothing"
    (tmp_path / odd.id / "order.json").write_text(json.dumps(order))
    assert work(tmp_path, idle_seconds=0.1)
    states = {run: load(tmp_path, run) for run in (bad.id, odd.id, good.id)}
    assert [run.state for run in states.values()] == ["failed", "failed", "done"]
    assert states[bad.id].sentence.startswith("hidden is empty; give at least one width")
    assert "There is no dataset 'nothing'" in states[odd.id].sentence


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("error", "said"), [(MemoryError(), "want of memory"), (ZeroDivisionError("a  bug"), "Training failed: a bug")])
def test_an_error_before_the_first_step_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], error: Exception, said: str
) -> None:
    def broken(name: str) -> None:
        raise error

    monkeypatch.setattr("vae_core.data.dataset.load", broken)
    asked = start(tiny_config(), tmp_path)
    assert work(tmp_path, idle_seconds=0)
    run = load(tmp_path, asked.id)
    assert run.state == "failed" and said in run.sentence and "\n" not in run.sentence


@pytest.mark.usefixtures("quick")
def test_a_run_that_killed_its_worker_does_not_kill_the_next(tmp_path: Path) -> None:
    asked = start(tiny_config(), tmp_path)
    order = tmp_path / asked.id / "order.json"
    order.write_text(json.dumps({**json.loads(order.read_text()), "begun": True}))  # as a worker leaves it that the system killed
    assert work(tmp_path, idle_seconds=0)
    run = load(tmp_path, asked.id)
    assert run.state == "failed" and "before the first step" in run.sentence
    go_on(run)
    assert work(tmp_path, idle_seconds=0) and load(tmp_path, asked.id).state == "done"


def test_a_stop_of_the_worker_itself_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(state: str) -> Callable[..., None]:
        def raising(*args: object, **more: object) -> None:
            raise Stopped(state, "Stopped.")

        return raising

    path = tmp_path / start(tiny_config(), tmp_path).id
    for state, goes_on in (("interrupted", False), ("paused", True)):
        monkeypatch.setattr(train, "train", ended(state))
        assert carry_out(path) is goes_on


def test_a_real_worker_is_warm_takes_runs_at_once_and_survives_nobody(tmp_path: Path) -> None:
    """One process for several facts, since it takes seconds to start: news, speed of taking, kill -9, no zombie, an orphaned run."""
    process = start_worker(tmp_path)
    assert process is not None
    try:
        assert start_worker(tmp_path) is None  # though it holds no lock yet
        until(lambda: news(tmp_path).get("state") == "ready" and "machine" in news(tmp_path), 120)
        told = news(tmp_path)
        assert told["pid"] == process.pid and told["machine"]["base"] > 1e8 and has_worker(tmp_path)
        assert os.getsid(process.pid) == process.pid != os.getsid(0)
        until(lambda: os.getpriority(os.PRIO_PROCESS, process.pid) > os.getpriority(os.PRIO_PROCESS, 0), 10)  # pages go first
        before = time.monotonic()
        asked = start(LONG, tmp_path)
        until(lambda: load(tmp_path, asked.id).state == "running", 10)
        assert time.monotonic() - before < 3
        until(lambda: load(tmp_path, asked.id).progress(), 10)
        os.kill(process.pid, signal.SIGKILL)
        before = time.monotonic()
        until(lambda: load(tmp_path, asked.id).state == "interrupted", 5)
        until(lambda: not Path(f"/proc/{process.pid}").exists() if sys.platform == "linux" else process.poll() is not None, 5)
        assert not has_worker(tmp_path) and not is_held(tmp_path / asked.id / "lock")
        go_on(load(tmp_path, asked.id))
        assert [path.name for path in waiting(tmp_path)] == [asked.id]
    finally:
        process.kill()
