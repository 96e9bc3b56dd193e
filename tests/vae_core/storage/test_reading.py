"""The gate through which stored files are read: bounded, typed, and told in a few words; names made fit to be shown."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import numpy as np
import pytest

from dashboard.i18n.format import plain
from dashboard.i18n.names import class_name, run_name
from tests.places import ROOT
from vae_core.messages import say
from vae_core.printable import as_field, shown
from vae_core.runs.errors import RunError
from vae_core.runs.listing import open_run
from vae_core.runs.verification import verify
from vae_core.runs.writer import HEADER, RunWriter
from vae_core.storage import reading
from vae_core.storage.reading import Newer, Unreadable, read_json, read_npz
from vae_core.storage.shapes import ANY, Between, Dims, misfit

# ---- shapes


@pytest.mark.parametrize(
    ("value", "shape", "wrong"),
    [
        (3, int, ""), (True, int, "it"), (3.0, int, "it"), (10**30, int, "it"), (3, float, ""), (float("inf"), float, "it"),
        (1e200, float, "it"), ("x", str, ""), ("x" * 10**6, str, "it"), (None, (float, None), ""), ("a", {"a", "b"}, ""),
        (["a"], {"a", "b"}, "it"), (4, range(4), "it"), (0.5, Between(0, 1), ""), (2, Between(0, 1), "it"),
        ([1, 2], [int, 2], ""), ([1], [int, 2], "it"), ([1, "x"], [int], "it"), ({"a": 1}, {"a": int, "b?": str}, ""),
        ({"a": 1, "b": 1}, {"a": int, "b?": str}, "b"), ({}, {"a": int}, "a"), ([], {}, "it"),
        ({"a": {"b": [1, None]}}, {"a": {"b": [int]}}, "b"), ({"x": 1, "y": "z"}, {"*": int}, "it"), ({}, {"*": int}, ""),
    ],
)  # fmt: skip
def test_a_value_has_a_shape_or_is_named(value: object, shape: object, wrong: str) -> None:
    assert misfit(value, shape) == wrong


def test_arrays_are_judged_by_their_heads(tmp_path: Path) -> None:
    file = tmp_path / "x.npz"
    np.savez_compressed(file, mu=np.zeros((5, 2), np.float32), rows=np.arange(5), more=np.zeros(3))
    found = read_npz(file, Dims({"mu": "f n d", "rows": "iu n", "labels?": "i n"}), d=2)
    assert set(found) == {"mu", "rows"} and found["mu"].shape == (5, 2)
    for dims, sizes in (({"mu": "f n d"}, {"d": 3}), ({"mu": "i n d"}, {}), ({"mu": "f n"}, {}), ({"mu": "f n d", "rows": "i d"}, {})):
        with pytest.raises(Unreadable, match="missing or makes no sense"):
            read_npz(file, Dims(dims), **sizes)
    with pytest.raises(Unreadable, match="labels is missing"):
        read_npz(file, Dims({"labels": "i n"}))
    assert read_npz(file, ANY)["more"].shape == (3,)


@pytest.mark.parametrize("array", [np.asfortranarray(np.arange(12.0).reshape(3, 4)), np.array(3), np.zeros((0, 4)), np.arange(6) > 2])
def test_every_array_comes_back_as_it_was(tmp_path: Path, array: np.ndarray) -> None:
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "x.npz", a=array)
        found = read_npz(tmp_path / "x.npz", ANY)["a"]
        assert found.dtype == array.dtype and found.shape == array.shape and np.array_equal(found, array)


# ---- formats


def test_a_newer_format_is_told_from_damage_whatever_its_shape(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text('{"format": 2}')
    assert read_json(file, {}, known=2)
    with pytest.raises(Newer, match=r"^it has format 2 and this version reads 1$"):
        read_json(file, {"what version 1 had": str}, known=1)
    for other in ("0", "-1", "1.0", "true", '"2"', "null", "[]"):
        file.write_text(f'{{"format": {other}}}')
        with pytest.raises(Unreadable, match=r"^format is missing or makes no sense$") as caught:
            read_json(file, {}, known=1)
        assert not isinstance(caught.value, Newer)


# ---- bounds


def test_nothing_is_read_beyond_its_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "x.json"
    file.write_text('{"a": "' + "x" * 2000 + '"}')
    assert read_json(file, {"a": str})
    with pytest.raises(Unreadable, match="larger than 0 MB"):
        read_json(file, {}, most=2000)
    np.savez_compressed(tmp_path / "x.npz", a=np.zeros(10**6))
    with pytest.raises(Unreadable, match="larger than 1 MB"):
        read_npz(tmp_path / "x.npz", ANY, most=reading.MB)


def test_a_link_to_a_file_is_read_and_one_to_a_device_is_not(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    (tmp_path / "link.json").symlink_to(tmp_path / "x.json")
    assert read_json(tmp_path / "link.json", {}) == {}
    (tmp_path / "zero.json").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "fifo.json")
    for name in ("zero.json", "fifo.json"):
        with pytest.raises(Unreadable, match="not a regular file"):
            read_json(tmp_path / name, {})


# ---- nothing is written elsewhere, nothing is left behind


@pytest.mark.parametrize("name", ["snapshots", "evaluations", "control", "history.csv", "resume"])
def test_a_run_that_leads_elsewhere_is_not_written(tiny_root: Path, tmp_path: Path, name: str) -> None:
    from vae_core.evaluation import paired
    from vae_core.inspection import process
    from vae_core.jobs import queue

    shutil.copytree(tiny_root / "tiny-2d", tmp_path / "run")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.rmtree(tmp_path / "run" / name, ignore_errors=True)
    (tmp_path / "run" / name).unlink(missing_ok=True)
    (tmp_path / "run" / name).symlink_to(elsewhere)
    run = open_run(tmp_path / "run")
    for write in (
        lambda: run.store_projection("umap", np.zeros((3, 2), np.float32)),
        lambda: paired.store_costs(run, paired.ImageCosts(np.zeros(3), np.zeros(3))),
        lambda: process.run_parts(run, ["kl-decomposition"]),
        lambda: process.start(run, ["kl-decomposition"]),
        lambda: RunWriter.reopen(run.path),
    ):
        with pytest.raises(RunError, match=f"{name} of run 'run' is a link to another place"):
            write()
    with pytest.raises(RunError):
        queue.request(run, "pause")
    assert list(elsewhere.iterdir()) == []


def test_letters_of_a_hash_are_no_path(tiny_root: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_root / "tiny-2d", tmp_path / "run")
    summary = tmp_path / "run" / "summary.json"
    good = summary.read_text()
    weights = open_run(tmp_path / "run").weights_sha256
    for bad in ("a/../../../../zz", weights.upper(), weights + "0", weights[:63]):
        summary.write_text(good.replace(weights, bad))
        with pytest.raises(RunError, match=r"summary\.json of run 'run' cannot be used"):
            open_run(tmp_path / "run")


def test_halves_of_a_killed_writer_go_when_the_run_goes_on_or_is_sealed(tiny_root: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_root / "tiny-2d", tmp_path / "run")
    halves = [tmp_path / "run" / name for name in (".config.json.77", "snapshots/.0003.npz.77", "snapshots/.encoder-0003.npz.77")]
    writer = RunWriter.reopen(tmp_path / "run", len(HEADER), frames=9)
    for how in (lambda: RunWriter.reopen(tmp_path / "run", len(HEADER), frames=9), lambda: writer.finish({}, say("Finished."))):
        for half in halves:
            half.write_bytes(b"PK")
        how()
        assert not any(half.exists() for half in halves)
    assert (tmp_path / "run" / "snapshots" / "0000.npz").exists()


def test_runs_keep_their_bytes_where_git_changes_ends_of_lines(tmp_path: Path) -> None:
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("this is no clone")
    command = ["git", "-c", "core.autocrlf=true", "archive", "--worktree-attributes", "HEAD", "checkpoints/digits-2d"]
    packed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(tmp_path, filter="data")
    assert verify(tmp_path / "checkpoints" / "digits-2d") == []


# ---- names


def test_names_do_nothing_to_whoever_looks() -> None:
    evil = "a\x1b[31mred\x07 \u202etxt.exe\u202c\u200f \x9bb\ud800 é 中文 👩‍🚀"
    said = "a\\x1b[31mred\\x07 txt.exe \\x9bb\\ud800 é 中文 👩‍🚀"
    assert shown(evil) == run_name(evil) == said
    assert plain("a\u202e\u2066b\u2069\x1b") == "ab\\\\x1b"


def test_a_long_class_keeps_a_page_in_shape() -> None:
    assert class_name("w" * 40) == "w" * 40 and class_name("\u202e" + "w" * 300) == "w" * 39 + "…"


@pytest.mark.parametrize("name", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", " =1", "\u202e=1", "＝1+1"])
def test_no_name_is_a_formula_in_a_spreadsheet(name: str) -> None:
    assert as_field(name) == f"'{shown(name)}"
    assert [as_field(one) for one in ("-1.5", "+", "a=b", "", 3)] == ["-1.5", "+", "a=b", "", "3"]
