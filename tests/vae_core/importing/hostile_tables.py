"""Bad tables: CSV and Parquet files that are cut off, ragged, of another encoding, or hold what is no picture."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from tests.vae_core.importing.making import HUGE, PNG, Case, encoded, picture, png_of

EVIL = "<img src=x onerror=alert(1)>![x](http://a.example/b.png)"
STRUCT = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
ROWS = [[n % 3, *(17 * (n + p) % 256 for p in range(16))] for n in range(6)]
HEAD = ["label", *(f"pixel{n}" for n in range(16))]


def lines(rows: list[list[Any]] = ROWS, head: list[str] | None = HEAD, by: str = ",") -> str:
    return "\n".join(by.join(map(str, row)) for row in ([head] if head else []) + rows) + "\n"


def holding(content: bytes | str, name: str = "set.csv") -> Callable[[Path], Path]:
    """Return what writes one file."""

    def make(place: Path) -> Path:
        (place / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return place / name

    return make


def replaced(row: int, field: int, by: str) -> list[list[Any]]:
    """Return the rows with another field."""
    rows: list[list[Any]] = [[*one] for one in ROWS]
    rows[row][field] = by
    return rows


CSV = [
    Case("csv-empty", holding(""), "refused", r"^set\.csv is empty; copy or save it again"),
    Case("csv-blank", holding("\n\n\n"), "refused", r"^set\.csv is empty"),
    Case("csv-pointer", holding("version https://git-lfs.github.com/spec/v1\n"), "refused", r"^set\.csv .*git lfs pull"),
    Case("csv-header-only", holding(lines([])), "refused", "holds names of columns and no rows"),
    Case("csv-wrong-delimiter", holding(lines(by=" ")), "refused", "which are no pixels; separate the numbers"),
    Case("csv-ragged", holding(lines([*ROWS[:3], ROWS[3][:-1], *ROWS[4:]])), "refused", r"16 fields in line 5 and 17 in others"),
    Case("csv-word", holding(lines(replaced(2, 5, EVIL))), "refused", r"has '<img .* in line 4, column pixel4, where a pixel's number"),
    Case("csv-end-of-line-in-quotes", holding(lines(replaced(2, 0, '"a\nb"'))), "imported", "4 classes from set.csv"),
    Case("csv-utf-16", holding(lines().encode("utf-16")), "refused", "is not in UTF-8; save it as CSV in UTF-8"),
    Case("csv-latin-1", holding(lines(replaced(2, 0, "é")).encode("latin-1")), "refused", "is not in UTF-8"),
    Case("csv-endless-line", holding(b"1," * (3 << 20)), "refused", "has a line of more than 1 MB; write one image a line"),
    Case("csv-page", holding("<!doctype html><html><body>Sign in</body></html>\n" * 9), "refused", "which are no pixels"),
    Case("csv-binary", holding(b"\0\1\2" * 99), "refused", "holds no images that can be read here"),
    Case("csv-not-square", holding(lines([row[:-1] for row in ROWS], HEAD[:-1])), "refused", "15 pixels in each row, which make no square"),
    Case("csv-gzip-cut-off", holding(gzip.compress(lines(ROWS * 99).encode())[:-20], "set.csv.gz"), "refused", "damaged or cut off"),
    Case("csv-three-rows", holding(lines(ROWS[:3])), "refused", "holds 3 images, and learning and testing need 4"),
    Case("csv-no-numbers", holding(lines([[0] + ["nan"] * 16] * 6)), "refused", "which are no pixels|NaN or infinity in every image"),
    Case("csv-hole", holding(lines(replaced(2, 5, ""))), "left out", r"^set\.csv \[2\] it holds NaN or infinity"),
    Case("csv-bom-and-commas", holding("\ufeff" + lines(replaced(1, 3, "0,5"), by=";")), "imported", "semicolons, with decimal commas"),
    Case("csv-evil-names", holding(lines(replaced(1, 0, EVIL), ["label", *HEAD[1:-1], EVIL])), "refused", "make no square"),
    Case("csv-evil-class", holding(lines(replaced(1, 0, f'"{EVIL}"'))), "imported", r"classes from set\.csv \(label\)"),
    Case(
        "csv-no-such-column", holding(lines()), "refused", r"has no column <b>, and there is no such file; it has label", {"labels": "<b>"}
    ),
]


def table(path: Path, columns: dict[str, Any], info: object = None) -> Path:
    made = pa.table(columns)
    if info is not None:
        made = made.replace_schema_metadata({"huggingface": info if isinstance(info, bytes) else json.dumps(info)})
    parquet.write_table(made, path)
    return path


def tabled(columns: dict[str, Any], info: object = None, change: Callable[[bytes], bytes] = bytes) -> Callable[[Path], Path]:
    """Return what writes one Parquet file, changed afterwards."""

    def make(place: Path) -> Path:
        path = table(place / "set.parquet", columns, info)
        path.write_bytes(change(path.read_bytes()))
        return path

    return make


def pictures(*others: bytes | None) -> pa.Array:
    contents = [*(encoded(picture(number)) for number in range(5)), *others]
    return pa.array([{"bytes": content, "path": None} for content in contents], STRUCT)


def two_kinds(place: Path) -> Path:
    table(place / "train.parquet", {"image": pictures()})
    table(place / "test.parquet", {"picture": pictures()})
    return place


def flipped(content: bytes) -> bytes:
    """Return a file whose first pages are no longer what they were."""
    return content[:4] + bytes(255 - byte for byte in content[4:300]) + content[300:]


def deep() -> bytes:
    return b'{"info":' * 50_000 + b"1" + b"}" * 50_000


NUMBERS = {"image": pa.array(np.array(ROWS, np.uint8)[:, 1:].tolist(), pa.list_(pa.uint8()))}
FIVE = {"image": pictures(), "label": [0, 1, 7, -1, None]}
ODD = {"info": {"features": {"label": {"_type": "ClassLabel", "names": {"0": 1}}}}}
NAMED = {"info": {"features": {"label": {"_type": "ClassLabel", "names": [EVIL, "b"]}}}}


def not_utf_8(place: Path) -> Path:
    """Make a file whose names of pictures and classes are bytes that are no letters."""
    path = table(place / "set.parquet", {"image": pictures(), "label": ["abé"] * 5})
    path.write_bytes(path.read_bytes().replace("é".encode(), b"\xc3x"))
    return path


PARQUET = [
    Case("parquet-not-utf-8", not_utf_8, "imported", r"1 classes from set\.parquet \(label\)"),
    Case("parquet-cut-off", tabled(NUMBERS, change=lambda whole: whole[:-9]), "refused", r"^set\.parquet is damaged or cut off"),
    Case("parquet-four-bytes", holding(b"PAR1", "set.parquet"), "refused", "damaged or cut off"),
    Case("parquet-flipped", tabled(NUMBERS, change=flipped), "refused", "damaged or cut off"),
    Case("parquet-flipped-pictures", tabled({"image": pictures()}, change=flipped), "refused", "the part .* that holds it is damaged"),
    Case("parquet-lying-end", tabled(NUMBERS, change=lambda whole: whole[:-8] + b"\xff\xff\xff\x7f" + whole[-4:]), "refused", "damaged"),
    Case("parquet-pointer", holding("version https://git-lfs.github.com/spec/v1\n", "set.parquet"), "refused", "git lfs pull"),
    Case("parquet-no-images", tabled({EVIL: [1, 2], "b": ["x", "y"]}), "refused", "has no column of pictures or of pixels; it has <img"),
    Case("parquet-two-images", tabled({"a": pictures(), "b": pictures()}), "refused", "has several columns that may be images: a, b"),
    Case("parquet-ragged", tabled({"image": [[1] * 4, [1] * 5] * 3}), "refused", "has lists of other lengths"),
    Case("parquet-no-pixels", tabled({"image": pa.array([None] * 6, pa.list_(pa.uint8()))}), "refused", "has no pixels in its first row"),
    Case("parquet-no-rows", tabled({"image": pa.array([], STRUCT)}), "refused", "has columns and no rows"),
    Case("parquet-two-kinds", two_kinds, "refused", r"^test\.parquet has other columns than|^train\.parquet has other columns than"),
    Case("parquet-row-without-picture", tabled({"image": pictures(None)}), "left out", "^5 there is no picture in its row"),
    Case("parquet-row-of-words", tabled({"image": pictures(b"words")}), "left out", "^5 it is no picture of a kind that is read here"),
    Case("parquet-bomb", tabled({"image": pictures(png_of(30000, 30000))}), "left out", HUGE),
    Case("parquet-cut-picture", tabled({"image": pictures(PNG[:-30])}), "left out", "^5 it is cut off or damaged"),
    Case("parquet-class-beyond", tabled(FIVE, NAMED), "imported", r"3 classes from set\.parquet \(label\); 2 images have no label"),
    Case("parquet-deep-notes", tabled(FIVE, deep()), "imported", "3 classes from"),
    Case("parquet-other-notes", tabled(FIVE, {"info": {"features": [1]}}), "imported", "3 classes from"),
    Case("parquet-odd-names", tabled(FIVE, ODD), "imported", "3 classes from"),
    Case("parquet-nan", tabled({"image": [[1.0] * 4] * 5 + [[np.nan] * 4]}), "left out", "NaN or infinity"),
]  # fmt: skip
TABLES = [*CSV, *PARQUET]
