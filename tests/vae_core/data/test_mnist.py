"""The idx files of MNIST: what was written is read, damage is refused in one sentence, and the official files have the published facts."""

from __future__ import annotations

import gzip
import hashlib
import math
import os
import re
import struct
import tracemalloc
from functools import reduce
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from vae_core.config import DataConfig
from vae_core.data import mnist, sources
from vae_core.data.dataset import split
from vae_core.data.download import RemoteFile, RemoteFolder
from vae_core.data.errors import DataError, UnusableFile
from vae_core.data.mnist import gunzip, parse_idx
from vae_core.data.sources import DATASETS, load


def written(array: np.ndarray) -> bytes:
    """Write an idx file with struct alone, so that the reader is not checked against itself."""
    return bytes((0, 0, 8, array.ndim)) + b"".join(struct.pack(">I", n) for n in array.shape) + array.astype(np.uint8).tobytes()


shapes = {1: array_shapes(min_dims=1, max_dims=1, max_side=30), 3: array_shapes(min_dims=3, max_dims=3, max_side=6)}
idx_arrays = st.sampled_from([1, 3]).flatmap(lambda d: arrays(np.uint8, shapes[d]))


@given(array=idx_arrays)
@settings(max_examples=60)
def test_idx_round_trip(array):
    raw = written(array)
    got = parse_idx(gunzip(gzip.compress(raw), "x.gz", len(raw)), "x.gz", array.ndim)
    assert got.dtype == np.uint8 and np.array_equal(got, array)


@given(array=idx_arrays, data=st.data())
@settings(max_examples=200)
def test_any_truncation_addition_or_flipped_header_byte_is_refused(array, data):
    raw = written(array)
    place = data.draw(st.integers(0, 3 + 4 * array.ndim))
    flipped = bytearray(raw)
    flipped[place] ^= data.draw(st.integers(1, 255))
    for damaged in (raw[: data.draw(st.integers(0, len(raw) - 1))], raw + b"\0", bytes(flipped), written(array[:0])):
        with pytest.raises(UnusableFile, match=r"^x\.gz .*; replace it with .*\.$"):
            parse_idx(damaged, "x.gz", array.ndim)


@given(array=idx_arrays, data=st.data())
@settings(max_examples=100)
def test_damaged_gzip_is_refused_or_the_same_bytes(array, data):
    raw = written(array)
    packed = bytearray(gzip.compress(raw, mtime=0))
    with pytest.raises(UnusableFile, match=r"not a complete gzip file|not an idx file"):
        cut = data.draw(st.integers(0, len(packed) - 1))
        parse_idx(gunzip(bytes(packed[:cut]), "x.gz", 1000), "x.gz", array.ndim)
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        assert gunzip(bytes(packed), "x.gz", 1000) == raw  # a flip in the time stamp or the like does no harm
    except UnusableFile as error:
        assert "x.gz" in str(error)


def test_a_gzip_bomb_is_refused_before_it_fills_the_memory():

    bomb = gzip.compress(bytes(200_000_000), 9)
    tracemalloc.start()
    with pytest.raises(UnusableFile, match="unpacks to more than the 1000 bytes"):
        gunzip(bomb, "bomb.gz", 1000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


# --- the datasets in them


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
