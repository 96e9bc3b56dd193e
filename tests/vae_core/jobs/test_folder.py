"""A folder of runs that cannot be written: one sentence, and nothing half is left."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import tiny_config
from tests.vae_core.jobs.helpers import stopped
from vae_core.jobs import folder
from vae_core.jobs.folder import check_folder
from vae_core.jobs.queue import delete, enqueue, rename, resume
from vae_core.jobs.worker import start_worker
from vae_core.runs.errors import RunError
from vae_core.runs.listing import open_run
from vae_core.runs.run import Run


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
        lambda: check_folder(root),
        lambda: enqueue(tiny_config(seed=9), root),
        lambda: rename(run, "x" * 100),
        lambda: resume(run),
    ):
        with pytest.raises(RunError, match=r"cannot be written .*; make it writable, make room"):
            ask()
    assert sorted(path.name for path in root.iterdir() if path.name != ".jobs.lock") == [name for name in before if name != ".jobs.lock"]
    assert open_run(run.path).state == run.state


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

    monkeypatch.setattr("vae_core.storage.files.write_beside", full)
    monkeypatch.setattr(folder, "write_beside", full)
    refusals(tmp_path, run)
