"""The run directory: torn lines, missing and damaged files, one flipped byte, strangers in the folder."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from tests.places import ROOT
from vae_core.runs.errors import RunError
from vae_core.runs.layout import seal
from vae_core.runs.listing import list_runs, load_run, open_run
from vae_core.runs.run import Run
from vae_core.runs.verification import verify
from vae_core.storage import files


@pytest.fixture
def run(tiny_root: Path, tmp_path: Path) -> Run:
    """Return a copy of a finished run that may be damaged."""
    shutil.copytree(tiny_root / "tiny-2d", tmp_path / "tiny-2d")
    return load_run(tmp_path, "tiny-2d")


def one_sentence(problem: object) -> str:
    text = str(problem)
    assert "\n" not in text and "Traceback" not in text and text.endswith((".", "it", ")")), text
    return text


def test_a_finished_run_is_sound_and_complete(run: Run) -> None:
    assert verify(run.path) == []
    assert run.state == "done"
    assert run.dataset["event_shape"] == [8, 8]
    names = {p.relative_to(run.path).as_posix() for p in run.path.rglob("*") if p.is_file()}
    assert {name for name in names if "/encoder-" not in name} - {"lock"} == set(run.summary["files"]) | {"summary.json"}
    assert not [name for name in names if "/." in name or name.startswith(".")]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_flipped_byte_anywhere_is_found_and_named(run: Run, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([*sorted(run.summary["files"]), "summary.json"]))
    file = run.path / name
    good = file.read_bytes()
    position = data.draw(st.integers(0, len(good) - 1))
    bad = bytearray(good)
    bad[position] ^= data.draw(st.integers(1, 255))
    try:
        file.write_bytes(bytes(bad))
        problems = verify(run.path)
        # White space in JSON carries no content, so it may only pass where the summary still says the same.
        is_same = name == "summary.json" and _json(bytes(bad)) == _json(good)
        assert is_same or (len(problems) == 1 and name in one_sentence(problems[0]))
    finally:
        file.write_bytes(good)
    assert verify(run.path) == []


def _json(content: bytes) -> object:
    try:
        return json.loads(content)
    except ValueError:
        return content


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "latents.npz", "history.csv", "snapshots/0000.npz"])
def test_a_missing_file_is_named(run: Run, name: str) -> None:
    (run.path / name).unlink()
    (problem,) = verify(run.path)
    assert name in one_sentence(problem)


def reseal(run: Run, name: str) -> None:
    """Give a changed file its right hash, as somebody who edits a run on purpose would."""
    summary = json.loads((run.path / "summary.json").read_text())
    summary["files"][name] = files.sha256(run.path / name)
    summary["sha256"] = seal(summary)
    files.write_json(run.path / "summary.json", summary)


def test_numbers_that_are_not_finite_are_found_behind_right_hashes(run: Run) -> None:
    weights = load_file(run.path / "model.safetensors")
    weights["decoder.0.bias"][0] = float("nan")
    save_file(weights, run.path / "model.safetensors")
    reseal(run, "model.safetensors")
    (problem,) = verify(run.path)
    assert "decoder.0.bias" in one_sentence(problem) and "not finite" in problem


@pytest.mark.parametrize("change", ["shape", "extra", "missing"])
def test_weights_that_do_not_fit_are_named(run: Run, change: str) -> None:
    weights = load_file(run.path / "model.safetensors")
    if change == "shape":
        weights["decoder.0.bias"] = torch.zeros(3)
    elif change == "extra":
        weights["decoder.9.bias"] = torch.zeros(3)
    else:
        del weights["decoder.0.bias"]
    save_file(weights, run.path / "model.safetensors")
    with pytest.raises(RunError, match=r"decoder\.[09]\.bias"):
        run.model()


def test_damaged_arrays_are_one_sentence(run: Run) -> None:
    for content in (b"", b"PK\x03\x04 cut", b"\x80\x04\x95 a pickle"):
        (run.path / "latents.npz").write_bytes(content)
        with pytest.raises(RunError) as caught:
            run.latents()
        assert "latents.npz" in one_sentence(caught.value)


def test_a_pickle_in_an_array_file_is_not_opened(run: Run) -> None:
    np.savez(run.path / "latents.npz", mu=np.array([{"a": 1}], dtype=object))
    with pytest.raises(RunError):
        run.latents()


def test_a_torn_last_line_is_ignored(run: Run) -> None:
    before = run.history()
    with open(run.path / "history.csv", "a") as file:
        file.write("99,99,train,1.0,1.")
    after = run.history()
    assert all(np.array_equal(before[key], after[key], equal_nan=key != "split") for key in before)


def test_a_newer_format_and_an_unknown_setting_are_refused(run: Run) -> None:
    config = json.loads((run.path / "config.json").read_text())
    for change, words in (({"format": 99}, "update Latent Lens"), ({"wings": 2}, "wings")):
        files.write_json(run.path / "config.json", {**config, **change})
        with pytest.raises(RunError, match=words) as caught:
            open_run(run.path)
        one_sentence(caught.value)


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


def test_projections_belong_to_the_weights(run: Run) -> None:
    xy = np.random.default_rng(0).normal(size=(len(run.latents().rows), 2)).astype(np.float32)
    assert run.projection("umap") is None
    run.store_projection("umap", xy)
    assert np.allclose(run.projection("umap"), xy, atol=6e-4)
    assert verify(run.path) == []


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


def test_reading_a_run_imports_no_torch(tiny_root: Path) -> None:
    code = (
        "import sys, pathlib; from vae_core.runs.listing import load_run; r = load_run(pathlib.Path(sys.argv[1]), 'tiny-2d');"
        "r.history(); r.latents(); r.mosaic(); r.snapshots();"
        "print([m for m in ('torch', 'sklearn', 'umap', 'scipy', 'pandas') if m in sys.modules])"
    )
    root = ROOT
    result = subprocess.run([sys.executable, "-c", code, str(tiny_root)], capture_output=True, text=True, check=True, cwd=root)
    assert result.stdout.strip() == "[]"
