"""All runs of a folder: only what has changed is read, and whatever has changed shows at once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from tests.vae_core.runs.conftest import one_sentence
from vae_core.runs import listing
from vae_core.runs.errors import RunError
from vae_core.runs.listing import BrokenRun, list_runs, load_run, open_run
from vae_core.runs.run import Run
from vae_core.storage import files
from vae_core.storage.files import write_json


@pytest.fixture
def root(tiny_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of three runs that were changed long ago, as far as the listing can tell."""
    for name in ("a", "b", "c"):
        shutil.copytree(tiny_root / "tiny-2d", tmp_path / "runs" / name)
    monkeypatch.setattr(listing, "SETTLED", 0)
    return tmp_path / "runs"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the runs that were read, one after another."""
    read: list[str] = []

    def noted(path: Path) -> Run:
        read.append(path.name)
        return open_run(path)

    monkeypatch.setattr(listing, "open_run", noted)
    return read


def test_what_has_not_changed_is_not_read_again(root: Path, opened: list[str]) -> None:
    first = list_runs(root)
    assert opened == ["a", "b", "c"] and [run.id for run in first[0]] == opened
    assert list_runs(root) == first and opened == ["a", "b", "c"]


def test_every_change_shows_at_once(root: Path, opened: list[str]) -> None:
    list_runs(root)
    opened.clear()
    write_json(root / "a" / "label.json", {"name": "Renamed"})
    os.rename(root / "b", root / "d")
    shutil.rmtree(root / "c")
    shutil.copytree(root / "d", root / "e")
    (root / "f").mkdir()
    found, broken = list_runs(root)
    assert [(run.id, run.name) for run in found] == [("a", "Renamed"), ("d", "Tiny 2-D"), ("e", "Tiny 2-D")]
    assert [one.id for one in broken] == ["f"] and opened == ["a", "d", "e", "f"]


def test_a_file_that_is_written_in_place_shows_at_once(root: Path, opened: list[str]) -> None:
    list_runs(root)
    status = root / "b" / "status.json"
    status.write_text(json.dumps({"state": "failed", "sentence": "Something else."}))
    with open(root / "c" / "history.csv", "a") as file:
        file.write("1,1,train,1,1,1,0,1,1,1\n")
    states = {run.id: (run.state, len(run.history()["step"])) for run in list_runs(root)[0]}
    assert states["b"][0] == "failed" and states["c"][1] == states["a"][1] + 1 and opened == ["a", "b", "c", "b", "c"]


def test_a_change_within_one_tick_of_the_clock_is_not_missed(root: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "SETTLED", 2_000_000_000)
    list_runs(root)
    list_runs(root)
    assert opened == ["a", "b", "c"] * 2, "the copies are younger than two seconds"


def test_whether_somebody_trains_is_asked_every_time(root: Path) -> None:
    write_json(root / "a" / "status.json", {"state": "running", "sentence": "Training."})
    (root / "a" / "lock").touch()
    holder = "import sys, filelock; lock = filelock.FileLock(sys.argv[1]); lock.acquire(); print(flush=True); sys.stdin.read()"
    trainer = subprocess.Popen([sys.executable, "-c", holder, str(root / "a" / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert trainer.stdout is not None
        trainer.stdout.readline()
        assert [list_runs(root)[0][0].state for _ in range(2)] == ["running", "running"]
    finally:
        trainer.kill()
        trainer.communicate()
    assert [list_runs(root)[0][0].state for _ in range(2)] == ["interrupted", "interrupted"]


def test_only_a_few_folders_are_remembered(root: Path, tmp_path: Path) -> None:
    list_runs(root)
    for number in range(listing.ROOTS):
        list_runs(tmp_path / str(number))
    assert root not in listing._known and len(listing._known) == listing.ROOTS


def test_a_name_that_no_page_can_show_is_told_from_the_others(root: Path) -> None:
    shutil.copytree(root / "a", Path(os.fsdecode(os.fsencode(root) + b"/\xff\xfe")))
    (broken,) = list_runs(root)[1]
    assert broken == BrokenRun("\\udcff\\udcfe", "The name of the folder '\\\\udcff\\\\udcfe' cannot be shown; rename the folder.")


def test_a_newer_format_and_an_unknown_setting_are_refused(run: Run) -> None:
    config = json.loads((run.path / "config.json").read_text())
    for change, words in (({"format": 99}, "update Latent Lens"), ({"wings": 2}, "wings")):
        files.write_json(run.path / "config.json", {**config, **change})
        with pytest.raises(RunError, match=words) as caught:
            open_run(run.path)
        one_sentence(caught.value)


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("config.json", '"latent_size": 2', '"latent_size": 3'),
        ("config.json", "standard-normal", "mixture"),
        ("summary.json", '"active_units": 2', '"active_units": 9'),
    ],
)
def test_of_two_files_that_do_not_fit_the_one_that_was_changed_is_named(run: Run, file: str, before: str, after: str) -> None:
    changed = (run.path / file).read_text().replace(before, after)
    assert changed != (run.path / file).read_text()
    (run.path / file).write_text(changed)
    with pytest.raises(RunError, match=rf"^{file} of run 'tiny-2d' was changed after training; restore it or train the run again\.$"):
        open_run(run.path)


@pytest.mark.parametrize("version", [None, 0, 1.0, True, "1", "2", [], -1])
def test_a_format_that_no_version_ever_wrote_is_damage_and_no_update_helps(run: Run, version: object) -> None:
    config = json.loads((run.path / "config.json").read_text())
    files.write_json(run.path / "config.json", {**config, "format": version})
    with pytest.raises(RunError, match=r"^config\.json of run 'tiny-2d' cannot be used \(format is .*restore it"):
        open_run(run.path)


def test_listing_keeps_good_runs_beside_broken_folders(run: Run) -> None:
    root = run.path.parent
    (root / "empty").mkdir()
    (root / "torn").mkdir()
    (root / "torn" / "config.json").write_text("{")
    (root / ".hidden").mkdir()
    found, broken = list_runs(root)
    assert [r.id for r in found] == ["tiny-2d"]
    assert [b.id for b in broken] == ["empty", "torn"]
    assert all(one_sentence(b.sentence) for b in broken)
    assert list_runs(root / "nowhere") == ([], [])


@pytest.mark.parametrize("run_id", ["", "..", "../x", "/etc", "no-such-run", ".", "a/b", "a\0b"])
def test_only_plain_ids_open_runs(tiny_root: Path, run_id: str) -> None:
    with pytest.raises(RunError, match="There is no run"):
        load_run(tiny_root, run_id)


def test_a_trainer_that_died_leaves_an_interrupted_run(run: Run) -> None:
    files.write_json(run.path / "status.json", {"state": "running", "sentence": "Training."})
    assert open_run(run.path).state == "interrupted"
    holder = "import sys, time, filelock; lock = filelock.FileLock(sys.argv[1]); lock.acquire(); print(flush=True); time.sleep(60)"
    trainer = subprocess.Popen([sys.executable, "-c", holder, str(run.path / "lock")], stdout=subprocess.PIPE)
    try:
        assert trainer.stdout is not None
        trainer.stdout.readline()
        assert open_run(run.path).state == "running"
    finally:
        trainer.kill()
        trainer.wait()
    assert open_run(run.path).state == "interrupted"


def test_a_run_that_is_done_and_not_sealed_yet_runs_or_was_interrupted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = (run.path / "summary.json").read_bytes()
    (run.path / "summary.json").unlink()
    assert json.loads((run.path / "status.json").read_text())["state"] == "done" and open_run(run.path).state == "interrupted"
    with FileLock(run.path / "lock"):
        assert open_run(run.path).state == "running"
        assert [one.state for one in list_runs(run.path.parent)[0]] == ["running"]
    assert [one.state for one in list_runs(run.path.parent)[0]] == ["interrupted"]

    def left(path: Path) -> bool:
        (run.path / "summary.json").write_bytes(sealed)
        return False

    monkeypatch.setattr(listing, "is_alive", left)
    assert open_run(run.path).state == "done", "the trainer left after its summary was looked for"


def test_a_trainer_that_leaves_while_its_run_is_read_ended_as_it_says(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def left(path: Path) -> bool:
        files.write_json(run.path / "status.json", {"state": "paused", "sentence": "Training was paused."})
        return False

    (run.path / "summary.json").unlink()
    files.write_json(run.path / "status.json", {"state": "running", "sentence": "Training."})
    list_runs(run.path.parent)
    monkeypatch.setattr(listing, "is_alive", left)
    (found,) = list_runs(run.path.parent)[0]
    assert (found.state, found.sentence) == ("paused", "Training was paused.")
