"""A user's own files of images: what is found, what is taken, and the remedy for what is not."""

from __future__ import annotations

import io
import os
import re
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vae_core.data import sources
from vae_core.data.errors import DataError
from vae_core.data.rows import Rows
from vae_core.data.sources import load


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """An empty folder to work in, another for VAE_DATA_DIR, a third as the per-user cache."""
    for name in ("here", "data"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / "cache" / project)
    return tmp_path


def faces(kind: type = np.uint8) -> np.ndarray:
    values = np.random.default_rng(0).integers(0, 256, (12, 4, 3), dtype=np.uint8)
    return values if kind == np.uint8 else (values / 255).astype(kind)


@pytest.mark.parametrize(("kind", "divisor"), [(np.uint8, 255.0), (np.float32, 1.0)])
def test_a_file_of_images_stays_on_the_disk_and_lends_its_stem(folder, kind, divisor):
    np.save("faces.npy", faces(kind))
    dataset = load(str(folder / "here" / "faces.npy"))
    assert isinstance(dataset.values, Rows)
    assert np.array_equal(dataset.values, faces(kind)) and dataset.values.dtype == kind
    assert (dataset.name, dataset.divisor, dataset.kind, dataset.event_shape) == ("faces", divisor, "image", (4, 3))
    assert dataset.labels is None and dataset.class_names == () and dataset.official_test == 0
    assert str(folder) not in f"{dataset.name}{dataset.source}{dataset.licence}"
    assert dataset.sha256 == replace(dataset, values=faces(kind)).sha256


def test_labels_lie_beside_the_images(folder):
    np.save("faces.npy", faces())
    np.save("faces-labels.npy", np.arange(12, dtype=np.uint8) % 3)
    dataset = load("faces.npy")
    assert dataset.labels.dtype == np.int64 and dataset.labels.tolist() == [0, 1, 2] * 4
    assert dataset.class_names == ("0", "1", "2")


def test_a_name_without_a_folder_is_found_here_then_in_the_data_folder_then_where_it_lay_last(folder, monkeypatch):
    """A run keeps the name alone, and goes on or is scored again from wherever it is asked to."""
    (folder / "far").mkdir()
    for number, place in enumerate(("far", "data", "here")):
        assert not any(sources.is_available(name) for name in ("faces.npy", str(folder / place / "faces.npy"))) or number
        np.save(folder / place / "faces.npy", np.full((2, 2, 2), number, np.uint8))
        assert load(str(folder / place / "faces.npy")).values[:1].min() == number
        assert sources.is_available("faces.npy") and load("faces.npy").values[:1].min() == number
    for place, then in (("here", 1), ("data", 0)):
        (folder / place / "faces.npy").unlink()
        load(str(folder / "far" / "faces.npy"))
        assert load("faces.npy").values[:1].min() == then
    (folder / "cache" / "latent-lens" / "places.json").write_text("[not a note")
    assert not sources.is_available("faces.npy")
    with pytest.raises(DataError, match=r"^There is no file faces\.npy; give the path of a \.npy file, or put it into the folder"):
        load("faces.npy")


def test_a_cache_that_cannot_be_written_is_no_matter(folder):
    (folder / "cache").write_text("a file where a folder should be")
    np.save("faces.npy", faces())
    assert len(load("faces.npy").values) == 12


BAD = {
    "float64": (faces(np.float64), r"holds numbers of type float64; save x\.astype\(numpy\.float32\) instead, where x is what numpy\.load"),
    "int64": (faces().astype(np.int64), r"holds numbers of type int64; save x\.astype\(numpy\.uint8\) instead"),
    "uint16": (faces().astype(np.uint16) * 257, r"holds numbers of type uint16; save \(\(x - x\.min\(\)\) / .*numpy\.float32\) instead"),
    "big-endian": (faces(np.float32).astype(">f4"), r"holds numbers of type >f4; save x\.astype\(numpy\.float32\) instead"),
    "flat": (faces().reshape(3, 16, 3)[:, :, 0], r"has the shape \(3, 16\) and should have .*; save x\.reshape\(-1, 4, 4\) instead"),
    "rows": (faces().reshape(12, 12), r"has the shape \(12, 12\) and should .*; save x\.reshape\(-1, height, width\) instead"),
    "colour": (
        np.stack([faces()] * 3, 3),
        r"has the shape \(12, 4, 3, 3\) .*; save x\[\.\.\., :3\]\.mean\(3\)\.astype\(x\.dtype\) instead",
    ),
    "planes": (np.stack([faces(), faces()], 1).repeat(2, 3), r"has the shape \(12, 2, 4, 6\) .*; save x\[:, :3\]\.mean\(1\)"),
    "empty": (faces()[:0], r"has the shape \(0, 4, 3\), so it holds no images; save at least one"),
    "columns": (np.asfortranarray(faces()), r"is stored column by column; save numpy\.ascontiguousarray\(x\) instead"),
    "bright": (faces(np.float32) * 255, r"holds float32 from 0 to \d+ and not from 0 to 1; save \(\(x - x\.min\(\)\) /"),
    "negative": (faces(np.float32) - 1, r"holds float32 from -1 to -0\.\d+ and not from 0 to 1; save"),
    "nan": (
        np.where(np.arange(12)[:, None, None] % 5 == 3, np.nan, faces(np.float32)).astype(np.float32),
        "holds NaN or infinity in 2 of 12 images, counted from 0 first in number 3; save x",
    ),
    "text": (np.array(["a", "b"]), r"has the shape \(2,\)"),
    "words": (np.full((2, 2, 2), "a"), "holds <U1, which are not grey levels; save uint8 from 0 to 255 or float32 from 0 to 1"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_of_something_else_is_one_sentence_with_the_remedy(folder, name):
    array, message = BAD[name]
    np.save(f"{name}.npy", array)
    with pytest.raises(DataError, match=rf"^{name}\.npy {message}") as error:
        load(f"{name}.npy")
    assert "\n" not in str(error.value) and str(folder) not in str(error.value) and ";" in str(error.value)


def test_the_code_that_a_sentence_gives_makes_the_file_usable(folder):
    for name, (array, _) in BAD.items():
        np.save(f"{name}.npy", array)
        with pytest.raises(DataError) as error:
            load(f"{name}.npy")
        if "height, width) instead" in str(error.value) or not (code := re.search("; save (.*) instead, where", str(error.value))):
            continue
        mended = eval(code[1], {"numpy": np, "list": list}, {"x": np.load(f"{name}.npy")})
        np.save(f"{name}.npy", mended)
        dataset = load(f"{name}.npy")
        assert dataset.values.shape[1:] != () and np.isfinite(dataset.extremes).all() and max(dataset.extremes) <= 1, name


def test_what_can_be_taken_as_it_is_is_taken(folder):
    """One channel, truth values, labels in a column and a name in capitals lose nothing."""
    np.save("last.npy", faces()[..., None])
    np.save("last-labels.npy", np.arange(12)[:, None] % 3)
    np.save("first.npy", faces()[:, None])
    np.save("truth.npy", faces() > 128)
    with open("LOUD.NPY", "wb") as file:
        np.save(file, faces())
    with open("LOUD-labels.NPY", "wb") as file:
        np.save(file, np.arange(12))
    for name in ("last.npy", "first.npy", "LOUD.NPY"):
        found = load(name)
        assert np.array_equal(found.values, faces()) and isinstance(found.values, Rows)
    assert load("last.npy").labels.tolist() == [0, 1, 2] * 4 and load("LOUD.NPY").labels.tolist() == list(range(12))
    assert np.array_equal(load("truth.npy").values, faces() > 128) and load("truth.npy").divisor == 1


FULL = {  # largest byte: what is white, and how the sentence ends
    0: (1, "holds uint8 from 0 to 0, and 1 is taken for white."),
    1: (1, "holds uint8 from 0 to 1, and 1 is taken for white."),
    3: (3, "holds uint8 from 0 to 3, and 3 is taken for white."),
    16: (16, "holds uint8 from 0 to 16, and 16 is taken for white."),
    17: (255, "so no pixel is brighter than 6.7 %; if its largest value is white, save (x * (255 / x.max()))"),
    127: (255, "so no pixel is brighter than 50 %"),
    128: (255, "holds uint8 from 0 to 128, and 255 is taken for white."),
    255: (255, "holds uint8 from 0 to 255, and 255 is taken for white."),
}


@pytest.mark.parametrize("largest", FULL)
def test_which_byte_is_white_is_seen_from_the_range_and_said(folder, largest):
    values = np.zeros((3000, 2, 2), np.uint8)
    values[2999, 1, 1] = largest  # the last of all
    np.save("faces.npy", values)
    dataset, (divisor, said) = load("faces.npy"), FULL[largest]
    assert dataset.divisor == divisor and dataset.extremes == (0, largest / divisor)
    assert dataset.taken.startswith("faces.npy holds ") and said in dataset.taken
    values[0] = 255
    np.save("faces.npy", np.concatenate([values, values]))
    assert load("faces.npy").divisor == 255, "a file that changed is looked at anew"


def test_the_values_of_a_file_are_looked_through_once(folder, monkeypatch):
    np.save("faces.npy", faces())
    load("faces.npy")
    monkeypatch.setattr("vae_core.data.image_files.smallest_and_largest", None)
    assert load("faces.npy").extremes[1] == pytest.approx(faces().max() / 255)


def test_float32_that_never_come_near_to_white_are_told_of(folder):
    np.save("faces.npy", faces(np.float32) / 255)
    dataset = load("faces.npy")
    said = "no pixel is brighter than 0.38 %; if its largest value is white, save x / x.max() instead, where x"
    assert dataset.divisor == 1 and said in dataset.taken


LYING = (
    np.lib.format.magic(1, 0)
    + b"\x76\x00"
    + b"{'descr': '|u1', 'fortran_order': False, 'shape': (8796093022208, 1, 1), }".ljust(117)
    + b"\n"
)
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"


def saved(write: Callable[..., object], *args: object, **kwargs: object) -> bytes:
    write(stream := io.BytesIO(), *args, **kwargs)
    return stream.getvalue()


OTHERS = {  # name of the file: its bytes, and the sentence
    "objects.npy": (
        saved(np.save, np.array([{}, None]), allow_pickle=True),
        "holds pickled objects, which are not read .*; save numpy.stack",
    ),
    "archive.npy": (saved(np.savez, imgs=faces()), r"is not a \.npy file; import its images with `python -m vae_core import "),
    "archive.npz": (saved(np.savez_compressed, faces()), r"is not a \.npy file; import its images with `python -m vae_core import "),
    "words.npy": (b"not an array", "is not a complete .npy file; copy or save it again"),
    "cut.npy": (saved(np.save, faces())[:-5], "is cut off: it announces 144 bytes and holds 139; copy or save it again"),
    "head.npy": (saved(np.save, faces())[:60], "is not a complete .npy file"),
    "lying.npy": (LYING, "is cut off: it announces 8796093022208 bytes and holds 0; copy or save it again"),
    "nothing.npy": (b"", "is empty; copy or save it again"),
    "pointer.npy": (POINTER, "is not the data but a Git LFS pointer to them; fetch them with git lfs pull"),
    "pointer.bin": (POINTER, "is not the data but a Git LFS pointer"),
    "array.bin": (saved(np.save, faces()), "holds an array but its name does not end in .npy; rename it to array.npy"),
    "faces.pt": (b"PK\x03\x04" + bytes(26) + b"faces/data.pkl", r"is a PyTorch file, .*; save tensor\.numpy\(\) with numpy\.save"),
    "faces.pkl": (b"\x80\x04.", "is a pickle, which is not read because it can run programs"),
    "faces.mat": (b"MATLAB 5.0", r"is a file of MATLAB or HDF5, which is not read here; read it with scipy\.io or h5py"),
    "faces.tiff": (b"II*", r"is not a \.npy file; import its images with `python -m vae_core import faces\.tiff`"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_array_is_told_by_its_first_bytes(folder, name):
    content, message = OTHERS[name]
    Path(name).write_bytes(content)
    tracemalloc.start()
    for place in (name, str(folder / "here" / name)):
        with pytest.raises(DataError, match=rf"^{name} {message}") as error:
            load(place)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()
    assert "\n" not in str(error.value) and str(folder) not in str(error.value) and str(error.value).endswith(".")


def test_folders_and_absent_files_are_told_apart(folder):
    for name in ("pictures", "pictures.npy"):
        Path(name).mkdir()
        with pytest.raises(DataError, match=rf"^{name} is a folder; import its pictures with `python -m vae_core import {name}`"):
            load(name)
    os.mkfifo("pipe.npy")
    with pytest.raises(DataError, match=r"^pipe\.npy is neither a file nor a folder"):
        load("pipe.npy")
    with pytest.raises(DataError, match=r"^There is no file faces\.npz; give the path"):
        load("faces.npz")


LABELS = {
    "short": (np.zeros(11, np.int64), r"holds int64 of shape \(11,\) and should hold 12 whole numbers; give each image"),
    "real": (np.arange(12.0), r"holds float64 of shape \(12,\) .*; save numpy\.unique\(x, return_inverse=True\)\[1\] instead, where x"),
    "words": (np.array(["cat", "dog"] * 6), r"holds <U3 of shape \(12,\) .*; save numpy\.unique\(x"),
    "one-hot": (np.eye(12, dtype=np.float32), r"holds float32 of shape \(12, 12\) .*; save x\.argmax\(1\) instead"),
    "objects": (
        np.array(["cat", "dog"] * 6, object),
        r"holds pickled objects, .*; save numpy\.unique\(list\(x\), return_inverse=True\)\[1\]",
    ),
    "negative": (np.arange(12) - 1, "holds labels from -1 to 10; number the classes from 0"),
    "huge": (np.arange(12) * 1000, "holds labels from 0 to 11000; number the classes from 0"),
}


@pytest.mark.parametrize("name", LABELS)
def test_labels_that_do_not_fit_are_refused(folder, name):
    array, message = LABELS[name]
    np.save("faces.npy", faces())
    np.save("faces-labels.npy", array)
    with pytest.raises(DataError, match=rf"^faces-labels\.npy {message}"):
        load("faces.npy")


@given(data=st.data())
@settings(max_examples=150)
def test_a_damaged_file_is_a_data_error_or_an_array_of_images(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("own") / "faces.npy"
    np.save(path, faces())
    raw = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, 127))  # the header; a change in the pixels is only another picture
    raw[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(raw[: data.draw(st.integers(0, len(raw)))])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pooch.os_cache", lambda project: path.parent / project)
        try:
            assert load(str(path)).values.ndim == 3
        except DataError as error:
            assert str(error).startswith("faces.npy ") and str(error).endswith(".")
