"""Fixtures of all tests of pages."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.dashboard.pages import Open, open_page


@pytest.fixture
def runs(tiny_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of its own with the two tiny runs, which the dashboard shows."""
    folder = tmp_path / "runs"
    shutil.copytree(tiny_root, folder)
    monkeypatch.setenv("LATENT_LENS_RUNS", str(folder))
    return folder


@pytest.fixture
def visit() -> Open:
    """Return a function that opens a page in a new session, with query parameters."""
    return lambda page, **query: open_page(page, query)
