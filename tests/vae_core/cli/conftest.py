"""Small runs as the folder that commands look in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

SMALL_TRAINING = ("train", "--epochs", "1", "--hidden", "8", "--snapshots", "0")


@pytest.fixture
def root(tiny_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the small runs as the folder that commands look in."""
    shutil.copytree(tiny_root, tmp_path / "runs")
    monkeypatch.setenv("LATENT_LENS_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"
