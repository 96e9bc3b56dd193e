"""A process of our own takes a relative path for the same place as whoever started it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import tiny_config
from vae_core import children
from vae_core.jobs import queue
from vae_core.runs.layout import default_root


@pytest.fixture
def elsewhere(tiny_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a run in its folder `mine`, and a file there that must not be taken for a module."""
    shutil.copytree(tiny_root / "tiny-2d", tmp_path / "mine" / "here-1")
    (tmp_path / "numpy.py").write_text("raise SystemExit('the wrong one')")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_relative_folders_mean_the_same_to_a_child(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENT_LENS_RUNS", "mine")
    monkeypatch.setenv("VAE_DATA_DIR", "far")
    with open("log", "w+b") as log:
        assert children.start(log, "list").wait(60) == 0
        log.seek(0)
        assert log.read().decode().startswith("here-1 ")
        log.truncate(0)
        code = "import os; print(os.path.abspath(os.environ['VAE_DATA_DIR']))"
        monkeypatch.setattr(children, "command", lambda module, *words: [children.sys.executable, "-c", code])
        assert children.start(log).wait(60) == 0
        log.seek(0)
        assert log.read().decode().strip("\0\n") == str(elsewhere / "far")


def test_the_folder_of_runs_is_a_place_and_no_way_to_it(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for given in ("mine", "./mine/../mine", "~/mine"):
        monkeypatch.setenv("HOME", str(elsewhere))
        monkeypatch.setenv("USERPROFILE", str(elsewhere))
        monkeypatch.setenv("LATENT_LENS_RUNS", given)
        assert default_root() == elsewhere / "mine"


def test_an_order_names_a_file_in_full(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker may have been started in another folder."""
    np.save("faces.npy", np.zeros((9, 4, 4), np.uint8))
    config = tiny_config()
    asked = queue.enqueue(replace(config, data=replace(config.data, dataset="faces.npy")), elsewhere / "mine")
    order = json.loads((elsewhere / "mine" / asked.id / "order.json").read_text(encoding="utf-8"))
    assert order["config"]["data"]["dataset"] == str(elsewhere / "faces.npy") and asked.id.startswith("faces-")
    for name in ("digits", "nowhere.npy"):
        asked = queue.enqueue(replace(config, data=replace(config.data, dataset=name)), elsewhere / "mine")
        order = json.loads((elsewhere / "mine" / asked.id / "order.json").read_text(encoding="utf-8"))
        assert order["config"]["data"]["dataset"] == name
