"""`list`: a line per run, and one for what is no run."""

from __future__ import annotations

from pathlib import Path

import pytest

from vae_core.cli.main import main


def test_a_line_per_run_and_per_broken_folder(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "broken").mkdir()
    assert main(["list"]) == 0
    text = capsys.readouterr().out
    assert "tiny-2d" in text and "nats per image (grey)" in text and "broken" in text and text.count("\n") == 3
