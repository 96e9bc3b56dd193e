"""The columns of a run: class, factors, and what each test image costs, of the images that its latents are of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from tests.conftest import tiny_config
from vae_core.config import DataConfig, ObjectiveConfig
from vae_core.data import sources
from vae_core.evaluation import paired
from vae_core.runs.columns import Column
from vae_core.runs.run import Run
from vae_core.training.runner import train


def columns(run: Run) -> dict[str, Column]:
    return {column.name: column for column in run.columns()}


def of_images(found: dict[str, Column]) -> list[str]:
    return [name for name, column in found.items() if column.group in ("image", "table", "cost")]


def test_a_run_has_its_classes_and_the_kl_of_each_image(run: Run) -> None:
    found, latents = columns(run), run.latents()
    assert of_images(found) == ["class", "kl"] and all(len(column.values) == len(latents.rows) for column in found.values())
    labels = sources.load("digits").labels
    assert found["class"].kind == "category" and found["class"].categories == tuple("0123456789")
    assert labels is not None and np.array_equal(found["class"].values, labels[latents.rows])
    assert (found["kl"].kind, found["kl"].unit) == ("number", "nats")
    assert found["kl"].values.mean() == pytest.approx(run.summary["test"]["kl"], abs=1e-4)


def test_costs_are_columns_once_they_are_stored(run: Run) -> None:
    paired.store_costs(run, paired.compute_costs(run))
    found, test = columns(run), run.summary["test"]
    assert of_images(found) == ["class", "reconstruction", "kl", "negative_elbo"]
    assert found["negative_elbo"].values.mean() == pytest.approx(test["negative_elbo"], abs=1e-3)
    assert found["reconstruction"].values.mean() == pytest.approx(test["reconstruction"], abs=1e-3)
    (run.path / run.evaluation_file("bills")).write_bytes(b"damaged")
    assert of_images(columns(run)) == ["class", "kl"], "damaged costs are as good as none"


def test_an_autoencoder_has_no_kl(tmp_path: Path) -> None:
    run = train(replace(tiny_config(epochs=1, snapshots=0), objective=ObjectiveConfig(objective="ae")), tmp_path / "ae")
    paired.store_costs(run, paired.compute_costs(run))
    found = columns(run)
    assert list(found) == ["class", "reconstruction", "neighbour", "probe_residual", "mu-1", "mu-2"]


def test_data_that_are_made_have_their_true_factors(tmp_path: Path) -> None:
    data = DataConfig(dataset="glyphs", most=300)
    run = train(replace(tiny_config(epochs=1, snapshots=0), data=data), tmp_path / "glyphs")
    found, factors = columns(run), sources.load("glyphs").factors
    assert factors is not None and list(found)[:3] == ["class", "factor-1", "factor-2"]
    assert np.array_equal(found["factor-2"].values, factors[run.latents().rows, 1]) and found["factor-2"].unit == ""


def test_places_and_dimensions_are_those_of_closed_forms(run: Run) -> None:
    found, latents = columns(run), run.latents()
    mu, variance = latents.mu.astype(np.float64), np.exp(latents.log_var.astype(np.float64))
    apart = np.sqrt(((mu[:, None] - mu) ** 2).sum(2)) + np.diag(np.full(len(mu), np.inf))
    np.testing.assert_allclose(found["neighbour"].values, apart.min(1), rtol=1e-5, atol=1e-6)
    others = stats.norm.pdf(mu[:, None], mu, np.sqrt(variance)).prod(2)
    np.fill_diagonal(others, 0)
    np.testing.assert_allclose(found["log_density"].values, np.log(others.sum(1) / (len(mu) - 1)), rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(found["mu-2"].values, mu[:, 1])
    np.testing.assert_allclose(found["sigma-1"].values, np.sqrt(variance[:, 0]))
    np.testing.assert_allclose(found["kl-1"].values + found["kl-2"].values, found["kl"].values, rtol=1e-5)
    units = {name: found[name].unit for name in ("neighbour", "log_density", "mu-1", "sigma-1", "kl-1")}
    assert units == {"neighbour": "", "log_density": "nats", "mu-1": "", "sigma-1": "", "kl-1": "nats"}


def test_what_takes_time_is_computed_when_it_is_asked_for() -> None:
    """Nothing is computed for the list of columns; values are read once."""
    asked: list[int] = []
    column = Column("x", "place", "number", lambda: asked.append(1) or np.array([1, 2]))  # type: ignore[func-returns-value]
    assert not asked and column.values.dtype == np.float64 and column.values is column.values and asked == [1]


def test_values_are_written_as_a_person_writes_them() -> None:
    read = np.array([12345678901, 0.1, np.nan, -3])
    assert Column("x", "table", "number", lambda: read).in_words() == ["12345678901", "0.1", "", "-3"]
    times = np.array([0, 86_400 * 366, 1.5, np.nan, 1e300])
    assert Column("x", "table", "date", lambda: times).in_words() == [
        "1970-01-01",
        "1971-01-02",
        "1970-01-01 00:00:01.500000",
        "",
        repr(1e300),
    ]
    assert Column("x", "table", "category", lambda: np.array([1, -1]), ("a", "<b>")).in_words() == ["<b>", ""]
