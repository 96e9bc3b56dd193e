"""`select`: sets from rules, their algebra, tables, and refusals of one sentence."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from vae_core.cli.main import main
from vae_core.data import sources
from vae_core.data.pictures import pixels_of
from vae_core.runs.listing import load_run, open_run


def test_sets_are_made_listed_written_and_removed(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, run = tmp_path / "rows.csv", load_run(root, "tiny-2d")
    latents = run.latents()
    middle = float(np.median(latents.kl_per_image))
    assert main(["select", "tiny-2d", "--name", "sevens", "--where", "class=7"]) == 0
    assert main(["select", "tiny-2d", "--name", "low", "--where", f"kl<{middle!r}", "--polygon", "-9,-9 9,-9 9,9 -9,9"]) == 0
    assert main(["select", "tiny-2d", "--name", "high sevens", "--within", "sevens", "--without", "low", "--colour", "5"]) == 0
    assert main(["select", "tiny-2d", "--name", "rest", "--where", "class=7", "--invert", "--plus", "low"]) == 0
    assert main(["select", "tiny-2d"]) == 0 and "high sevens" in capsys.readouterr().out
    assert main(["select", "tiny-2d", "--set", "high sevens", "--out", str(out)]) == 0
    assert latents.labels is not None
    is_seven, is_low = latents.labels == 7, latents.kl_per_image < middle
    rows = [int(row["row"]) for row in csv.DictReader(out.open())]
    assert rows == latents.rows[is_seven & ~is_low].tolist() == run.selection("high sevens").tolist()
    assert np.array_equal(run.selection("rest"), latents.rows[~is_seven | is_low])
    assert main(["select", "tiny-2d", "--set", "sevens", "--out", str(tmp_path / "rows.parquet")]) == 0
    assert set(pyarrow.parquet.read_table(tmp_path / "rows.parquet")["class"].to_pylist()) == {"7"}
    assert main(["select", "tiny-2d", "--name", "up", "--polygon", "0,-9 9,-9 9,9 0,9", "--dims", "2", "1"]) == 0
    assert np.array_equal(run.selection("up"), latents.rows[latents.mu[:, 1] > 0])
    assert main(["select", "tiny-2d", "--remove", "up"]) == 0
    capsys.readouterr()
    assert main(["select", "tiny-2d", "--set", "sevens", "--against", "low", "--nats"]) == 0
    said = capsys.readouterr().out
    costs = {
        line.split()[0]: [round(100 * float(one)) for one in re.findall(r"(-?\d+\.\d\d)(?= \(standard)", line)]
        for line in said.splitlines()
        if "nats per image" in line
    }
    assert set(costs) == {"KL", "reconstruction", "negative"} and all(len(cell) == 3 for cell in costs.values())
    assert all(one - other == gap for one, other, gap in costs.values()), "printed differences are those of what is printed"
    assert [a + b for a, b in zip(costs["KL"], costs["reconstruction"], strict=True)] == costs["negative"]
    assert "reconstruction" in said and "class 7" in said and "The way to low" in said and "proves nothing" in said
    walk = ("--against", "low", "--walk", str(latents.rows[0]))
    for words, size in (((), (16, 8)), (walk, (72, 8))):
        assert main(["select", "tiny-2d", "--set", "high sevens", *words, "--out", str(tmp_path / "set.png")]) == 0
        assert pixels_of((tmp_path / "set.png").read_bytes()).shape[::-1] == size
    assert main(["select", "tiny-2d", "--set", "sevens", "--sheet", "--out", str(tmp_path / "set.png")]) == 0
    assert pixels_of((tmp_path / "set.png").read_bytes()).size >= 64 * is_seven.sum()
    assert main(["select", "tiny-2d", "--remove", "sevens"]) == 0
    assert [one.name for one in run.selections.all()] == ["low", "high sevens", "rest"]


@pytest.mark.parametrize(
    "words",
    [
        ("--set", "none"), ("--name", "a"), ("--name", "a", "--where", "kl"), ("--where", "kl>3"), ("--out", "a.csv"), ("--remove", "a"),
        ("--walk", "3"),
        ("--set", "a", "--sheet"),
        ("--name", "a", "--polygon", "1 2"), ("--name", "a", "--near", "1"), ("--name", "a", "--within", "b"),
        ("--name", "", "--rows", "1"), ("--name", "a", "--polygon", "0,0 1,0 0,1", "--dims", "0", "1"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_sentence(root: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["select", "tiny-2d", *words]) == 1
    said = capsys.readouterr().err.strip()
    assert said.endswith(".") and "\n" not in said
    assert not (root / "tiny-2d" / "selections.json").exists()


def test_train_without_a_set_and_on_it_alone(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENT_LENS_DATA", str(tmp_path / "data"))
    assert main(["select", "tiny-2d", "--name", "sevens", "--where", "class=7"]) == 0
    run = load_run(root, "tiny-2d")
    chosen, digits = run.selection("sevens"), sources.load("digits")
    for name, words, rows in (("sevens", (), chosen), ("rest", ("--all-but",), np.setdiff1d(np.arange(1797), chosen))):
        out = tmp_path / f"{name}.npz"
        assert main(["select", "tiny-2d", "--set", "sevens", "--out", str(out), *words]) == 0
        assert np.load(out)["images"] == pytest.approx(digits.values[rows] / 16)
    assert main(["import", str(tmp_path / "rest.npz")]) == 0
    small = ("--epochs", "1", "--hidden", "8", "--snapshots", "0", "--out", str(tmp_path / "run"))
    assert main(["train", "--dataset", "rest", *small]) == 0
    told = open_run(tmp_path / "run").dataset
    assert told["n_train"] + told["n_validation"] + told["n_test"] == 1797 - len(chosen) and told["class_names"] == list("0123456789")
