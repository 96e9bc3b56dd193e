"""`verify`: a sound run, and one with a flipped bit."""

from __future__ import annotations

from pathlib import Path

import pytest

from vae_core.cli.main import main


def test_a_sound_run_is_called_so(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "tiny-2d"]) == 0
    assert "is sound" in capsys.readouterr().out


def test_verify_names_the_flipped_byte_and_exits_with_one(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = root / "tiny-2d" / "model.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(bytes(content))
    assert main(["verify", "tiny-2d"]) == 1
    text = capsys.readouterr().out.strip()
    assert "model.safetensors" in text and "\n" not in text
