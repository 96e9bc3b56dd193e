"""The command line as a user types it."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

from tests.places import ROOT
from vae_core.cli.main import main, parser
from vae_core.cli.train import configure
from vae_core.config import RunConfig, sections
from vae_core.presets import PRESETS
from vae_core.runs.listing import load_run, open_run
from vae_core.runs.verification import verify

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
    assert "mlp, residual, conv, linear" in text and "continuous-bernoulli" in text


def test_a_preset_keeps_its_name_only_while_it_describes_the_run() -> None:
    same = configure(parser().parse_args(["train", "--preset", "digits-2d", "--seed", "1"]))
    other = configure(parser().parse_args(["train", "--preset", "digits-2d", "--latent-size", "3"]))
    named = configure(parser().parse_args(["train", "--latent-size", "3", "--name", "Mine"]))
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
    assert main(["evaluate", str(ROOT / "checkpoints" / "digits-2d")]) == 0
    assert "negative ELBO           23.72 = reconstruction 20.69 + KL 3.03" in capsys.readouterr().out, "23.721774, as `list` says"
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
    code = "import sys; from vae_core.cli.main import main; main(['list']); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ, capture_output=True).returncode == 0


# --- what a shell does to a command


def command(*words: str, **variables: str) -> subprocess.Popen[bytes]:
    """Start a command as a user does, with what it prints kept."""
    every = [sys.executable, "-m", "vae_core", *words]
    return subprocess.Popen(every, cwd=ROOT, env={**os.environ, **variables}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


SMALL = ("train", "--epochs", "1", "--hidden", "8", "--snapshots", "0")


def test_a_reader_that_goes_away_does_not_end_a_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdout", "stderr"):
        reader, writer = os.pipe()
        os.close(reader)
        monkeypatch.setattr(sys, name, os.fdopen(writer, "w"))
    assert main([*SMALL, "--out", str(tmp_path / "run")]) == 0
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
    assert said.strip() == "Stopped." or "go on with" in said.lower()


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_that_knows_few_letters_costs_no_result(root: Path, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    printed, said = io.BytesIO(), io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(printed, encoding=encoding))
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(said, encoding=encoding))
    assert main([*SMALL, "--name", "手写 β", "--out", str(root / "手写")]) == 0
    assert main(["list"]) == 0
    assert main(["verify", "数字"]) == 1
    sys.stderr.flush()
    assert printed.getvalue().count(rb"\u624b\u5199") == 2 and rb"\u6570\u5b57" in said.getvalue()


# --- folders


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


def test_where_a_run_lies_is_told_in_the_terminal_and_stored_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "my run"
    (out / "control").mkdir(parents=True)
    (out / "control" / "pause").touch()
    assert main([*SMALL, "--out", str(out)]) == 1
    words = shlex.split(capsys.readouterr().err.strip().splitlines()[-1].partition("Go on with: ")[2].removesuffix("."))
    assert words == ["python", "-m", "vae_core", "train", "--resume", str(out)]
    for file in out.glob("*.json"):
        assert str(tmp_path) not in file.read_text(encoding="utf-8"), file.name
    assert open_run(out).sentence.endswith("--resume 'my run'.")
    assert main(words[3:]) == 0
