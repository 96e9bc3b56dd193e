"""A table beside the images: whose row is whose, what is refused, and that whatever stands in it stays a plain value."""

from __future__ import annotations

import datetime
import gzip
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from tests.vae_core.importing.sources import made, pictures
from vae_core.data import imported
from vae_core.data.errors import UnusableFile
from vae_core.importing import registry, side_table
from vae_core.importing.side_table import Accompanied, read_table
from vae_core.importing.source import ImportOptions
from vae_core.importing.writer import import_images

FILES = [f"{folder}/{number}.png" for folder in ("b", "a") for number in range(6)]


def accompanied(path: Path, content: str | bytes, *, labels: str = "", **what: Any) -> Accompanied:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    inner = made(columns=what.pop("columns", {"file": FILES}), **what)
    return Accompanied(inner.path, inner.name, ImportOptions(table=path, labels=labels), inner=inner, side=read_table(path))


def ages(source: Accompanied) -> list[Any]:
    return source.table()["age"].to_pylist()


def test_rows_find_their_images_by_path_name_stem_and_number(tmp_path: Path) -> None:
    order = np.random.default_rng(0).permutation(12)
    for key, where in (
        (lambda name: name, FILES),
        (lambda name: f".\\{name}".replace("/", "\\"), FILES),
        (lambda name: f"{name}.jpg", [f"{name}.jpg" for name in FILES]),
        (lambda name: name.removesuffix(".png").replace("/", ""), [f"x/{name.replace('/', '')}" for name in FILES]),
    ):
        lines = "\n".join(f"{key(FILES[i])},{i},t" for i in order)
        source = accompanied(tmp_path / "t.csv", f"name,age,more\n{lines}\n", columns={"file": where})
        assert ages(source) == list(range(12)), where
        assert source.survey().said[-1] == "Each image has the row of t.csv that names its file in the column name."
    source = accompanied(
        tmp_path / "t.csv", "id,age\n" + "\n".join(f"{i},{i}" for i in order), columns={"file": [f"{i}.png" for i in range(12)]}
    )
    assert ages(source) == list(range(12))


def test_numbers_that_fit_by_chance_are_no_names(tmp_path: Path) -> None:
    columns = {"file": [f"{number:02d}.png" for number in range(12)]}
    for head, wanted in (("mood,age", list(range(12))), ("image_id,age", list(range(11, -1, -1)))):
        lines = "\n".join(f"{'m' if 'mood' in head else 11 - number},{number}" for number in range(12))
        assert ages(accompanied(tmp_path / "t.csv", f"{head}\n{lines}", columns=columns)) == wanted


def test_images_without_a_row_have_no_values(tmp_path: Path) -> None:
    source = accompanied(tmp_path / "t.csv", "file,age\nb/3.png,7\nnobody.png,8\n")
    assert ages(source) == [None] * 3 + [7] + [None] * 8
    assert source.survey().said[-1] == "1 of 12 images have a row in t.csv, which names their files in the column file."
    assert source.table().column_names == ["file", "file (2)", "age"]


def test_a_table_without_names_goes_by_the_order(tmp_path: Path) -> None:
    text = "age\n" + "\n".join(map(str, range(12)))
    assert ages(accompanied(tmp_path / "t.csv", text)) == [6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5]  # of the names: a/0.png is the first
    assert ages(accompanied(tmp_path / "t.csv", text, columns={})) == list(range(12))
    assert "in the order of the images" in accompanied(tmp_path / "t.csv", text, columns={}).survey().said[-1]
    for bad in ("age\n1\n2\n", "age\n"):
        with pytest.raises(UnusableFile, match=r"^t\.csv has \d rows for 12 images, and no column of it names their files; give one row"):
            accompanied(tmp_path / "t.csv", bad).survey()


def test_equal_names_in_several_folders_are_not_guessed(tmp_path: Path) -> None:
    lines = "\n".join(f"{number}.png,{number}" for number in range(6))
    with pytest.raises(UnusableFile, match="no column of it names their files"):
        accompanied(tmp_path / "t.csv", f"file,age\n{lines}\n").survey()


def test_a_column_of_the_table_says_the_classes(tmp_path: Path) -> None:
    lines = "\n".join(f"{name},{'dog' if number % 2 else 'cat'}" for number, name in enumerate(FILES))
    found = import_images(accompanied(tmp_path / "t.csv", f"file,kind\n{lines}\n", labels="kind"), folder=tmp_path / "data")
    assert found.class_names == ("cat", "dog") and imported.load(found).labels.tolist() == [0, 1] * 6
    assert imported.read_table(found).column_names == ["file", "kind", "class", "split"]


def test_the_registry_hands_a_column_to_the_table_and_a_file_to_the_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.csv").write_text("file,kind\n" + "\n".join(f"{name},k{number % 3}" for number, name in enumerate(FILES)))
    seen = []

    def opened(path: Path, options: ImportOptions) -> Any:
        seen.append(options.labels)
        return made(columns={"file": FILES})

    monkeypatch.setattr(registry, "_opened", opened)
    for labels in ("kind", "labels.txt"):
        source = registry.open_source(tmp_path, ImportOptions(table=tmp_path / "t.csv", labels=labels))
        assert (source.survey().class_names == ("k0", "k1", "k2")) == (labels == "kind")
    assert seen == ["", "labels.txt"]


@pytest.mark.parametrize("text", ["\ufefffile;age\n{};1,5\n", "file\tage\r\n{}\t1.5\r\n", 'file,age\n"{}",1.5\n'])
def test_csv_of_other_programs(tmp_path: Path, text: str) -> None:
    assert ages(accompanied(tmp_path / "t.csv", text.format("b/0.png")))[0] == 1.5


EVIL = [
    "<img src=x onerror=alert(1)>",
    "![x](http://a.example/x.png)",
    "=cmd|' /C calc'!A0",
    "{0} {name}",
    "a\nb",
    "\u202egnp.exe",
    "x" * 5000,
]


def test_values_stay_values(tmp_path: Path) -> None:
    table = pyarrow.table(
        {
            "file": FILES,
            EVIL[0]: [*EVIL, *["plain"] * 5],
            "": range(12),
            "when": [datetime.datetime(2024, 1, 1)] * 12,
            "list": [[1]] * 12,
            "bytes": [b"x"] * 12,
            "struct": [{"a": 1}] * 12,
            "class": ["theirs"] * 12,
        }
    )
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")
    source = accompanied(tmp_path / "t.parquet", (tmp_path / "t.parquet").read_bytes())
    stored = imported.read_table(import_images(source, folder=tmp_path / "data"))
    assert stored.column_names == ["file", EVIL[0], "column", "when", "class (2)", "class", "split"]
    assert stored[EVIL[0]].to_pylist()[:7] == [*EVIL[:6], "x" * 1000]


BAD = {
    "ragged.csv": (b"a,b\n1,2\n3\n", r"cannot be read as a table \(.*Expected 2 columns"),
    "zeros.csv": (b"a,b\n\0\0\0", r"cannot be read as a table \(it is damaged\)"),
    "latin.csv": ("n\u00e4me,b\n\u00e4,2\n".encode("latin-1"), r"cannot be read as a table \(.*UTF"),
    "packed.csv": (gzip.compress(b"a,b\n1,2\n"), "cannot be read as a table"),
    "cut.parquet": (b"PAR1" + bytes(50), "cannot be read as a table"),
    "wide.csv": (",".join(map(str, range(300))).encode() + b"\n", "has 300 columns; keep 200 of them at most"),
    "empty.csv": (b"", "is empty; copy or save it again"),
    "pointer.csv": (b"version https://git-lfs.github.com/spec/v1\n", "is not the data but a Git LFS pointer"),
    "frame.pkl": (b"\x80\x04.", "is a pickle, which is not read"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_table_is_one_sentence(name: str, tmp_path: Path) -> None:
    content, sentence = BAD[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnusableFile, match=f"^{name} {sentence}") as error:
        read_table(tmp_path / name)
    assert "\n" not in str(error.value) and str(tmp_path) not in str(error.value)


def test_a_table_that_is_no_file_or_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(UnusableFile, match="it is not a regular file"):
        read_table(tmp_path / "pipe.csv")
    with pytest.raises(UnusableFile, match=r"^There is no table absent\.csv; give the path of a CSV or Parquet file"):
        read_table(tmp_path / "absent.csv")
    pyarrow.parquet.write_table(
        pyarrow.table({"a": ["x" * 1000] * 5000, "b": [bytes(10)] * 5000}), tmp_path / "bomb.parquet", use_dictionary=False
    )
    monkeypatch.setattr(side_table, "MAX_TABLE", 2**20)
    with pytest.raises(UnusableFile, match="it is larger than 4 MB"):
        read_table(tmp_path / "bomb.parquet")
    monkeypatch.setattr(side_table, "MAX_TABLE", 100)
    with pytest.raises(UnusableFile, match="it is larger than"):
        read_table(tmp_path / "bomb.parquet")


def test_pictures_are_those_of_the_source(tmp_path: Path) -> None:
    source = accompanied(tmp_path / "t.csv", "file,age\nb/3.png,7\n")
    assert np.array_equal(np.concatenate(list(source.blocks())), pictures()) and np.array_equal(source.read(np.array([3])), pictures()[[3]])
    source.close()
