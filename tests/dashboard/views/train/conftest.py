"""The Train page with a worker that never starts."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard.pages import open_page
from tests.dashboard.views.train.trainpage import MACHINE, Visit
from vae_core.jobs import worker


@pytest.fixture
def root(tiny_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with one finished run, of which the dashboard shows the runs; nobody trains there, but the machine is known."""
    folder = tmp_path / "runs"
    shutil.copytree(tiny_root / "tiny-2d", folder / "tiny-2d")
    monkeypatch.setenv("LATENT_LENS_RUNS", str(folder))
    monkeypatch.setattr(worker, "start_worker", lambda root: None)
    (folder / ".worker.json").write_text(json.dumps({"state": "ready", "run": "", "machine": MACHINE, "has_card": False}))
    return folder


@pytest.fixture
def visit(as_a_browser: None) -> Visit:
    """Return a function that opens the page in a new session, where a press runs no more than a browser would run."""

    def opened(**query: str) -> AppTest:
        return open_page("train", query)

    return opened
