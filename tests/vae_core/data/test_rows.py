"""Rows of an array that stays in its file: the same as in memory, and a file that somebody writes to is noticed, not read on."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from vae_core.data.errors import ChangedFile
from vae_core.data.rows import Rows, _seek_and_read

VALUES = np.random.default_rng(0).integers(0, 256, (50, 4, 3), dtype=np.uint8)


def stored(path: Path, values: np.ndarray = VALUES) -> Rows:
    path.write_bytes(b"a head of some length" + values.tobytes())
    return Rows(path, path.stat().st_size - values.nbytes, values.shape, values.dtype)


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
@pytest.mark.parametrize("at_once", [1 << 24, 30])
def test_rows_are_those_of_the_array(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type, at_once: int) -> None:
    monkeypatch.setattr("vae_core.data.rows.BYTES_AT_ONCE", at_once)
    values = VALUES.astype(kind)
    rows = stored(tmp_path / "a", values)
    assert (len(rows), rows.shape, rows.ndim, rows.dtype) == (50, (50, 4, 3), 3, kind)
    for index in (
        slice(None),
        slice(3, 9),
        slice(5, 500),
        slice(40, 2, -7),
        slice(7, 7),
        np.array([9, 4, 5, 6, 4, 49, 0]),
        np.zeros(0, int),
    ):
        np.testing.assert_array_equal(rows[index], values[index])
        assert rows[index].flags.writeable, "an array of one's own"
    np.testing.assert_array_equal(np.asarray(rows), values)
    for wrong in ([50], [-1]):
        with pytest.raises(IndexError):
            rows[np.array(wrong)]


def test_a_system_without_positional_reads_gets_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_core.data.rows.pread", _seek_and_read)
    np.testing.assert_array_equal(stored(tmp_path / "a")[np.array([3, 2, 30])], VALUES[[3, 2, 30]])


def overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(bytes(40))


@pytest.mark.parametrize("change", [overwrite, lambda path: os.truncate(path, 100), lambda path: path.write_bytes(b"")])
def test_a_file_that_is_written_to_gives_no_row(tmp_path: Path, change) -> None:
    path = tmp_path / "mine.npy"
    rows = stored(path)
    os.utime(path, ns=(1, 1))  # long ago, so that no clock is too coarse
    rows.stamp = rows._stamp()
    assert len(rows[:3]) == 3
    change(path)
    for index in (slice(0, 3), np.array([49, 0])):
        with pytest.raises(ChangedFile, match=r"^mine\.npy was changed while it was being read; put it back as it was") as caught:
            rows[index]
    assert str(tmp_path) not in str(caught.value)


def test_a_file_that_is_cut_short_is_noticed_whatever_its_time_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = stored(tmp_path / "a")
    monkeypatch.setattr(rows, "_stamp", lambda: rows.stamp)
    os.truncate(tmp_path / "a", 100)
    with pytest.raises(ChangedFile):
        rows[np.array([49])]
    with pytest.raises(ChangedFile):
        Rows(tmp_path / "a", 21, VALUES.shape, VALUES.dtype)


def test_another_file_that_takes_its_name_does_not_matter(tmp_path: Path) -> None:
    rows = stored(tmp_path / "a")
    stored(tmp_path / "b", VALUES[::-1])
    try:
        os.replace(tmp_path / "b", tmp_path / "a")
    except PermissionError:  # Windows lets nobody replace a file that is open
        return
    np.testing.assert_array_equal(rows[:], VALUES)


def test_beyond_four_gigabytes_it_does_not_matter_in_which_type_the_rows_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, asked = stored(tmp_path / "a"), []
    rows.shape = (400_000_000, 4, 3)
    monkeypatch.setattr("vae_core.data.rows.pread", lambda handle, size, at: asked.append(at) or bytes(size))
    rows[np.array([399_999_999, 3], np.uint32)]
    assert asked == [rows.start + 399_999_999 * 12, rows.start + 3 * 12]
