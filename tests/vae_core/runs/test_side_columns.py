"""A table beside imported images: its columns choose, tell apart and are given back, whatever stands in them."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import tiny_config
from vae_core.cli.set_lines import answers
from vae_core.config import DataConfig
from vae_core.data import imported
from vae_core.evaluation.selected_table import table_of, to_csv
from vae_core.importing.registry import open_source
from vae_core.importing.source import ImportOptions
from vae_core.importing.writer import import_images
from vae_core.inspection import rules
from vae_core.runs.errors import RunError
from vae_core.training.runner import train

N = 40
HEAD = ("file", "age", "=cmd|'/c calc'!A1", "<b>site</b>", "a>b", "taken", "kl", "id", "weight")


def test_columns_of_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENT_LENS_DATA", str(tmp_path / "data"))
    (folder := tmp_path / "faces").mkdir()
    lines = []
    for number, picture in enumerate(np.random.default_rng(0).integers(0, 256, (N, 6, 5), np.uint8)):
        Image.fromarray(picture).save(folder / f"{number:02d}.png")
        lines.append(
            (
                f"{number:02d}.png",
                "" if number == 3 else number,
                "@SUM(1)",
                ("Basel, CH", "<i>Rome</i>")[number % 2],
                number % 4,
                f"2020-01-{number % 31 + 1:02d}",
                number / 2,
                f"case {number}",
                123456789.75 + number,
            )
        )
    with open(tmp_path / "t.csv", "w", newline="") as file:
        csv.writer(file).writerows([HEAD, *lines])
    source = open_source(folder, ImportOptions(table=tmp_path / "t.csv"))
    name = import_images(source).id
    source.close()
    config = replace(tiny_config(epochs=1, snapshots=0), data=DataConfig(dataset=name, test_fraction=0.5))
    run = train(config, tmp_path / "run")
    files = imported.table_of(run.dataset["sha256"])["file"].to_pylist()
    numbers = np.array([int(files[row][:2]) for row in run.latents().rows])
    assert run.latents().labels is None and {"age", "<b>site</b>", "a>b"} < {column.name for column in run.columns()}
    for rule, expected in {
        "age>=20": (numbers >= 20) & (numbers != 3), "<b>site</b>=Basel, CH": numbers % 2 == 0, "<b>site</b>~ROME": numbers % 2 == 1,
        "a>b=2..3": numbers % 4 >= 2, "a>b>2": numbers % 4 == 3, "file~1.png": numbers % 10 == 1, "taken>=2020-01-30": numbers % 31 >= 29,
        "taken=2020-01-02..2020-01-03": np.isin(numbers % 31, (1, 2)),
        "taken~01-09": numbers % 31 == 8, "table:kl<=1": numbers <= 2, "age~1": np.array([n != 3 and "1" in str(n) for n in numbers]),
        f"id=case {numbers[5]}": numbers == numbers[5], 
        "file=07.png, 08.png": np.isin(numbers, (7, 8)),
    }.items():  # fmt: skip
        assert np.array_equal(rules.where(run, rule), expected), rule
    with pytest.raises(RunError, match="2026-01-31"):
        rules.where(run, "taken>soon")
    with pytest.raises(RunError, match="no column"):
        rules.where(run, "speed=3")
    run.select("Basel", run.latents().rows[rules.where(run, "<b>site</b>=Basel, CH")])
    assert any("<b>site</b> = Basel, CH" in line for line in answers(run, "Basel", None))
    table = table_of(run, run.selection("Basel"))
    assert table["table:kl"] == (numbers[numbers % 2 == 0] / 2).tolist() and "kl" in table
    assert table["age"] == [None if number == 3 else number for number in numbers[numbers % 2 == 0]]
    found = list(csv.DictReader(io.StringIO(to_csv(table).decode())))
    assert [float(row["weight"]) for row in found] == [123456789.75 + number for number in numbers if number % 2 == 0]
    assert {(row["'=cmd|'/c calc'!A1"], row["<b>site</b>"]) for row in found} == {("'@SUM(1)", "Basel, CH")}


def test_one_test_image_without_a_class_is_a_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "mine.npy", np.random.default_rng(0).random((40, 6, 5), np.float32))
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path))
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / "cache" / project)
    config = replace(
        tiny_config(latent_size=1, epochs=1, snapshots=0), data=DataConfig(dataset=str(tmp_path / "mine.npy"), test_fraction=0.02)
    )
    run = train(config, tmp_path / "run")
    run.select("all", run.latents().rows)
    assert answers(run, "all", None) == ["all: 1 of 1 test images"]
    assert list(table_of(run, run.selection("all"))) == ["row", "kl", "mu-1", "sigma-1", "kl-1"]
    assert rules.near(run, [0.0], 5).all() and rules.in_polygon(run, [(-99, -1), (99, -1), (0, 99)]).all()
