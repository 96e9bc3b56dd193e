"""`train`: settings, presets, the run folder, and how a run goes on."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

from tests.places import ROOT
from tests.vae_core.cli.conftest import SMALL_TRAINING
from vae_core.cli.main import main, parser
from vae_core.cli.train import configure
from vae_core.config import RunConfig, sections
from vae_core.presets import PRESETS
from vae_core.runs.listing import load_run, open_run
from vae_core.runs.verification import verify

OTHERS = {"pixels": "static", "precision": "bfloat16", "device": "cpu", "left_out": "1a2b3c4d:3"}  # choices that are checked at once


def test_train_from_another_shell(tmp_path: Path) -> None:
    out = tmp_path / "my run"
    command = [sys.executable, "-m", "vae_core", "train", "--preset", "digits-2d", "--epochs", "2", "--seed", "5", "--out", str(out)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    rows = re.findall(r"^\s+\d+\s+([\d.]+) \+ +([\d.]+) = +([\d.]+) +([\d.]+) \+ +([\d.]+) = +([\d.]+)$", result.stdout, re.M)
    assert len(rows) == 2
    for row in rows:
        a, b, total, c, d, validation_total = map(float, row)
        assert round(a + b, 2) == total and round(c + d, 2) == validation_total
    assert "step/s" in result.stderr
    assert f"LATENT_LENS_RUNS='{tmp_path}'" in result.stdout or f"LATENT_LENS_RUNS={tmp_path}" in result.stdout
    assert "streamlit run dashboard/app.py" in result.stdout
    assert verify(out) == []
    assert open_run(out).config.train.seed == 5


def test_every_setting_can_be_given() -> None:
    for group in sections(RunConfig()).values():
        for f in fields(group):
            value = {int: "3", float: "0.5", str: OTHERS.get(f.name, "anything")}.get(type(f.default), "7 9")
            config = configure(parser().parse_args(["train", f"--{f.name.replace('_', '-')}", *value.split()]))
            found = next(getattr(g, f.name) for g in sections(config).values() if hasattr(g, f.name))
            assert found == ((7, 9) if value == "7 9" else type(f.default)(value))


def test_help_explains_every_setting_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["train", "--help"])
    assert left.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for group in sections(RunConfig()).values():
        for f in fields(group):
            assert f"--{f.name.replace('_', '-')}" in text
            assert " ".join(f.metadata["help"].split()[:4]) in text
    assert "mlp, residual, conv, conv-upsample, linear" in text and "continuous-bernoulli" in text


def test_a_preset_keeps_its_name_only_while_it_describes_the_run() -> None:
    same = configure(parser().parse_args(["train", "--preset", "digits-2d", "--seed", "1"]))
    other = configure(parser().parse_args(["train", "--preset", "digits-2d", "--latent-size", "3"]))
    named = configure(parser().parse_args(["train", "--latent-size", "3", "--name", "Mine"]))
    assert (same.name, other.name, named.name) == (PRESETS["digits-2d"].name, "", "Mine")


def test_a_run_needs_a_folder_of_its_own(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    letters = root.parent / "letters"
    letters.mkdir()
    (letters / "to my mother.txt").write_text("Dear", encoding="utf-8")
    assert main(["train", "--epochs", "1", "--out", str(letters)]) == 1
    text = capsys.readouterr().err
    assert "to my mother.txt" in text and "--out" in text and text.count("\n") == 1
    assert [path.name for path in letters.iterdir()] == ["to my mother.txt"]


def test_a_finished_run_names_the_command_that_trains_longer(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--resume", "tiny-2d"]) == 1
    sentence = capsys.readouterr().err.strip()
    assert "is finished" in sentence
    words = shlex.split(sentence.partition("for example with: ")[2])
    longer = configure(parser().parse_args(words[3:]))
    config = load_run(root, "tiny-2d").config
    assert longer == replace(config, train=replace(config.train, epochs=6))


def test_where_a_run_lies_is_told_in_the_terminal_and_stored_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "my run"
    (out / "control").mkdir(parents=True)
    (out / "control" / "pause").touch()
    assert main([*SMALL_TRAINING, "--out", str(out)]) == 1
    words = shlex.split(capsys.readouterr().err.strip().splitlines()[-1].partition("Continue with: ")[2].removesuffix("."))
    assert words == ["python", "-m", "vae_core", "train", "--resume", str(out)]
    for file in out.glob("*.json"):
        assert str(tmp_path) not in file.read_text(encoding="utf-8"), file.name
    assert open_run(out).sentence.endswith("--resume 'my run'.")
    assert main(words[3:]) == 0
