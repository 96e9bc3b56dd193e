"""Parquet files as Hugging Face and others write them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from tests.vae_core.importing.opening import classes, everything, opened
from vae_core.data.errors import UnusableFile

GREY = np.random.default_rng(1).integers(0, 256, (12, 6, 5), np.uint8)
COLOUR = np.random.default_rng(2).integers(0, 256, (12, 6, 5, 3), np.uint8)
GREY[0, 0, 0], GREY[1, 0, 0] = 0, 255
LABELS = [row % 3 for row in range(12)]
STRUCT = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def png(image: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG")
    return stream.getvalue()


def write(path: Path, columns: dict[str, Any], features: dict[str, Any] | None = None, rows: int = 5) -> Path:
    table = pa.table(columns)
    if features is not None:
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    path.parent.mkdir(exist_ok=True)
    parquet.write_table(table, path, row_group_size=rows)
    return path


def as_written_by_hugging_face(path: Path, rows: range, names: list[str] | None = None) -> Path:
    pictures = [{"bytes": png(COLOUR[row]), "path": f"{row}.png" if row % 2 else None} for row in rows]
    classes = {"names": names or ["ant", "bee", "cat"], "_type": "ClassLabel"}
    return write(
        path,
        {
            "img": pa.array(pictures, STRUCT),
            "fine": [LABELS[row] for row in rows],
            "coarse": [0 for _ in rows],
            "age": [row / 2 for row in rows],
        },
        {"img": {"_type": "Image"}, "fine": classes, "coarse": {"names": ["animal"], "_type": "ClassLabel"}},
    )


def test_pictures_with_names_of_classes_and_columns(tmp_path: Path) -> None:
    path = as_written_by_hugging_face(tmp_path / "pets.parquet", range(12))
    source = opened(path)
    survey, found = everything(source)
    assert np.array_equal(found, np.moveaxis(COLOUR, -1, 1)) and survey.kind == "parquet" and survey.n_test == 0
    assert classes(survey) == [("ant", "bee", "cat")[label] for label in LABELS]
    assert not any("names end in" in said for said in survey.said)
    table = opened(path).table()
    assert table["age"].to_pylist() == [row / 2 for row in range(12)] and table["coarse"].to_pylist() == ["animal"] * 12
    assert table["file"].to_pylist() == [f"{row}.png" if row % 2 else str(row) for row in range(12)]
    assert table.column_names == ["row", "file", "width", "height", "coarse", "age"]
    assert (
        classes(opened(path, labels="coarse").survey()) == ["0"] * 12 or classes(opened(path, labels="coarse").survey()) == ["animal"] * 12
    )


def test_shards_in_a_folder_are_an_official_split(tmp_path: Path) -> None:
    for name, rows in (
        ("train-00000-of-00002", range(4)),
        ("train-00001-of-00002", range(4, 8)),
        ("validation", range(8, 10)),
        ("test-0", range(10, 12)),
    ):
        as_written_by_hugging_face(tmp_path / "data" / f"{name}.parquet", rows)
    for folder in (tmp_path, tmp_path / "data"):
        survey, found = everything(opened(folder))
        assert np.array_equal(found, np.moveaxis(COLOUR, -1, 1)) and (survey.n_validation, survey.n_test) == (2, 2)
        assert classes(survey) == [("ant", "bee", "cat")[label] for label in LABELS]
        assert "The source splits its images itself: 8 train, 2 validate, 2 test." in survey.said
    write(tmp_path / "data" / "test-1.parquet", {"other": [1]})
    with pytest.raises(UnusableFile, match=r"^test-1\.parquet has other columns than test-0\.parquet; import one of them\.$"):
        opened(tmp_path).survey()


@pytest.mark.parametrize(
    ("column", "images"),
    [
        (pa.array([png(image) for image in GREY], pa.binary()), GREY),
        (pa.array(GREY.tolist()), GREY),
        (pa.array(COLOUR.tolist(), pa.list_(pa.list_(pa.list_(pa.uint8())))), np.moveaxis(COLOUR, -1, 1)),
        (pa.FixedSizeListArray.from_arrays(pa.array(GREY.ravel()), 30), GREY),
        (pa.array((GREY / 255).reshape(12, 30).tolist(), pa.list_(pa.float32())), GREY),
    ],
)
def test_columns_of_bytes_and_of_numbers(column: pa.Array, images: np.ndarray, tmp_path: Path) -> None:
    path = write(tmp_path / "faces.parquet", {"pixels": column, "label": ["a", "b", None] * 4, "weight": list(range(12))})
    survey, found = everything(opened(path, size=(6, 5)))
    assert np.array_equal(found, images) and classes(survey) == ["a", "b", "?"] * 4
    assert opened(path, size=(6, 5)).table()["weight"].to_pylist() == list(range(12))


def test_numbers_in_shards_are_an_official_split_too(tmp_path: Path) -> None:
    for name, rows in (("train", slice(0, 8)), ("test", slice(8, 12))):
        features = {"label": {"names": ["ant", "bee", "cat"], "_type": "ClassLabel"}}
        write(tmp_path / f"{name}.parquet", {"image": pa.array(GREY[rows].tolist()), "label": LABELS[rows]}, features, rows=3)
    survey, found = everything(opened(tmp_path))
    assert np.array_equal(found, GREY) and survey.n_test == 4
    assert classes(survey) == [("ant", "bee", "cat")[label] for label in LABELS]


def test_a_row_without_a_picture_is_left_out_by_name(tmp_path: Path) -> None:
    pictures = [{"bytes": None if row == 3 else b"not a picture" if row == 7 else png(GREY[row]), "path": None} for row in range(12)]
    path = write(tmp_path / "faces.parquet", {"image": pa.array(pictures, STRUCT), "label": LABELS})
    source = opened(path)
    survey, found = everything(source)
    good = [row for row in range(12) if row not in (3, 7)]
    assert np.array_equal(found, GREY[good]) and classes(survey) == [str(LABELS[row]) for row in good]
    assert [name for name, _ in survey.left_out] == ["3", "7"] and survey.n_left_out == 2
    assert opened(path).table()["row"].to_pylist() == good


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        ({"a": [1, 2], "b": ["x", "y"]}, r"has no column of pictures or of pixels; it has a, b\."),
        ({"a": [b"x"], "b": [b"y"]}, r"has several columns that may be images: a, b; call one of them image\."),
        (
            {"image": pa.array([[1, 2, 3, 4]] * 3 + [[1, 2, 3]])},
            r"has lists of other lengths than \(4,\), which is that of the first image",
        ),
        ({"image": pa.array([None, [1]])}, r"has no pixels in its first row"),
        ({"image": pa.array([], STRUCT)}, r"has columns and no rows"),
    ],
)
def test_what_holds_no_images_is_refused_in_a_sentence(columns: dict[str, Any], complaint: str, tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match=f"^t.parquet {complaint}"):
        opened(write(tmp_path / "t.parquet", columns)).survey()


def test_a_table_beside_pictures_is_no_source_by_itself(tmp_path: Path) -> None:
    for row, image in enumerate(GREY[:5]):
        (tmp_path / f"{row}.png").write_bytes(png(image))
    write(tmp_path / "facts.parquet", {"age": [1, 2]})
    assert opened(tmp_path).survey().kind == "folder"


def test_one_pixel_a_column_as_openml_has_them(tmp_path: Path) -> None:
    columns = {f"pixel{n}": GREY.reshape(12, 30)[:, n] for n in sorted(range(30), key=str)}
    path = write(tmp_path / "digits.parquet", {**columns, "class": [str(label) for label in LABELS], "age": list(range(12))})
    survey, found = everything(opened(path, size=(6, 5)))
    assert np.array_equal(found, GREY) and classes(survey) == [str(label) for label in LABELS]
    assert "Each image is one row of 30 columns of pixels." in survey.said
    assert opened(path, size=(6, 5)).table().column_names == ["row", "age"]
