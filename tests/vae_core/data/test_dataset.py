"""Datasets: their facts, the split, the files that they come from."""

from __future__ import annotations

import gzip
import hashlib
import io
import math
import os
import re
import struct
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from functools import reduce
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.places import ROOT
from tests.vae_core.data.test_mnist import written
from vae_core.config import ConfigError, DataConfig, RunConfig
from vae_core.data import mnist, sources
from vae_core.data.dataset import Dataset, split
from vae_core.data.download import RemoteFile, RemoteFolder
from vae_core.data.errors import DataError
from vae_core.data.rows import Rows
from vae_core.data.sources import DATASETS, load
from vae_core.training.preflight import check_data


def points(count: int, official_test: int = 0) -> Dataset:
    return Dataset("points", np.arange(count, dtype=np.uint8)[:, None], 255.0, "points", official_test=official_test)


# --- the registry and digits -------------------------------------------------------------------------------------------------


def test_digits_facts():
    digits = load("digits")
    assert digits.values.shape == (1797, 8, 8) and digits.values.dtype == np.uint8 and digits.event_shape == (8, 8)
    assert (digits.values.min(), digits.values.max(), digits.divisor) == (0, 16, 16.0)
    assert digits.labels.dtype == np.int64
    assert np.bincount(digits.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert digits.official_test == 0 and digits.class_names == tuple("0123456789") and digits.source and digits.licence


def test_unknown_names_list_the_known():
    for function in (load, sources.is_available):
        with pytest.raises(
            DataError, match=r"There is no dataset 'cats'; choose one of digits, glyphs, mnist, fashion-mnist, or give .* \.npy file"
        ):
            function("cats")
    assert list(DATASETS) == ["digits", "glyphs", "mnist", "fashion-mnist"]


def test_import_loads_numpy_alone():
    code = (
        "import sys, vae_core.data.sources as d; d.is_available('digits'); "
        "print(*{'torch', 'sklearn', 'pooch', 'tqdm', 'requests'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_pinned_facts_are_well_formed_and_differ():
    folders = {name: source.download for name, source in DATASETS.items() if source.download}
    files = [file for folder in folders.values() for file in folder.files]
    hashes = [one for file in files for one in (file.sha256, file.unpacked_sha256)]
    assert all(re.fullmatch("[0-9a-f]{64}", one) for one in hashes) and len(set(hashes)) == 16
    for name, folder in folders.items():
        assert folder.name == name and len(folder.mirrors) >= 2 and all(mirror.endswith("/") for mirror in folder.mirrors)


# --- Dataset -----------------------------------------------------------------------------------------------------------------


def test_sha256_is_of_the_stated_bytes_and_computed_once(monkeypatch):
    dataset = Dataset("d", np.arange(6, dtype=np.uint8).reshape(3, 2), 255.0, "table", np.array([0, 1, 0]), ("a", "b"))
    expected = hashlib.sha256(b"|u1(3, 2)" + bytes(range(6)) + b"<i8(3,)" + struct.pack("<3q", 0, 1, 0)).hexdigest()
    assert dataset.sha256 == expected
    monkeypatch.setattr(hashlib, "sha256", None)
    assert dataset.sha256 == expected


def test_sha256_sees_every_part_and_no_memory_layout(monkeypatch, tmp_path):
    values = np.random.default_rng(0).random((7, 3, 2), dtype=np.float32)
    base = Dataset("d", values, 1.0, "image", np.arange(7) % 2, ("a", "b"))
    stored = np.memmap(tmp_path / "values", np.float32, "w+", shape=values.shape)
    stored[:] = values
    same = [replace(base, values=layout) for layout in (np.asfortranarray(values), values.astype(">f4"), stored)]
    other = [replace(base, values=values.reshape(7, 2, 3)), replace(base, values=values + 1), replace(base, labels=(base.labels + 1) % 2)]
    other.append(replace(base, labels=None))
    assert {dataset.sha256 for dataset in same} == {base.sha256}
    assert len({dataset.sha256 for dataset in [base, *other]}) == 5
    monkeypatch.setattr("vae_core.data.dataset.ROWS_AT_ONCE", 2)
    assert replace(base, name="in blocks").sha256 == base.sha256


def test_dataset_refuses_what_does_not_fit():
    with pytest.raises(DataError, match="holds no images"):
        points(0)
    with pytest.raises(DataError, match="holds 5 images but 4 labels"):
        replace(points(5), labels=np.zeros(4, np.int64), class_names=("a",))
    for label in (-1, 2):
        with pytest.raises(DataError, match="label outside 0 to 1"):
            replace(points(1), labels=np.array([label]), class_names=("a", "b"))
    with pytest.raises(FrozenInstanceError):
        points(1).name = "other"


# --- split -------------------------------------------------------------------------------------------------------------------

fractions = st.floats(0, 0.9)


@given(count=st.integers(1, 200), official=st.integers(0, 50), test=fractions, validation=fractions, seed=st.integers(0, 2**40))
@settings(max_examples=150, deadline=None)
def test_split_is_disjoint_complete_sorted_and_of_the_right_size(count, official, test, validation, seed):
    parts = split(points(count + official, official), DataConfig(test_fraction=test, validation_fraction=validation, split_seed=seed))
    rows = (parts.train, parts.validation, parts.test)
    assert np.array_equal(np.sort(np.concatenate(rows)), np.arange(count + official))
    assert all(part.dtype == np.int64 and np.all(np.diff(part) > 0) for part in rows)
    free = count if official else count - len(parts.test)
    assert len(parts.train) >= 1
    assert abs(len(parts.validation) - validation * free) <= 1
    if official:
        assert np.array_equal(parts.test, np.arange(count, count + official))
    else:
        assert abs(len(parts.test) - test * count) <= 1


def test_split_follows_its_seed_alone():
    first, again, other = (split(points(200), DataConfig(split_seed=seed)) for seed in (1, 1, 2))
    assert np.array_equal(first.train, again.train) and np.array_equal(first.test, again.test)
    assert not np.array_equal(first.test, other.test) and not np.array_equal(first.train, other.train)
    assert [len(part) for part in (first.train, first.validation, first.test)] == [144, 16, 40]


def test_split_fractions_of_zero_give_empty_parts():
    parts = split(points(10), DataConfig(test_fraction=0.0, validation_fraction=0.0))
    assert np.array_equal(parts.train, np.arange(10)) and len(parts.validation) == len(parts.test) == 0


# --- MNIST-like datasets -----------------------------------------------------------------------------------------------------


def tiny_parts() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, high, shape) for high, shape in ((256, (12, 4, 3)), (10, (12,)), (256, (5, 4, 3)), (10, (5,)))]


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    """Return a function that puts idx files of the given arrays where VAE_DATA_DIR points, as the pinned files of `mnist`."""
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path))
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / "cache" / project)
    (tmp_path / "mnist").mkdir()

    def put(parts: list[np.ndarray]) -> Path:
        files = []
        for file, part in zip(mnist.FILES, parts, strict=True):
            packed = gzip.compress(written(part))
            (tmp_path / "mnist" / file).write_bytes(packed)
            files.append(RemoteFile(file, len(packed), hashlib.sha256(packed).hexdigest()))
        source = mnist._source(RemoteFolder("mnist", "MNIST", tuple(files), ()), tuple("0123456789"), "", "")
        monkeypatch.setitem(DATASETS, "mnist", source)
        return tmp_path / "mnist"

    return put


def test_an_idx_dataset_keeps_the_official_test_rows_last(tiny):
    parts = tiny_parts()
    tiny(parts)
    assert sources.is_available("mnist")
    dataset = load("mnist")
    assert np.array_equal(dataset.values, np.concatenate((parts[0], parts[2]))) and dataset.values.dtype == np.uint8
    assert np.array_equal(dataset.labels, np.concatenate((parts[1], parts[3]))) and dataset.labels.dtype == np.int64
    assert (dataset.official_test, dataset.divisor, dataset.kind, dataset.event_shape) == (5, 255.0, "image", (4, 3))
    assert split(dataset, DataConfig()).test.tolist() == [12, 13, 14, 15, 16]
    dataset.values[0] = 1  # writable: torch warns of arrays that are not


def test_absent_offline_is_one_sentence_with_files_and_folder(tiny, tmp_path):
    (tiny(tiny_parts()) / "train-labels-idx1-ubyte.gz").unlink()
    assert not sources.is_available("mnist")
    with pytest.raises(DataError) as error:
        load("mnist")
    text = str(error.value)
    assert "put train-labels-idx1-ubyte.gz into" in text and str(tmp_path / "cache" / "latent-lens" / "mnist") in text
    assert "VAE_DATA_DIR" in text and ". " not in text and "\n" not in text


def test_a_file_with_another_hash_is_named(tiny):
    path = tiny(tiny_parts()) / "t10k-images-idx3-ubyte.gz"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match=re.escape(str(path))):
        load("mnist")


def change(parts: list[np.ndarray], place: int, array: np.ndarray) -> list[np.ndarray]:
    return [array if i == place else part for i, part in enumerate(parts)]


@pytest.mark.parametrize(
    "changes, message",
    [
        ([(0, np.zeros((12, 4)))], "train-images-idx3-ubyte.gz is not an idx file of images"),
        ([(1, np.zeros((12, 1)))], "train-labels-idx1-ubyte.gz is not an idx file of labels"),
        ([(1, np.zeros(11))], "17 images but 16 labels"),
        ([(1, np.zeros(11)), (3, np.zeros(6))], "do not fit"),
        ([(2, np.zeros((5, 3, 4)))], "do not fit"),
        ([(3, np.full(5, 10))], "label outside 0 to 9"),
    ],
)
def test_idx_files_that_do_not_fit_together_are_refused(tiny, changes, message):
    tiny(reduce(lambda parts, one: change(parts, *one), changes, tiny_parts()))
    with pytest.raises(DataError, match=message):
        load("mnist")


# --- a user's own file -------------------------------------------------------------------------------------------------------


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
    "words": (np.full((2, 2, 2), "a"), "holds <U1, which are no grey levels; save uint8 from 0 to 255 or float32 from 0 to 1"),
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


def test_thresholded_pixels_that_are_all_alike_are_refused():
    dark = Dataset("dark", np.full((20, 2, 2), 20, np.uint8), 255.0, "image")
    config = RunConfig(data=DataConfig(pixels="thresholded"))
    with pytest.raises(ConfigError, match=r"^thresholded pixels of dark are all alike, since its values lie between 0\.0784 and 0\.0784"):
        check_data(config, dark, split(dark, config.data))


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
    "archive.npy": (saved(np.savez, imgs=faces()), r'is an archive of arrays; save the one .*, perhaps numpy\.load\(file\)\["imgs"\]\.'),
    "archive.npz": (saved(np.savez_compressed, faces()), r'is an archive of arrays; .* numpy\.load\(file\)\["arr_0"\]\.'),
    "words.npy": (b"not an array", "is not a whole .npy file; copy or save it again"),
    "cut.npy": (saved(np.save, faces())[:-5], "is cut off: it announces 144 bytes and holds 139; copy or save it again"),
    "head.npy": (saved(np.save, faces())[:60], "is not a whole .npy file"),
    "lying.npy": (LYING, "is cut off: it announces 8796093022208 bytes and holds 0; copy or save it again"),
    "nothing.npy": (b"", "is empty; copy or save it again"),
    "pointer.npy": (POINTER, "is not the data but a Git LFS pointer to them; fetch them with git lfs pull"),
    "pointer.bin": (POINTER, "is not the data but a Git LFS pointer"),
    "array.bin": (saved(np.save, faces()), "holds an array but its name does not end in .npy; rename it to array.npy"),
    "faces.pt": (b"PK\x03\x04" + bytes(26) + b"faces/data.pkl", r"is a PyTorch file, .*; save tensor\.numpy\(\) with numpy\.save"),
    "faces.pkl": (b"\x80\x04.", "is a pickle, which is not read because it can run programs"),
    "faces.mat": (b"MATLAB 5.0", "is not a .npy file; read it with the library that wrote it"),
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
        with pytest.raises(DataError, match=rf"^{name} is a folder; make one array of its pictures, .* numpy\.stack"):
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
@settings(max_examples=150, deadline=None)
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


OFFICIAL = {  # class counts of the training and of the test set, mean and standard deviation of the training pixels
    "mnist": (
        [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
        [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
        (0.1307, 0.3081),
    ),
    "fashion-mnist": ([6000] * 10, [1000] * 10, (0.2860, 0.3530)),
}


@pytest.mark.parametrize("name", OFFICIAL)
@pytest.mark.skipif(not os.environ.get("VAE_DATA_DIR"), reason="VAE_DATA_DIR is not set, so the official files are not read")
def test_official_files_have_the_published_facts(name):
    if not (Path(os.environ["VAE_DATA_DIR"]).expanduser() / name).is_dir():
        pytest.skip(f"VAE_DATA_DIR has no folder {name}")
    assert sources.is_available(name)
    for file in DATASETS[name].download.files:
        content = Path(os.environ["VAE_DATA_DIR"]).expanduser().joinpath(name, file.name).read_bytes()
        assert file._is_packed_anew(content)
    dataset = load(name)
    train, test, (mean, deviation) = OFFICIAL[name]
    assert dataset.values.shape == (70_000, 28, 28) and dataset.official_test == 10_000
    assert np.bincount(dataset.labels[:-10_000]).tolist() == train and np.bincount(dataset.labels[-10_000:]).tolist() == test
    histogram = np.bincount(dataset.values[:-10_000].ravel(), minlength=256) / dataset.values[:-10_000].size
    grey = np.arange(256) / 255
    assert histogram @ grey == pytest.approx(mean, abs=5e-5)
    assert math.sqrt(histogram @ grey**2 - (histogram @ grey) ** 2) == pytest.approx(deviation, abs=5e-5)
    assert list(split(dataset, DataConfig()).test[[0, -1]]) == [60_000, 69_999]
