"""Files are written whole or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from filelock import FileLock

from vae_core.runs import writer
from vae_core.storage import files


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "file"
    files.write_beside(target, b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError):
        files.write_beside(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_who_asks_for_the_holder_of_a_lock_is_not_taken_for_it(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    assert not files.is_held(lock) and not lock.exists()
    with FileLock(lock):
        assert files.is_held(lock)
    with ThreadPoolExecutor(8) as many:
        assert not any(many.map(lambda _: any(files.is_held(lock) for _ in range(500)), range(8)))
    lock.unlink()
    lock.mkdir()
    assert not files.is_held(lock)


def test_threads_that_write_one_file_at_once_do_not_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target, meeting = tmp_path / "file", Barrier(8, timeout=60)
    monkeypatch.setattr(files.os, "fsync", lambda handle: meeting.wait())
    with ThreadPoolExecutor(8) as many:
        list(many.map(lambda number: files.write_beside(target, b"%d" % number), range(8)))
    assert list(tmp_path.iterdir()) == [target] and target.read_bytes() in {b"%d" % number for number in range(8)}


def test_the_half_of_a_file_is_known_by_its_name(tmp_path: Path) -> None:
    halves = [files.temporary_beside(tmp_path / name) for name in ("epochs.npz", "status.json", "snapshots/0001.npz")]
    (tmp_path / "snapshots").mkdir()
    for half in halves:
        half.touch()
    writer._clean(tmp_path)
    assert not any(half.exists() for half in halves)
