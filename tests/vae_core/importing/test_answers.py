"""What people write about an import: sizes, and files, which only those may name to whom they belong."""

from __future__ import annotations

from pathlib import Path

import pytest

from vae_core.data.errors import DataError
from vae_core.importing.answers import file_of, labels_of, size_of


@pytest.mark.parametrize(("text", "size"), [("", None), (" 64 ", (64, 64)), ("64x48", (64, 48)), ("28 × 20", (28, 20))])
def test_a_size_is_read(text: str, size: tuple[int, int] | None) -> None:
    assert size_of(text) == size


@pytest.mark.parametrize("text", ["0", "1x1", "64x", "x64", "5000", "64x64x3", "-5", "٣"])
def test_a_size_without_sense_is_refused(text: str) -> None:
    with pytest.raises(DataError):
        size_of(text)


def test_files_are_named_only_by_whom_they_belong_to(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("a")
    assert file_of("../table.csv", tmp_path, False) == file_of(str(table), None, True) == table
    assert labels_of("species", None, False) == "species" and labels_of("table.csv", tmp_path, False) == str(table)
    for ask in (file_of, labels_of):
        with pytest.raises(DataError, match=r"There is no file table\.csv"):
            ask(str(table), None, False)
