"""What a shell and a terminal do to a command: readers that leave, Ctrl-C, few letters."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT
from tests.vae_core.cli.conftest import SMALL_TRAINING
from vae_core.cli.main import main
from vae_core.runs.listing import open_run


def command(*words: str, **variables: str) -> subprocess.Popen[bytes]:
    """Start a command as a user does, with what it prints kept."""
    every = [sys.executable, "-m", "vae_core", *words]
    return subprocess.Popen(every, cwd=ROOT, env={**os.environ, **variables}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_a_reader_that_goes_away_does_not_end_a_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdout", "stderr"):
        reader, writer = os.pipe()
        os.close(reader)
        monkeypatch.setattr(sys, name, os.fdopen(writer, "w"))
    assert main([*SMALL_TRAINING, "--out", str(tmp_path / "run")]) == 0
    assert open_run(tmp_path / "run").state == "done"


def test_a_list_may_be_cut_short(root: Path) -> None:
    process = command("list")
    assert process.stdout
    process.stdout.close()
    assert process.communicate(timeout=60)[1] == b"" and process.returncode == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
@pytest.mark.parametrize("delay", [0.15, 0.5, 1.2])
def test_ctrl_c_before_training_leaves_one_word(tmp_path: Path, delay: float) -> None:
    process = command("train", "--epochs", "100000", "--out", str(tmp_path / "run"))
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(delay)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 1 and "Traceback" not in said and len(said.strip().splitlines()[-1].split()) < 30
    assert said.strip() == "Stopped." or "continue with" in said.lower()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_ctrl_c_within_an_import_is_no_death_by_signal(tmp_path: Path) -> None:
    (tmp_path / "interrupted.py").write_text(
        "import os, signal, sys\nfrom vae_core.cli import terminal\nterminal.leave_on_ctrl_c()\nterminal.interrupt_on_ctrl_c()\n"
        "try:\n    exec('os.kill(os.getpid(), signal.SIGINT)')\nexcept KeyboardInterrupt:\n    sys.exit(1)\n"
    )
    path = os.pathsep.join([str(ROOT), str(tmp_path)])
    assert subprocess.run([sys.executable, "-m", "interrupted"], env={**os.environ, "PYTHONPATH": path}, timeout=60).returncode == 1


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_that_knows_few_letters_costs_no_result(root: Path, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    printed, said = io.BytesIO(), io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(printed, encoding=encoding))
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(said, encoding=encoding))
    assert main([*SMALL_TRAINING, "--name", "手写 β", "--out", str(root / "手写")]) == 0
    assert main(["list"]) == 0
    assert main(["verify", "数字"]) == 1
    sys.stderr.flush()
    assert printed.getvalue().count(rb"\u624b\u5199") == 2 and rb"\u6570\u5b57" in said.getvalue()
