"""The columns of a run: class, factors, and what each test image costs, of the images that its latents are of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import tiny_config
from vae_core.config import DataConfig, ObjectiveConfig
from vae_core.data import sources
from vae_core.evaluation import paired
from vae_core.runs.columns import Column
from vae_core.runs.run import Run
from vae_core.training.runner import train


def columns(run: Run) -> dict[str, Column]:
    return {column.name: column for column in run.columns()}


def test_a_run_has_its_classes_and_the_kl_of_each_image(run: Run) -> None:
    found, latents = columns(run), run.latents()
    assert list(found) == ["class", "kl"] and all(len(column.values) == len(latents.rows) for column in found.values())
    labels = sources.load("digits").labels
    assert found["class"].kind == "category" and found["class"].categories == tuple("0123456789")
    assert labels is not None and np.array_equal(found["class"].values, labels[latents.rows])
    assert (found["kl"].kind, found["kl"].unit) == ("number", "nats")
    assert found["kl"].values.mean() == pytest.approx(run.summary["test"]["kl"], abs=1e-4)


def test_costs_are_columns_once_they_are_stored(run: Run) -> None:
    paired.store_costs(run, paired.compute_costs(run))
    found, test = columns(run), run.summary["test"]
    assert list(found) == ["class", "reconstruction", "kl", "negative_elbo"]
    assert found["negative_elbo"].values.mean() == pytest.approx(test["negative_elbo"], abs=1e-3)
    assert found["reconstruction"].values.mean() == pytest.approx(test["reconstruction"], abs=1e-3)
    (run.path / run.evaluation_file("bills")).write_bytes(b"damaged")
    assert list(columns(run)) == ["class", "kl"], "damaged costs are as good as none"


def test_an_autoencoder_has_no_kl(tmp_path: Path) -> None:
    run = train(replace(tiny_config(epochs=1, snapshots=0), objective=ObjectiveConfig(objective="ae")), tmp_path / "ae")
    paired.store_costs(run, paired.compute_costs(run))
    assert list(columns(run)) == ["class", "reconstruction"]


def test_data_that_are_made_have_their_true_factors(tmp_path: Path) -> None:
    data = DataConfig(dataset="glyphs", most=300)
    run = train(replace(tiny_config(epochs=1, snapshots=0), data=data), tmp_path / "glyphs")
    found, factors = columns(run), sources.load("glyphs").factors
    assert factors is not None and list(found)[:3] == ["class", "factor-1", "factor-2"]
    assert np.array_equal(found["factor-2"].values, factors[run.latents().rows, 1]) and found["factor-2"].unit == ""
