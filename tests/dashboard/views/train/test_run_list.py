"""Runs are renamed, deleted and brought back on the page Runs; Train says why something was refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock

from dashboard.i18n.texts import t
from tests.conftest import tiny_config
from tests.dashboard.pages import open_page
from tests.dashboard.views.train.trainpage import Visit, button, has, is_calm, put, words
from vae_core.jobs import folder, queue
from vae_core.runs.errors import RunError
from vae_core.runs.listing import open_run


def test_runs_are_renamed_deleted_and_brought_back(root: Path, visit: Visit) -> None:
    at = open_page("runs", {"run": "tiny-2d"})
    at.text_input(key="runs/name/tiny-2d").set_value("A better name").run()
    next(one for one in at.button if one.label == t("runs.keep_name")).click().run()
    assert open_run(root / "tiny-2d").name == "A better name"
    button(at, "delete").click().run()
    assert not (root / "tiny-2d").exists() and t("train.deleted", names="A better name") in words(at) and "trash: 1" in words(at)
    button(at, "undo").click().run()
    assert open_run(root / "tiny-2d").name == "A better name" and has(at, "undo") == [False] and is_calm(at)
    button(at, "delete").click().run()
    button(at, "empty_trash").click().run()
    assert list(root.glob(".trash/*")) == [] and has(at, "undo", "empty_trash") == [False, False]


def test_a_run_at_work_is_not_deleted(root: Path, visit: Visit) -> None:
    run = queue.enqueue(tiny_config("Mine"), root).id
    at = visit(watch=run)
    with FileLock(root / run / "lock"):
        button(at, "delete").click().run()
    assert (root / run).exists() and "pause it first" in words(at)


def test_a_folder_that_cannot_be_written_can_be_looked_at(root: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    run = queue.enqueue(tiny_config("Mine"), root).id
    put(root, run, "paused")

    def refuse(folder: Path) -> None:
        raise RunError("The folder runs cannot be written (Read-only file system); make it writable.")

    monkeypatch.setattr(folder, "check_folder", refuse)
    at = visit()
    assert is_calm(at) and "cannot be written" in at.warning[0].value and button(at, "start").disabled
    at = open_page("runs", {"run": "tiny-2d"})
    assert is_calm(at) and button(at, "delete").disabled and not at.text_input
    monkeypatch.setattr(queue, "_order", lambda path, order: (_ for _ in ()).throw(OSError(30, "Read-only file system")))
    at = visit(watch=run)
    button(at, "go_on").click().run()
    assert is_calm(at) and "cannot be written (Read-only file system)" in words(at)
