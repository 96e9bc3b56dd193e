"""Datasets by name, and what stands in for one that is not read."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest

from tests.places import ROOT
from vae_core.config import DataConfig
from vae_core.data import sources
from vae_core.data.dataset import SplitSizes, split, split_sizes
from vae_core.data.errors import DataError
from vae_core.data.sources import DATASETS, load


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
            DataError,
            match=r"There is no dataset 'cats'; choose one of digits, glyphs, mnist, fashion-mnist, import your own images .* \.npy file",
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


@pytest.mark.parametrize("name", DATASETS)
def test_what_stands_in_for_a_dataset_is_like_it(name: str) -> None:
    if not sources.is_available(name):
        pytest.skip(f"{name} is not on this computer")
    real, stand_in = sources.load(name), sources.placeholder(name)
    assert (stand_in.values.shape, stand_in.divisor, stand_in.official_test) == (real.values.shape, real.divisor, real.official_test)
    assert stand_in.extremes == real.extremes and stand_in.values.base.nbytes < 1000
    for config in (DataConfig(), DataConfig(most=500), DataConfig(most=1, validation_fraction=0.5)):
        parts = split(real, config)
        assert split_sizes(stand_in, config) == SplitSizes(real.event_shape, len(parts.train), len(parts.validation), len(parts.test))


def test_digits_are_scikit_learns_and_need_no_import_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = sources.load("digits")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    slow = sources.load("digits")
    assert quick.sha256 == slow.sha256 and len(quick.values) == 1797
    script = "import sys; from vae_core.data import sources; sources.load('digits'); sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0


def test_at_most_so_many_images_are_drawn_by_the_seed() -> None:
    dataset = sources.placeholder("mnist")
    small, again, other = (split(dataset, DataConfig(dataset="mnist", most=1000, split_seed=seed)) for seed in (0, 0, 1))
    assert len(small.train) == 900 and len(small.validation) == 100 and np.array_equal(small.test, np.arange(60_000, 70_000))
    assert np.array_equal(small.train, again.train) and not np.array_equal(small.train, other.train)
    assert len(set(small.train) & set(small.validation)) == 0 and small.train.max() > 50_000


def test_a_dataset_that_does_not_exist_is_named() -> None:
    with pytest.raises(DataError, match="There is no dataset 'cats'"):
        sources.placeholder("cats")
