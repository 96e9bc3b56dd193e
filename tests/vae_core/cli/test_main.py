"""What is the same for all commands: one sentence for what goes wrong, and no torch where none is needed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT
from vae_core.cli.main import main


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["verify", "nothing"], "There is no run 'nothing'"),
        (["evaluate", "nothing"], "tiny-2d, tiny-5d"),
        (["train", "--dataset", "cats"], "digits, glyphs, mnist, fashion-mnist"),
        (["train", "--epochs", "0"], "epochs is 0"),
        (["train", "--network", "graph"], "mlp, residual, conv, conv-upsample, linear"),
        (["train", "--kl-warmup-epochs", "500"], "shorten the warm-up"),
    ],
)
def test_what_goes_wrong_is_one_sentence(root: Path, words: list[str], named: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(root.iterdir())
    assert main(words) == 1
    text = capsys.readouterr().err.strip()
    assert named in text and "\n" not in text
    assert sorted(root.iterdir()) == before


@pytest.mark.parametrize(
    "words",
    [
        ["train", "--batch-size", str(10**30)],
        ["train", "--seed", str(10**30)],
        ["train", "--threads", "-1"],
        ["train", "--dataset", "~nobody-of-this-name/x.npy"],
        ["train", "--dataset", "x" * 300 + ".npy"],
        ["train", "--dataset", "a\0b.npy"],
        ["train", "--out", "x" * 300],
        ["verify", "x" * 300],
        ["verify", "a\0b"],
        ["inspect", "x" * 300],
        ["inspect", "tiny-2d", "--threads", "-1"],
        ["inspect", "tiny-2d", "--images", "0"],
        ["inspect", "tiny-2d", "--samples", str(10**30)],
        ["work", "--idle", "nan"],
        ["train", "--resume", "x" * 300],
        ["train", "--resume", "a\0b"],
    ],
    ids=lambda words: " ".join(words).replace("\0", "NUL")[:40],
)
def test_absurd_words_are_refused_in_a_sentence(root: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(root.iterdir())
    assert main(words) == 1
    text = capsys.readouterr().err.strip()
    assert len(text.split()) > 3 and "\n" not in text
    assert sorted(root.iterdir()) == before


def test_neither_list_nor_help_imports_torch(root: Path) -> None:
    code = """
import contextlib, sys
from vae_core.cli.main import COMMANDS, main
main(["list"])
for command in COMMANDS:
    with contextlib.suppress(SystemExit):
        main([command, "--help"])
sys.exit("torch" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ, capture_output=True).returncode == 0
