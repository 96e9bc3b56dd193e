"""What a set answers, against SciPy, closed forms and plain sums."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from tests.conftest import tiny_config
from vae_core.cli.set_lines import answers
from vae_core.config import ObjectiveConfig
from vae_core.data import sources
from vae_core.evaluation import selected
from vae_core.runs.columns import Column
from vae_core.runs.listing import load_run
from vae_core.training.runner import train

RNG = np.random.default_rng(0)
CHOSEN = np.arange(300) < 90


def number(values: np.ndarray, unit: str = "nats") -> Column:
    return Column("x", "cost", "number", lambda: values, unit=unit)


def test_means_and_their_errors_are_those_of_scipy() -> None:
    values = RNG.normal(size=300) + CHOSEN
    found = selected.contrasts([number(values), number(values, "")], CHOSEN, ~CHOSEN)["x"]
    assert found.chosen.standard_error == pytest.approx(stats.sem(values[CHOSEN]))
    t = stats.ttest_ind(values[CHOSEN], values[~CHOSEN], equal_var=False)
    assert found.difference / found.standard_error == pytest.approx(t.statistic)
    assert math.isnan(selected.Mean.of(np.array([1.0])).standard_error) and math.isnan(selected.Mean.of(np.array([])).value)


def test_hedges_g_is_the_t_statistic_of_pooled_spread_and_its_interval_covers() -> None:
    rng, hits = np.random.default_rng(3), 0
    for _ in range(400):
        values = rng.normal(size=300) + 0.5 * CHOSEN
        (effect,) = selected.effects([number(values)], CHOSEN, ~CHOSEN)
        hits += effect.low <= 0.5 <= effect.high
    t = stats.ttest_ind(values[CHOSEN], values[~CHOSEN]).statistic
    assert effect.size == pytest.approx(t * math.sqrt(1 / 90 + 1 / 210) * (1 - 3 / (4 * 298 - 1)))
    assert 400 * 0.92 < hits < 400 * 0.98


def test_shares_are_compared_by_cohens_h_and_a_thousand_classes_are_three_lines() -> None:
    labels = RNG.integers(0, 1000, 300)
    labels[:40] = 7
    column = Column("class", "image", "category", lambda: labels, categories=tuple(map(str, range(1000))))
    found = selected.effects([column, number(np.zeros(300))], CHOSEN, ~CHOSEN)
    assert len(found) == selected.CATEGORIES and found[0].category == "7"
    a, b = (labels[CHOSEN] == 7).mean(), (labels[~CHOSEN] == 7).mean()
    assert found[0].size == pytest.approx(2 * math.asin(math.sqrt(a)) - 2 * math.asin(math.sqrt(b)))
    assert (found[0].high - found[0].low) / 2 == pytest.approx(stats.norm.ppf(0.975) * math.sqrt(1 / 90 + 1 / 210))
    assert [abs(one.size) for one in found] == sorted((abs(one.size) for one in found), reverse=True)


def test_what_is_not_defined_is_left_out() -> None:
    nothing, one = np.zeros(300, bool), np.arange(300) == 5
    columns = [
        number(RNG.normal(size=300)),
        number(np.full(300, np.nan)),
        Column("c", "table", "category", lambda: np.full(300, -1), categories=("a",)),
    ]
    assert selected.effects(columns, nothing, ~nothing) == []
    assert len(selected.effects(columns, one, ~one)) == 1
    assert selected.effects(columns[:1], one, np.arange(300) == 6) == []
    assert selected.direction(np.zeros((300, 2)), nothing, one) is None
    assert math.isnan(selected.direction(np.zeros((300, 1)), one, ~one).turn)
    mu = RNG.normal(size=(300, 2))
    for start, end in ((one, ~one), (~one, one), (one, np.arange(300) == 6)):
        way = selected.direction(mu, start, end)
        assert math.isnan(way.turn) and way.length > 0, "every sample of one image is that image"


def test_a_direction_is_the_difference_of_means_and_its_bootstrap_is_their_error() -> None:
    mu = RNG.normal(size=(300, 3)) + CHOSEN[:, None] * [4.0, 0, 0]
    way = selected.direction(mu, ~CHOSEN, CHOSEN, rounds=2000)
    assert way.vector == pytest.approx(mu[CHOSEN].mean(0) - mu[~CHOSEN].mean(0)) and way.turn < 5
    assert way.standard_error == pytest.approx(np.hypot(stats.sem(mu[CHOSEN]), stats.sem(mu[~CHOSEN])), rel=0.1)


def test_pictures_of_a_set(tiny_root: Path) -> None:
    run = load_run(tiny_root, "tiny-2d")
    latents, values = run.latents(), sources.load("digits").values
    chosen = latents.labels == 3
    assert selected.mean_picture(run, latents.rows[chosen]) == pytest.approx(values[latents.rows[chosen]].mean(0) / 16)
    sheet = selected.contact_sheet(run, latents.rows[chosen][:5][::-1])
    assert sheet.shape == (16, 24) and not sheet[8:, 16:].any()
    assert np.array_equal(sheet[8:, 8:16], np.round(values[latents.rows[chosen][4]] / np.float32(16) * 255))
    decoder = run.decoder()
    assert selected.centroid(run, chosen) == pytest.approx(decoder.decode_mean(latents.mu[chosen].mean(0)[None])[0], abs=1e-5)
    way = selected.direction(latents.mu, chosen, ~chosen)
    steps = selected.walk(decoder, latents.mu[0], way, [0, 1])
    assert steps[0] == pytest.approx(decoder.decode_mean(latents.mu[:1])[0], abs=1e-5)
    assert steps[1] == pytest.approx(decoder.decode_mean((latents.mu[0] + way.vector)[None])[0], abs=1e-5)


def test_an_autoencoder_of_one_dimension_answers_too(tmp_path: Path) -> None:
    config = replace(tiny_config(latent_size=1, epochs=1, snapshots=0), objective=ObjectiveConfig(objective="ae"))
    run = train(config, tmp_path / "ae")
    run.select("one", run.latents().rows[:1])
    run.select("two", run.latents().rows[1:9])
    lines = answers(run, "one", "two")
    assert "1 of" in lines[0] and any("z1" in line for line in lines) and not any("nan" in line or "KL" in line for line in lines)
    run.select("none", [])
    assert len(answers(run, "none", None)) == 1
