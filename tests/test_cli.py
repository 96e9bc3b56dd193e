"""The command line as a user types it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from vae_core import runs
from vae_core.__main__ import configure, main, parser
from vae_core.config import RunConfig, sections
from vae_core.presets import PRESETS
from vae_core.verify import verify

ROOT = Path(__file__).parent.parent
OTHERS = {"pixels": "static", "precision": "bfloat16", "device": "cpu"}  # choices that are checked at once


@pytest.fixture
def root(tiny_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the small runs as the folder that commands look in."""
    shutil.copytree(tiny_root, tmp_path / "runs")
    monkeypatch.setenv("LATENT_LENS_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


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
    assert runs.open_run(out).config.train.seed == 5


def test_every_setting_can_be_given() -> None:
    for group in sections(RunConfig()).values():
        for f in fields(group):
            value = {int: "3", float: "0.5", str: OTHERS.get(f.name, "anything")}.get(type(f.default), "7 9")
            config = configure(parser("train").parse_args(["train", f"--{f.name.replace('_', '-')}", *value.split()]))
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
    assert "mlp, residual, conv, linear" in text and "continuous-bernoulli" in text


def test_a_preset_keeps_its_name_only_while_it_describes_the_run() -> None:
    same = configure(parser("train").parse_args(["train", "--preset", "digits-2d", "--seed", "1"]))
    other = configure(parser("train").parse_args(["train", "--preset", "digits-2d", "--latent-size", "3"]))
    named = configure(parser("train").parse_args(["train", "--latent-size", "3", "--name", "Mine"]))
    assert (same.name, other.name, named.name) == (PRESETS["digits-2d"].name, "", "Mine")


def test_list_verify_and_evaluate(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "broken").mkdir()
    assert main(["list"]) == 0
    text = capsys.readouterr().out
    assert "tiny-2d" in text and "nats per image (grey)" in text and "broken" in text
    assert main(["verify", "tiny-2d"]) == 0
    assert "is sound" in capsys.readouterr().out
    assert main(["evaluate", "tiny-5d"]) == 0
    text = capsys.readouterr().out
    total, reconstruction, kl = map(float, re.search(r"negative ELBO +([\d.]+) = reconstruction ([\d.]+) \+ KL ([\d.]+)", text).groups())
    assert total == round(reconstruction + kl, 2)
    for words in ("independent pixels", "entropy floor", "pPCA", "KL per dimension", "active units", "nearest neighbours"):
        assert words in text


def test_verify_names_the_flipped_byte_and_exits_with_one(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = root / "tiny-2d" / "model.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(bytes(content))
    assert main(["verify", "tiny-2d"]) == 1
    text = capsys.readouterr().out.strip()
    assert "model.safetensors" in text and "\n" not in text


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["verify", "nothing"], "There is no run 'nothing'"),
        (["evaluate", "nothing"], "tiny-2d, tiny-5d"),
        (["train", "--dataset", "cats"], "digits, glyphs, mnist, fashion-mnist"),
        (["train", "--epochs", "0"], "epochs is 0"),
        (["train", "--network", "graph"], "mlp, residual, conv, linear"),
        (["train", "--kl-warmup-epochs", "500"], "shorten the warm-up"),
    ],
)
def test_what_goes_wrong_is_one_sentence(root: Path, words: list[str], named: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(root.iterdir())
    assert main(words) == 1
    text = capsys.readouterr().err.strip()
    assert named in text and "\n" not in text
    assert sorted(root.iterdir()) == before


def test_list_needs_no_torch(root: Path) -> None:
    code = "import sys; from vae_core.__main__ import main; main(['list']); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ, capture_output=True).returncode == 0
