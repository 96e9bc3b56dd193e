"""Datasets: their facts, what is refused, the split."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vae_core.config import ConfigError, DataConfig, RunConfig
from vae_core.data import left_out
from vae_core.data.dataset import Dataset, split, split_sizes
from vae_core.data.errors import DataError


def points(count: int, official_test: int = 0) -> Dataset:
    return Dataset("points", np.arange(count, dtype=np.uint8)[:, None], 255.0, "points", official_test=official_test)


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
@settings(max_examples=150)
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


# --- rows that are left out ---------------------------------------------------------------------------------------------------


@given(count=st.integers(2, 60), official=st.integers(0, 30), gone=st.sets(st.integers(0, 59)), seed=st.integers(0, 5))
@settings(max_examples=60)
def test_rows_that_are_left_out_are_in_no_part_and_official_sets_keep_the_rest(count, official, gone, seed):
    dataset = points(count + official, official)
    rows = np.array(sorted(row for row in gone if row < count + official), np.int64)
    config = DataConfig(split_seed=seed, left_out=left_out.written(dataset.sha256, rows))
    if len(rows) == count + official:
        with pytest.raises(ConfigError, match="every image"):
            split(dataset, config)
        return
    parts, kept = split(dataset, config), np.setdiff1d(np.arange(count + official), rows)
    assert np.array_equal(np.sort(np.concatenate([parts.train, parts.validation, parts.test])), kept) and len(parts.train)
    assert left_out.count_of(config.left_out) == len(rows)
    sizes = split_sizes(dataset, config)
    assert (sizes.n_train, sizes.n_validation, sizes.n_test) == (len(parts.train), len(parts.validation), len(parts.test))
    if official and (kept < count).any() and (kept >= count).any():
        assert np.array_equal(parts.test, kept[kept >= count])


def test_what_is_left_out_belongs_to_these_images():
    dataset = points(10)
    text = left_out.written(dataset.sha256, np.array([3, 4, 5, 9]))
    assert text == f"{dataset.sha256[:16]}:3-5,9" and left_out.ranges_of("0" * 8 + ":9,4-5,3-4,7-2").tolist() == [[3, 6], [9, 10]]
    left_out.check(text, dataset.sha256, 10)
    left_out.check("", dataset.sha256, 10)
    for wrong in (f"{'0' * 16}:3", f"{dataset.sha256[:16]}:3-10"):
        with pytest.raises(ConfigError, match=r"other images|does not have"):
            left_out.check(wrong, dataset.sha256, 10)
    bad = ("3-5", "1a2b3c4:3", "1a2b3c4d:", "1a2b3c4d:3,", "1a2b3c4d:-3", "1a2b3c4d:3 ", "1A2B3C4D:3", "1a2b3c4d:" + "1," * 60_000 + "1")
    for wrong in bad:
        with pytest.raises(ConfigError, match="left_out is"):
            RunConfig(data=DataConfig(left_out=wrong))
    with pytest.raises(ConfigError, match="too many gaps"):
        left_out.written(dataset.sha256, np.arange(0, 60_000, 2))
