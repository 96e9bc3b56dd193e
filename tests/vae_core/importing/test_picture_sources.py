"""Folders and archives of pictures: order, classes, split, labels and table; in one process and in many; and when something changes."""

from __future__ import annotations

import io
import os
import unicodedata
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.vae_core.importing.making import PNG, encoded, picture, written
from vae_core.data.errors import ChangedFile, UnusableFile
from vae_core.importing import crew, picture_source
from vae_core.importing.picture_folder import PictureFolder
from vae_core.importing.picture_folders import places_of
from vae_core.importing.picture_source import PictureSource
from vae_core.importing.picture_zip import PictureZip
from vae_core.importing.registry import open_source
from vae_core.importing.source import UNKNOWN, ImportOptions, LeftOut
from vae_core.importing.writer import import_images

TREE = {
    "train/cat/b.png": 0,
    "train/cat/a.png": 1,
    "train/dog/a.png": 2,
    "test/dog/z.png": 3,
    "val/cat/c.png": 4,
}  # the numbers of pictures


def tree(place: Path) -> Path:
    return written({name: encoded(picture(number)) for name, number in TREE.items()})(place)


def packed(folder: Path) -> Path:
    """Return an archive of a folder, with the folder itself around it, as systems pack them."""
    with zipfile.ZipFile(folder.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*.*")):
            archive.write(path, path.relative_to(folder.parent))
    return folder.with_suffix(".zip")


def images(source: PictureSource) -> np.ndarray:
    return np.concatenate(list(source.blocks()))


# ---- what folders mean


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_rows_stand_in_the_order_of_the_split_and_of_names(kind: str, tmp_path: Path) -> None:
    folder = tree(tmp_path)
    source = open_source(folder if kind == "folder" else packed(folder))
    survey = source.survey()
    assert (survey.kind, survey.count, survey.n_validation, survey.n_test) == (kind, 5, 1, 1)
    assert survey.class_names == ("cat", "dog") and survey.labels is not None and survey.labels.tolist() == [0, 0, 1, 0, 1]
    files = [name.removeprefix("set/") for name in source.table().column("file").to_pylist()]
    assert files == ["train/cat/a.png", "train/cat/b.png", "train/dog/a.png", "val/cat/c.png", "test/dog/z.png"]
    assert np.array_equal(images(source), np.stack([np.asarray(picture(TREE[name])) for name in files]))
    assert np.array_equal(source.read(np.array([4, 0])), images(source)[[4, 0]])


@pytest.mark.parametrize(
    ("names", "parts", "classes"),
    [
        (["a.png", "b.png"], [0, 0], [None, None]),
        (["x/a.png", "x/b.png"], [0, 0], [None, None]),  # one folder around all is no class
        (["x/cat/a.png", "x/dog/b.png"], [0, 0], ["cat", "dog"]),
        (["cat/1/a.png", "dog/b.png", "c.png"], [0, 0, 0], ["cat", "dog", None]),
        (["Train/a.png", "TEST/b.png"], [0, 2], [None, None]),
        (["train/a.png", "other/b.png"], [0, 0], ["train", "other"]),
        (["test/a.png", "val/b.png"], [0, 0], ["test", "val"]),  # nothing to learn from
        (["x/train/cat/a.png", "x/validation/dog/b.png"], [0, 1], ["cat", "dog"]),
    ],
)
def test_what_folders_mean(names: list[str], parts: list[int], classes: list[str | None]) -> None:
    places = places_of(names)
    assert places.parts.tolist() == parts and list(places.classes) == classes and bool(places.split) == (max(parts) > 0)


def test_twins_keep_their_order_on_every_system(tmp_path: Path) -> None:
    names = [unicodedata.normalize(form, "é.png") for form in ("NFC", "NFD")] + ["e.png", "f.png", "z.png"]
    folder = written(dict.fromkeys(names, PNG))(tmp_path)
    assert PictureFolder(folder, "set").files.names == ["e.png", "f.png", "z.png", *sorted(names[:2])]


def test_pictures_beside_the_folders_have_no_class(tmp_path: Path) -> None:
    survey = open_source(written({"a.png": PNG, "x/b.png": PNG, "y/c.png": PNG, "y/d.png": PNG})(tmp_path)).survey()
    assert survey.class_names == ("x", "y", UNKNOWN) and survey.labels is not None and survey.labels.tolist() == [2, 0, 1, 1]


# ---- labels


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("file,label\na.png,cat\nb.png,dog\nd.png,cat\n", ["cat", "dog", UNKNOWN, "cat"]),
        ("id,breed,sex\na,cat,f\nb,dog,m\nc,cat,f\nd,dog,m\n", ["cat", "dog", "cat", "dog"]),
        ("label;path\n3;./x/a.png\n10;x\\b.png\n3;c.png\n3;d.png\n", ["3", "10", "3", "3"]),
        ("a.png 3\nb.png 1\nc.png 3\nd.png 3\n", ["3", "1", "3", "3"]),
        ("label\ncat\ndog\ncat\ncat\n", ["cat", "dog", "cat", "cat"]),
        ("1\n0\n\n1\n1\n", ["1", "0", "1", "1"]),
    ],
)
def test_labels_of_a_file(text: str, expected: list[str], tmp_path: Path) -> None:
    folder = written({**{f"x/{letter}.png": PNG for letter in "abcd"}, "l.csv": text.encode()})(tmp_path)
    survey = open_source(folder, ImportOptions(labels="l.csv")).survey()
    assert survey.labels is not None
    assert [survey.class_names[label] for label in survey.labels] == expected
    assert survey.n_left_out == 0


def test_a_label_for_each_line_counts_pictures_that_are_left_out(tmp_path: Path) -> None:
    folder = written({**{f"{letter}.png": PNG for letter in "abde"}, "c.png": b"", "l.txt": b"1\n2\n3\n4\n5\n"})(tmp_path)
    survey = open_source(folder, ImportOptions(labels="l.txt")).survey()
    assert [survey.class_names[label] for label in survey.labels] == ["1", "2", "4", "5"] and survey.n_left_out == 1


# ---- pixels


def one(content: bytes, tmp_path: Path, ending: str = "png", **options: object) -> np.ndarray:
    """Return the image that a picture becomes among others like it."""
    folder = written({f"{number}.{ending}": content for number in range(4)})(tmp_path)
    return open_source(folder, ImportOptions(**options)).read(np.array([2]))[0]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_pictures_are_turned_as_the_camera_was_held(kind: str, orientation: int, tmp_path: Path) -> None:
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(picture(1, "RGB", (32, 16)), kind, exif=exif, **({"lossless": True} if kind == "WEBP" else {}))
    with Image.open(io.BytesIO(content)) as image:
        known = np.moveaxis(np.asarray(ImageOps.exif_transpose(image)), -1, 0)
    found = one(content, tmp_path, kind.lower())
    assert found.shape == known.shape == (3, *((16, 32) if orientation < 5 else (32, 16)))
    assert np.array_equal(found, known)


def test_sixteen_bits_are_scaled_by_what_they_reach(tmp_path: Path) -> None:
    deep = np.arange(120, dtype=np.uint16).reshape(10, 12) * 34  # up to 4046: 12 bits
    assert np.array_equal(one(encoded(Image.fromarray(deep)), tmp_path), np.rint(deep / 4095 * 255).astype(np.uint8))
    assert np.array_equal(one(encoded(Image.fromarray(deep * 16), "TIFF"), tmp_path), np.rint(deep * 16 / 65535 * 255).astype(np.uint8))


def test_fractions_are_scaled_by_their_range(tmp_path: Path) -> None:
    floats = np.linspace(-3, 5, 120, dtype=np.float32).reshape(10, 12)
    found = one(encoded(Image.fromarray(floats), "TIFF"), tmp_path, "tif")
    assert np.abs(found - (floats + 3) / 8 * 255).max() < 0.51


def test_what_can_be_seen_through_lies_on_what_it_stands_out_from(tmp_path: Path) -> None:
    for ink, ground in ((0, 255), (255, 0)):
        drawing = np.zeros((8, 8, 2), np.uint8)
        drawing[..., 0], drawing[2:6, 2:6, 1] = ink, 255
        found = one(encoded(Image.fromarray(drawing)), tmp_path)
        assert found[0, 0] == ground and found[3, 3] == ink


def test_an_opacity_that_hides_nothing_needs_no_word(tmp_path: Path) -> None:
    survey = open_source(written({f"{number}.png": encoded(picture(number, "RGBA")) for number in range(4)})(tmp_path)).survey()
    assert not any("seen through" in line for line in survey.said) and survey.shape == (3, 10, 12)


def test_rare_colours_are_found_among_many_greys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_source, "ALL_STUDIED", 3)
    monkeypatch.setattr(picture_source, "SAMPLE", 2)
    files = {f"{number:02}.png": encoded(picture(number)) for number in range(20)} | {"07.png": encoded(picture(7, "RGB"))}
    assert open_source(written(files)(tmp_path)).survey().shape == (3, 10, 12)


def test_colours_are_pillows(tmp_path: Path) -> None:
    for kind, mode in (
        ("JPEG", "CMYK"),
        ("GIF", "P"),
        ("BMP", "1"),
        ("WEBP", "RGB"),
        ("JPEG", "RGB"),
        ("PPM", "L"),
        ("PPM", "1"),
        ("PPM", "RGB"),
    ):
        content = encoded(picture(3, mode), kind)
        with Image.open(io.BytesIO(content)) as image:
            known = np.asarray(image.convert("RGB"))
        assert np.array_equal(one(content, tmp_path, "x", colour="rgb"), np.moveaxis(known, -1, 0))
        assert np.abs(one(content, tmp_path, "x", colour="grey").astype(int) - np.asarray(Image.fromarray(known).convert("L"))).max() <= 1


def test_a_large_jpeg_is_decoded_small_and_looks_the_same(tmp_path: Path) -> None:
    smooth = picture(4, "RGB", (6, 4)).resize((960, 640), Image.Resampling.BICUBIC)
    found = one(encoded(smooth, "JPEG", quality=95), tmp_path, "jpg", size=(40, 60))
    assert np.abs(found.astype(int) - np.moveaxis(np.asarray(smooth.resize((60, 40), Image.Resampling.LANCZOS)), -1, 0)).max() <= 6


def test_the_table_tells_of_the_files(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0132], exif[0x0112] = "2021:07:08 09:10:11", 6
    content = encoded(picture(0, "L", (30, 20)), "JPEG", exif=exif)
    folder = written({"a/b.jpg": content, **{f"{number}.png": PNG for number in range(3)}})(tmp_path)
    row = open_source(folder).table().to_pylist()[-1]
    assert str(row.pop("captured")) == "2021-07-08 09:10:11"
    assert row == {"file": "a/b.jpg", "folder": "a", "width": 20, "height": 30, "bytes": len(content)}


# ---- many processes, and what happens meanwhile


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start processes for the smallest task."""
    monkeypatch.setattr(crew, "WORTH_IT", 0.0)
    monkeypatch.setattr(crew, "cores", lambda: 2)
    monkeypatch.setattr(crew, "ROWS", 2)


@pytest.mark.parametrize("reader", [PictureFolder, PictureZip])
def test_many_processes_find_what_one_finds(reader: type[PictureSource], tmp_path: Path, request: pytest.FixtureRequest) -> None:
    folder = written({f"{number:02}.png": encoded(picture(number)) for number in range(23)} | {"07b.png": PNG[:-30]})(tmp_path)
    path = folder if reader is PictureFolder else packed(folder)
    alone = reader(path, "set")
    known, rows = alone.survey(), images(alone)
    request.getfixturevalue("many")
    source = reader(path, "set")
    survey = source.survey()
    assert (survey.count, survey.said, survey.left_out) == (known.count, known.said, known.left_out) and survey.n_left_out == 1
    assert np.array_equal(images(source), rows)
    next(source.blocks())  # and no more of them
    assert np.array_equal(images(source), rows)
    source.close()
    source.close()


def test_a_process_that_ends_is_told_of(many: None, tmp_path: Path) -> None:
    source = PictureFolder(tree(tmp_path), "set")
    source.survey()
    for process in source.crew.processes:
        process.kill()
        process.wait()
    with pytest.raises(UnusableFile, match=r"A process that decodes pictures of set ended .*; close other programs and try again\."):
        images(source)
    assert len(images(source)) == 5  # with new ones
    source.close()


def test_a_file_that_changes_is_noticed(tmp_path: Path) -> None:
    folder = tree(tmp_path)
    for source, path in (
        (PictureZip(packed(folder), "set"), tmp_path / "set.zip"),
        (PictureFolder(folder, "set"), folder / "test/dog/z.png"),
    ):
        source.survey()
        with path.open("ab") as file:
            file.write(b"more")
        with pytest.raises(ChangedFile, match="was changed while it was being read"):
            images(source)
    os.remove(path)
    with pytest.raises(ChangedFile, match=r"test/dog/z\.png was changed"):
        images(source)


def test_what_turns_out_damaged_is_left_out_and_the_import_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_source, "ALL_STUDIED", 3)  # so that not all are decoded before
    monkeypatch.setattr(picture_source, "SAMPLE", 1)
    files = {f"{number}.png": encoded(picture(number)) for number in range(6)}
    damaged = PNG[:60] + bytes(20) + PNG[80:]  # with a whole head and end
    source = open_source(written(files | {"5b.png": damaged})(tmp_path))
    assert source.survey().count == 7
    with pytest.raises(LeftOut, match=r"cannot be decoded \(1\), such as 5b\.png: it is cut off or damaged .*; mend or remove them"):
        images(source)
    assert source.survey().count == 6 and [name for name, _ in source.survey().left_out] == ["5b.png"]
    again = open_source(tmp_path / "set")
    made = import_images(again, folder=tmp_path / "data")
    assert made.path.is_dir() and again.survey().count == 6
