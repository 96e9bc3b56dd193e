"""A file of a user's own images, and the settings of a run on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import tiny_config
from vae_core.data import sources


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with digits in a file of one's own; the per-user notes lie beside it, and VAE_DATA_DIR names an empty folder."""
    for name in ("far", "data"):
        (tmp_path / name).mkdir()
    known = sources.load("digits")
    np.save(tmp_path / "far" / "mine.npy", known.values[:400])
    np.save(tmp_path / "far" / "mine-labels.npy", known.labels[:400])
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / "cache" / project)
    return tmp_path


def own_config(folder: Path, **train: object):
    config = tiny_config("Mine", **train)
    return replace(config, data=replace(config.data, dataset=str(folder / "far" / "mine.npy")))
