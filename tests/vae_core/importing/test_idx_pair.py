"""idx files as MNIST and its relatives come."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from tests.vae_core.importing.opening import classes, everything, opened

IMAGES = np.random.default_rng(1).integers(0, 256, (8, 6, 5), np.uint8)
LABELS = np.arange(8, dtype=np.uint8) % 3
TYPES = {"u1": 8, "i1": 9, ">i2": 11, ">i4": 12, ">f4": 13, ">f8": 14}


def write(path: Path, array: np.ndarray, kind: str = "u1") -> Path:
    content = bytes((0, 0, TYPES[kind], array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape) + array.astype(kind).tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def fill(folder: Path, before: str = "", ending: str = "") -> None:
    for split, part in (("train", slice(0, 5)), ("t10k", slice(5, None))):
        write(folder / f"{before}{split}-images-idx3-ubyte{ending}", IMAGES[part])
        write(folder / f"{before}{split}-labels-idx1-ubyte{ending}", LABELS[part])


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_the_four_files_are_one_set_by_folder_or_by_any_of_them(ending: str, tmp_path: Path) -> None:
    folder = tmp_path / "my-digits"
    folder.mkdir()
    fill(folder, ending=ending)
    for path in (folder, *folder.iterdir()):
        source = opened(path)
        survey, found = everything(source)
        assert np.array_equal(found, IMAGES) and survey.n_test == 3 and survey.kind == "idx" and source.name == "my-digits"
        assert classes(survey) == [str(label) for label in LABELS]
    if not ending:
        fill(folder, ending=".gz")
        assert np.array_equal(everything(opened(folder))[1], IMAGES)


def test_a_pair_by_itself_has_no_official_test(tmp_path: Path) -> None:
    write(tmp_path / "faces-images.idx3", IMAGES)
    assert opened(tmp_path / "faces-images.idx3").survey().labels is None
    write(tmp_path / "faces-labels.idx1.gz", LABELS)
    survey, found = everything(opened(tmp_path / "faces-images.idx3"))
    assert np.array_equal(found, IMAGES) and survey.n_test == 0 and classes(survey) == [str(label) for label in LABELS]
    write(tmp_path / "test-images-idx3-ubyte", IMAGES)
    assert opened(tmp_path / "test-images-idx3-ubyte").survey().n_test == 0


def test_colours_and_other_types_of_numbers(tmp_path: Path) -> None:
    colour = np.random.default_rng(2).integers(0, 256, (8, 3, 6, 5), np.uint8)
    assert np.array_equal(everything(opened(write(tmp_path / "a.idx", colour)))[1], colour)
    assert np.array_equal(everything(opened(write(tmp_path / "b.idx", np.moveaxis(colour, 1, -1), ">i4")))[1], colour)
    assert np.array_equal(everything(opened(write(tmp_path / "c.idx", IMAGES / 255, ">f4")))[1], IMAGES)


def test_relatives_in_one_folder_are_kept_apart(tmp_path: Path) -> None:
    fill(tmp_path, "emnist-letters-", ".gz")
    write(tmp_path / "emnist-digits-train-images-idx3-ubyte", IMAGES[:2])
    source = opened(tmp_path / "emnist-letters-train-images-idx3-ubyte.gz")
    assert source.survey().count == 8 and source.name == "emnist-letters"
    with pytest.raises(Exception, match="holds idx files of several data sets"):
        opened(tmp_path).survey()


def test_labels_of_another_kind_are_columns(tmp_path: Path) -> None:
    """As QMNIST has them: eight numbers for each image."""
    write(tmp_path / "qmnist-train-images-idx3-ubyte", IMAGES)
    write(tmp_path / "qmnist-train-labels-idx2-int", np.arange(64).reshape(8, 8), ">i4")
    source = opened(tmp_path / "qmnist-train-images-idx3-ubyte")
    survey = source.survey()
    assert survey.labels is None and any("neither one class for each image nor one-hot" in said for said in survey.said)
    assert source.table()["label_2"].to_pylist() == list(range(2, 64, 8))
