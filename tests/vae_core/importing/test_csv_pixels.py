"""Tables of pixels as UCI and Kaggle have them."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.vae_core.importing.opening import classes, everything, opened
from vae_core.data.errors import UnusableFile
from vae_core.importing import csv_sheet

IMAGES = np.random.default_rng(1).integers(0, 256, (12, 4, 4), np.uint8)
IMAGES[:, 0, 0], IMAGES[:, -1, -1], IMAGES[0, 0, 1] = 0, 0, 255
ROWS = IMAGES.reshape(12, 16)
DIGITS = np.arange(12) % 3
NAMES = [f"pixel{number}" for number in range(16)]


def table(rows: object, names: list[str] | None = None, by: str = ",", line: str = "\n", write: Callable[[object], str] = str) -> str:
    lines = [by.join(names)] if names else []
    return line.join([*lines, *(by.join(map(write, row)) for row in rows), ""])  # type: ignore[attr-defined]


def labelled(first: bool = True) -> list[list[int]]:
    return [[digit, *row] if first else [*row, digit] for digit, row in zip(DIGITS.tolist(), ROWS.tolist(), strict=True)]


KINDS = {
    "kaggle": table(labelled(), ["label", *NAMES]),
    "openml": table(labelled(first=False), [*NAMES, "class"]),
    "places": table(labelled(), ["label", *(f"{y}x{x}" for y in range(1, 5) for x in range(1, 5))]),
    "counted by pandas": table(labelled(), [str(number) for number in range(17)]),
    "uci": table(labelled(first=False)),
    "label first": table(labelled()),
    "semicolons": table(labelled(), ["label", *NAMES], by=";"),
    "tabs": table(labelled(), by="\t"),
    "windows": "\ufeff" + table(labelled(), ["label", *NAMES], line="\r\n"),
    "quotes": table(labelled(), ["label", *NAMES], write=lambda field: f'"{field}"'),
    "no last end of line": table(labelled(), ["label", *NAMES]).rstrip("\n"),
    "empty lines": "\n" + table(labelled(), ["label", *NAMES]).replace("\n", "\n\n"),
    "one field": table([(digit, " ".join(map(str, row))) for digit, row in zip(DIGITS, ROWS, strict=True)], ["emotion", "pixels"]),
}


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_table_comes_out_as_the_images_are(kind: str, is_packed: bool, tmp_path: Path) -> None:
    path = tmp_path / ("digits.csv.gz" if is_packed else "digits.csv")
    path.write_bytes(gzip.compress(KINDS[kind].encode()) if is_packed else KINDS[kind].encode())
    source = opened(path)
    survey, found = everything(source)
    assert np.array_equal(found, IMAGES) and classes(survey) == [str(digit) for digit in DIGITS]
    assert survey.kind == "csv" and source.name == "digits" and source.table().column_names == ["row"]


@pytest.mark.parametrize("is_first", [False, True])
def test_labels_are_found_in_a_table_in_the_order_of_its_classes(is_first: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_sheet, "HEAD_LINES", 3)  # all of one class, and the corners of pictures are black throughout
    (tmp_path / "digits.csv").write_text(table(sorted(labelled(is_first), key=lambda row: row[0 if is_first else -1])))
    survey = opened(tmp_path / "digits.csv").survey()
    assert survey.shape == (4, 4) and classes(survey) == [str(digit) for digit in sorted(DIGITS)]


def test_fractions_with_decimal_commas(tmp_path: Path) -> None:
    shares = [[0.5, *(row / 255).tolist()] for row in ROWS]
    (tmp_path / "faces.csv").write_text(table(shares, ["weight", *NAMES], by=";", write=lambda field: str(field).replace(".", ",")))
    source = opened(tmp_path / "faces.csv", labels="")
    survey, found = everything(source)
    assert np.array_equal(found, IMAGES) and survey.labels is None and source.table()["weight"].to_pylist() == [0.5] * 12
    assert "17 columns, separated by semicolons, with decimal commas." in survey.said


def test_pixels_are_read_in_the_order_of_their_numbers_and_other_columns_kept(tmp_path: Path) -> None:
    order = sorted(range(16), key=str)  # as programs write that sort names as texts
    rows = [[f"{n}.png", *ROWS[n, order].tolist(), n / 2, "é,<b>" if n else "", DIGITS[n]] for n in range(12)]
    names = ["file", *(f"pixel{number}" for number in order), "age", "note", "kind"]
    (tmp_path / "t.csv").write_text(table(rows, names, write=lambda field: f'"{field}"'), "utf-8")
    source = opened(tmp_path / "t.csv", labels="kind")
    survey, found = everything(source)
    assert np.array_equal(found, IMAGES) and classes(survey) == [str(digit) for digit in DIGITS]
    assert "The pixels are read in the order of the numbers in the columns' names." in survey.said
    columns = source.table()
    assert columns.column_names == ["row", "file", "age", "note"]
    assert columns["age"].to_pylist() == [n / 2 for n in range(12)] and columns["note"].to_pylist() == [None, *["é,<b>"] * 11]


def test_labels_are_texts_or_in_a_file_or_missing(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(table([["cat" if n % 2 else "", *ROWS[n].tolist()] for n in range(12)], ["label", *NAMES]))
    assert classes(opened(tmp_path / "t.csv").survey()) == ["?", "cat"] * 6
    (tmp_path / "t.csv").write_text(table(ROWS))
    assert opened(tmp_path / "t.csv").survey().labels is None
    (tmp_path / "t_labels.csv").write_text("class\n" + "a\nb\n" * 6)
    assert classes(opened(tmp_path / "t.csv").survey()) == ["a", "b"] * 6
    (tmp_path / "u.csv").write_text(table(labelled()))
    assert classes(opened(tmp_path / "u.csv", labels="first").survey()) == [str(digit) for digit in DIGITS]


def test_size_and_colour_of_rows(tmp_path: Path) -> None:
    colour = np.random.default_rng(2).integers(0, 256, (6, 3, 2, 4), np.uint8)
    (tmp_path / "t.csv").write_text(table(colour.reshape(6, 24)))
    assert np.array_equal(everything(opened(tmp_path / "t.csv", size=(2, 4)))[1], colour)


def test_an_image_without_a_number_is_left_out(tmp_path: Path) -> None:
    rows = [[str(value) for value in row] for row in labelled()]
    rows[4][3], rows[7][9] = "", "NaN"
    (tmp_path / "t.csv").write_text(table(rows, ["label", *NAMES]))
    survey, found = everything(opened(tmp_path / "t.csv"))
    good = [row for row in range(12) if row not in (4, 7)]
    assert np.array_equal(found, IMAGES[good]) and survey.n_left_out == 2 and classes(survey) == [str(DIGITS[row]) for row in good]


def test_long_files_are_read_in_parts_and_their_lines_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stacks", "csv_sheet"):
        monkeypatch.setattr(f"vae_core.importing.{name}.BLOCK", 150)
    monkeypatch.setattr(csv_sheet, "HEAD_LINES", 3)
    text = KINDS["kaggle"]
    for name, content in (("t.csv", text.encode()), ("t.csv.gz", gzip.compress(text.encode()))):
        (tmp_path / name).write_bytes(content)
        assert np.array_equal(everything(opened(tmp_path / name))[1], IMAGES)
    lines = text.split("\n")
    ragged, worded = [*lines], [*lines]
    ragged[9] += ",1"
    worded[10] = worded[10].rpartition(",")[0] + ",<b>x</b>"
    for wrong, complaint in (
        (ragged, r"^t\.csv has 18 fields in line 10 and 17 in others; mend or remove that line\.$"),
        (worded, r"^t\.csv has '<b>x</b>' in line 11, column pixel15, where a pixel's number should be; mend or remove that line\.$"),
    ):
        (tmp_path / "t.csv").write_text("\n".join(wrong))
        with pytest.raises(UnusableFile, match=complaint):
            opened(tmp_path / "t.csv").survey()


def test_a_packed_table_that_fills_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_sheet, "FREE", 1000)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(table([[0] * 17] * 40_000).encode()))
    with pytest.raises(UnusableFile, match=r"^t\.csv\.gz would unpack to .* GB, \d+ times what it is, which images do not"):
        opened(tmp_path / "t.csv.gz").survey()
