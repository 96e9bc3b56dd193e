"""What the tests of runs share."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from vae_core.runs.listing import load_run
from vae_core.runs.run import Run


@pytest.fixture
def run(tiny_root: Path, tmp_path: Path) -> Run:
    """Return a copy of a finished run that may be damaged."""
    shutil.copytree(tiny_root / "tiny-2d", tmp_path / "tiny-2d")
    return load_run(tmp_path, "tiny-2d")


def one_sentence(problem: object) -> str:
    """Return the text, which must be one sentence for people."""
    text = str(problem)
    assert "\n" not in text and "Traceback" not in text and text.endswith((".", "it", ")")), text
    return text
