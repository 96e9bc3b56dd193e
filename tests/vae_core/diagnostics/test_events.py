"""Events of training: curves by hand, noise that must not be taken for an event, the shipped runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.places import SHIPPED
from vae_core.diagnostics.events import find_events, scatter
from vae_core.latent.latents import ASLEEP
from vae_core.runs.listing import load_run


def history(reconstruction: Any, kl: Any, split: str = "validation", loss: Any = None) -> dict[str, np.ndarray]:
    """Return columns of a history with ten steps an epoch."""
    reconstruction, kl = np.asarray(reconstruction, float), np.asarray(kl, float)
    epoch = np.arange(1, len(kl) + 1)
    total = reconstruction + kl
    columns = {"step": 10 * epoch, "epoch": epoch, "split": np.full(len(kl), split)}
    return {**columns, "reconstruction": reconstruction, "kl": kl, "negative_elbo": total, "loss": total if loss is None else loss}


def kinds(*columns: Any, kl_per_dim: Any = None, **options: Any) -> dict[str, int]:
    """Return what was found, {kind: epoch}."""
    return {event.kind: event.epoch for event in find_events(history(*columns, **options), kl_per_dim)}


EPOCHS = np.arange(40)
FLAT = np.full(40, 5.0)


def test_the_bend_is_where_the_curve_lies_deepest_below_its_chord() -> None:
    time = EPOCHS / 39
    for speed in (4, 8, 20):
        fall = np.exp(-speed * time)
        lead = (1 - fall) / (1 - np.exp(-speed)) - time  # its largest value by calculus: exp(-st) = (1 - exp(-s)) / s
        exact = np.log(speed / (1 - np.exp(-speed))) / speed * 39
        found = kinds(100 + 50 * fall, FLAT)["bend"] - 1
        assert found == lead.argmax() and abs(found - exact) <= 1


@pytest.mark.parametrize("seed", range(10))
def test_no_bend_in_a_line_in_noise_or_in_a_gentle_curve(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(size=40)
    assert "bend" not in kinds(100 + noise, FLAT), "noise alone"
    assert "bend" not in kinds(100 - EPOCHS + 0.3 * noise, FLAT), "a straight line"
    assert "bend" not in kinds(100 + 50 * np.exp(-1.5 * EPOCHS / 39), FLAT), "hardly bent"
    assert kinds(100 + 50 * np.exp(-10 * EPOCHS / 39) + 0.3 * noise, FLAT)["bend"] == pytest.approx(10, abs=4), "bent, with noise"


def test_what_comes_after_the_lowest_point_does_not_move_the_bend() -> None:
    falls = 50 * np.exp(-0.3 * EPOCHS)
    alone = kinds(100 + falls[:30], FLAT[:30])["bend"]
    learned_by_heart = np.r_[100 + falls[:30], 101 + np.arange(10.0)]
    assert kinds(learned_by_heart, FLAT)["bend"] == alone


@pytest.mark.parametrize("seed", range(10))
def test_a_dip_is_told_from_noise_a_fall_and_a_rise(seed: int) -> None:
    noise = 0.1 * np.random.default_rng(seed).normal(size=40)
    dip = 8 - 3 * np.exp(-(((EPOCHS - 12) / 4) ** 2))
    (found,) = [event for event in find_events(history(FLAT, dip + noise)) if event.kind == "dip"]
    assert found.epoch == pytest.approx(13, abs=3) and found.values["kl"] == pytest.approx(5, abs=0.4)
    assert found.values["before"] > found.values["kl"] < found.values["after"]
    assert found.values["before"] == pytest.approx(8, abs=0.5) and found.values["after"] == pytest.approx(8, abs=0.5)
    for plain in (8 - 0.1 * EPOCHS, 0.1 * EPOCHS, FLAT):
        assert "dip" not in kinds(FLAT, plain + noise)
    assert "dip" not in kinds(FLAT, np.where(EPOCHS == 12, 5.0, 8.0)), "a single stray epoch"
    assert "dip" not in kinds(FLAT, 8 - 0.2 * np.exp(-(((EPOCHS - 12) / 4) ** 2))), "too shallow to be seen"


def test_units_wake_and_fall_asleep_for_good() -> None:
    def of(kl: Any, epochs: int = 8) -> list[tuple[str, int, list[int]]]:
        found = find_events(history(np.ones(epochs), np.ones(epochs)), np.asarray(kl, float).reshape(epochs, -1))
        return [(event.kind, event.epoch, event.values["dims"]) for event in found if "dims" in event.values]

    low, high = ASLEEP / 10, 1.0
    assert of([high] * 8) == of([low] * 8) == []
    assert of([low] * 3 + [high] * 5) == [("wakes", 4, [0])]
    assert of([high] * 2 + [low] * 6) == [("sleeps", 3, [0])]
    assert of([high] * 2 + [low] * 3 + [high] * 3) == [("sleeps", 3, [0]), ("wakes", 6, [0])]
    assert of([low] * 3 + [high] + [low] * 4) == [], "one epoch awake"
    assert of([low] * 7 + [high]) == [], "nobody knows yet whether it lasts"
    flicker = ASLEEP * np.array([0.5, 1.1, 0.9, 1.2, 0.8, 1.5, 0.7, 1.3])
    assert of(flicker) == [], "close to the line it flickers"
    together = np.stack([[high] * 2 + [low] * 6, [high] * 8, [high] * 2 + [low] * 6], 1)
    assert of(together) == [("sleeps", 3, [0, 2])]


def test_the_best_epoch_is_the_first_lowest_score_of_validation() -> None:
    score = np.array([9.0, 7, 5, 6, 5])
    (best,) = [event for event in find_events(history(np.ones(5), np.ones(5), loss=score)) if event.kind == "best"]
    assert best.epoch == 3 and best.step == 30 and best.values == {"is_last": False}
    assert "best" not in kinds(np.ones(5), np.ones(5), split="train", loss=score)
    (last,) = [event for event in find_events(history(np.ones(5), np.ones(5), loss=-np.arange(5))) if event.kind == "best"]
    assert last.values == {"is_last": True}


def test_short_broken_and_kl_free_histories_are_taken_as_they_are() -> None:
    nothing = {key: values[:0] for key, values in history([1], [1]).items()}
    assert find_events(nothing) == [] and find_events(history([3], [1])) == []
    fall = 100 + 50 * np.exp(-10 * EPOCHS / 39)
    deterministic = history(fall, np.full(40, np.nan), loss=fall)
    assert {event.kind for event in find_events(deterministic, np.full((40, 2), np.nan))} == {"bend", "best"}
    assert kinds(np.where(EPOCHS == 3, np.nan, fall), FLAT) == {"best": 40}


def test_the_scatter_is_that_of_the_noise_and_not_of_the_curve() -> None:
    noise = np.random.default_rng(0).normal(size=4000)
    assert scatter(noise) == pytest.approx(1, rel=0.05)
    assert scatter(100 * np.exp(-np.linspace(0, 5, 4000)) + noise) == pytest.approx(1, rel=0.05)
    assert scatter(np.arange(10.0)) == 0


@pytest.mark.parametrize("name", ["digits-2d", "mnist-2d", "mnist-16d"])
def test_the_shipped_runs_are_described_as_they_are(name: str) -> None:
    run = load_run(SHIPPED, name)
    columns, kl = run.history(), run.epochs()["kl_per_dim"]
    found = find_events(columns, kl)
    by_kind = {event.kind: event for event in found}
    assert by_kind["best"].epoch == run.summary["best_epoch"] and [n.step for n in found] == sorted(n.step for n in found)
    validation = {key: values[columns["split"] == "validation"] for key, values in columns.items()}
    bend = by_kind["bend"].epoch - 1
    gain = (validation["negative_elbo"][0] - validation["negative_elbo"][bend]) / np.ptp(validation["negative_elbo"])
    assert by_kind["bend"].values["share"] == pytest.approx(gain) and gain - bend / (len(kl) - 1) > 0.3
    asleep = {dim for event in found if event.kind == "sleeps" for dim in event.values["dims"]}
    asleep -= {dim for event in found if event.kind == "wakes" for dim in event.values["dims"]}
    assert asleep == set(np.flatnonzero(kl[-1] < ASLEEP).tolist()) and len(asleep) == (5 if name == "mnist-16d" else 0)
