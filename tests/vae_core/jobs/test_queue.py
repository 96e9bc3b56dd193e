"""What pages ask for: nothing is lost or trained twice, whoever asks and whenever."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from tests.conftest import tiny_config
from tests.vae_core.jobs.helpers import LONG, stopped, trained, until
from vae_core.jobs import queue, worker
from vae_core.jobs.folder import waiting
from vae_core.jobs.queue import Enqueued, delete, empty_trash, enqueue, rename, request, restore, resume
from vae_core.jobs.worker import train_job
from vae_core.runs.errors import RunError
from vae_core.runs.listing import load_run, open_run
from vae_core.runs.run import Run
from vae_core.runs.verification import verify

Ask = Callable[[Run], object]


def test_a_run_is_whole_when_it_appears(tmp_path: Path) -> None:
    asked = enqueue(tiny_config("Mine"), tmp_path)
    run = load_run(tmp_path, asked.id)
    assert asked.is_new and (run.id, run.name, run.state) == ("digits-2d-1", "Mine", "queued")
    assert run.config == tiny_config("Mine") and run.dataset["name"] == "digits"
    assert waiting(tmp_path) == [tmp_path / "digits-2d-1"] and not list(tmp_path.glob(".new-*"))


def test_the_same_settings_are_not_trained_twice_at_once(tmp_path: Path) -> None:
    first = enqueue(tiny_config("Mine"), tmp_path)
    again, other = enqueue(tiny_config("Yours"), tmp_path), enqueue(tiny_config("Mine", seed=1), tmp_path)
    assert again == Enqueued(first.id, False)
    assert other.is_new and [path.name for path in waiting(tmp_path)] == [first.id, other.id]


def test_two_pages_that_press_start_in_one_moment_get_one_run(tmp_path: Path) -> None:
    gate, found = threading.Barrier(8), []

    def press() -> None:
        gate.wait()
        found.append(enqueue(tiny_config(), tmp_path))

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.id for one in found} == {"digits-2d-1"} and sum(one.is_new for one in found) == 1
    assert len(waiting(tmp_path)) == 1


def test_a_finished_run_may_be_trained_again(tmp_path: Path) -> None:
    first = enqueue(tiny_config(), tmp_path)
    assert train_job(tmp_path / first.id) and load_run(tmp_path, first.id).state == "done"
    assert enqueue(tiny_config(), tmp_path) == Enqueued("digits-2d-2", True)


def test_a_display_name_never_becomes_a_path(tmp_path: Path) -> None:
    asked = enqueue(replace(tiny_config(), name="../../evil <img>"), tmp_path)
    assert asked.id == "digits-2d-1" and [path.name for path in tmp_path.iterdir() if path.is_dir()] == [asked.id]
    rename(load_run(tmp_path, asked.id), "../up\n and  away " + "x" * 500)
    run = load_run(tmp_path, asked.id)
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
    empty_trash(tmp_path)
    assert list(tmp_path.glob(".trash/*")) == []


def test_a_new_run_leaves_the_place_of_a_deleted_one_free(tmp_path: Path) -> None:
    lies = delete(load_run(tmp_path, enqueue(tiny_config(), tmp_path).id))
    assert enqueue(tiny_config(), tmp_path).id == "digits-2d-2"
    assert restore(lies) == "digits-2d-1" and len(waiting(tmp_path)) == 2


def test_a_run_at_work_is_neither_deleted_nor_started_twice(tmp_path: Path) -> None:
    asked = enqueue(LONG, tmp_path)
    with trained(tmp_path, asked.id) as run:
        for refused, said in ((delete, "pause it first"), (resume, "under way already")):
            with pytest.raises(RunError, match=said):
                refused(run)
        assert enqueue(LONG, tmp_path) == Enqueued(asked.id, False)
    assert delete(load_run(tmp_path, asked.id)).exists()


def test_a_run_that_the_worker_is_about_to_train_is_not_deleted(tmp_path: Path) -> None:
    asked = enqueue(tiny_config(), tmp_path)
    with FileLock(tmp_path / ".worker.lock"):
        worker._write_state(tmp_path, "training", asked.id)
        with pytest.raises(RunError, match="pause it first"):
            delete(load_run(tmp_path, asked.id))
    assert delete(load_run(tmp_path, asked.id)).exists()  # that worker is dead


def test_a_trainer_that_has_just_stopped_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = stopped(tmp_path)
    with FileLock(run.path / "lock", thread_local=False) as lock:
        threading.Timer(0.4, lock.release, [True]).start()
        assert delete(run).exists()
    run = stopped(tmp_path)
    monkeypatch.setattr(queue, "LEAVING_SECONDS", 0.2)
    with FileLock(run.path / "lock"), pytest.raises(RunError, match="pause it first"):
        delete(run)


@pytest.mark.parametrize("ask", [lambda run: request(run, "pause"), lambda run: request(run, "finish")])
def test_a_request_for_a_run_that_waits_is_refused(tmp_path: Path, ask: Ask) -> None:
    run = load_run(tmp_path, enqueue(tiny_config(), tmp_path).id)
    with pytest.raises(RunError, match="is not being trained"):
        ask(run)
    with pytest.raises(RunError, match="under way already"):
        resume(run)


def test_pause_go_on_and_finish(tmp_path: Path) -> None:
    asked = enqueue(LONG, tmp_path)
    with trained(tmp_path, asked.id):
        pass
    paused = load_run(tmp_path, asked.id)
    assert paused.state == "paused" and waiting(tmp_path) == [] and (tmp_path / asked.id / "resume").exists()
    step = len(paused.history()["step"])
    # A request that came too late for the last trainer is not for the next one.
    (paused.path / "control").mkdir(exist_ok=True)
    (paused.path / "control" / "pause").touch()
    (paused.path / "control" / "selections.lock").touch()  # which another page may hold at this moment
    resume(paused)
    assert load_run(tmp_path, asked.id).state == "queued" and waiting(tmp_path) == [tmp_path / asked.id]
    with trained(tmp_path, asked.id) as run:
        until(lambda: len(run.history()["step"]) > step + 2)
        request(run, "finish")
        until(lambda: load_run(tmp_path, asked.id).state == "done")
    done = load_run(tmp_path, asked.id)
    assert verify(done.path) == [] and done.summary["epochs"] < 10_000 and (done.path / "control" / "selections.lock").exists()
    with pytest.raises(RunError, match="is finished"):
        resume(done)
