"""Datasets by name, and what stands in for one that is not read."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from tests.places import ROOT
from vae_core.config import DataConfig
from vae_core.data import sources
from vae_core.data.dataset import SplitSizes, split, split_sizes
from vae_core.data.errors import DataError
from vae_core.data.sources import DATASETS


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
