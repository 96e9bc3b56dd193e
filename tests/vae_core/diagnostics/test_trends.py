"""Trends while a run trains: curves that move, curves that only seem to, overfitting, an empty map."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vae_core.diagnostics.trends import Trend, change, find_trends


def history(train: dict[str, Any], validation: dict[str, Any] | None = None) -> dict[str, np.ndarray]:
    """Return columns as Run.history gives them; a number stands for a column of it."""
    rows: dict[str, list[Any]] = {key: [] for key in ("epoch", "split", "loss", "reconstruction", "kl", "kl_weight")}
    for split, columns in (("train", train), ("validation", validation or {})):
        n = max((len(np.atleast_1d(values)) for values in columns.values()), default=0)
        for key in ("loss", "reconstruction", "kl", "kl_weight"):
            rows[key] += list(np.broadcast_to(columns.get(key, 1.0), n)) if columns else []
        rows["epoch"] += list(range(1, n + 1))
        rows["split"] += [split] * n
    return {key: np.array(values) for key, values in rows.items()}


def kinds(train: dict[str, Any], validation: dict[str, Any] | None = None) -> list[str]:
    """Return the kinds of the trends of a history of two dimensions."""
    return [trend.kind for trend in find_trends(history(train, validation), 2)]


def noisy(curve: np.ndarray, size: float = 0.05, seed: int = 0) -> np.ndarray:
    """Return a curve with the noise of one epoch after another."""
    return curve + size * np.random.default_rng(seed).standard_normal(len(curve))


EPOCHS = np.arange(60.0)
FALLING = 100 + 60 * np.exp(-EPOCHS / 20)
RISING = 2 + 4 * (1 - np.exp(-EPOCHS / 40))


def test_before_the_first_epoch_there_is_nothing_yet() -> None:
    assert find_trends(history({}), 2) == [Trend("nothing_yet")]


def test_curves_that_move_are_found() -> None:
    assert kinds({"reconstruction": noisy(FALLING), "kl": noisy(RISING)}) == ["kl_rising", "drawing_better"]
    assert kinds({"reconstruction": noisy(FALLING[::-1]), "kl": noisy(RISING[::-1])}) == ["kl_falling", "drawing_worse"]


def test_the_numbers_are_those_of_the_curve() -> None:
    straight = 200 - EPOCHS  # the means of six epochs and of the six before are six apart
    (found,) = find_trends(history({"reconstruction": straight, "kl": np.full(60, 5.0)}), 2)
    assert found == Trend("drawing_better", {"nats": pytest.approx(6), "n": 6})


def test_the_held_out_images_count_where_there_are_any() -> None:
    moving, flat = {"reconstruction": noisy(FALLING), "kl": noisy(RISING)}, {"reconstruction": noisy(0 * EPOCHS + 100), "kl": 5.0}
    assert "drawing_better" in kinds(flat, moving)
    assert not {"drawing_better", "drawing_worse"} & set(kinds(moving, flat))


def test_a_flat_curve_is_not_taken_for_a_moving_one() -> None:
    for size in (0.01, 0.5, 5.0):
        alarms = sum(change(100 + size * np.random.default_rng(seed).standard_normal(60))[0] != 0 for seed in range(400))
        assert alarms <= 8, size
    flat = history({"reconstruction": noisy(0 * EPOCHS + 100), "kl": noisy(0 * EPOCHS + 5, 0.01)})
    assert find_trends(flat, 2) == [Trend("still", {"n": 12})]


def test_overfitting_is_found_with_its_epoch() -> None:
    valley = 100 + 0.02 * (EPOCHS - 20) ** 2
    split = {"reconstruction": noisy(FALLING), "kl": 5.0}, {"reconstruction": noisy(valley), "kl": 5.0, "loss": noisy(valley)}
    first = find_trends(history(*split), 2)[0]
    best = 1 + int(np.argmin(split[1]["loss"]))
    assert (first.kind, first.values["epoch"]) == ("overfitting", best) and abs(best - 21) <= 3


def overfits(loss: np.ndarray, weight: np.ndarray | float = 1.0, train: np.ndarray = FALLING) -> bool:
    """Tell whether a validation curve is taken for overfitting."""
    columns = {"reconstruction": loss, "kl": 5.0, "loss": loss, "kl_weight": weight}
    return "overfitting" in kinds({"reconstruction": train, "kl": 5.0, "kl_weight": weight}, columns)


def test_overfitting_is_not_found_too_early() -> None:
    assert not overfits(noisy(FALLING))  # still getting better
    assert not any(overfits(noisy(0 * EPOCHS + 100, 0.5, seed)) for seed in range(100))  # nothing but noise
    valley = 100 + 0.02 * (EPOCHS - 20) ** 2
    assert overfits(noisy(valley)) and not overfits(noisy(valley)[:24])  # the best epoch is only just over
    assert not overfits(noisy(valley), train=noisy(valley))  # the training images get worse too: something else is wrong
    assert not overfits(noisy(valley), weight=EPOCHS / 60)  # the weight of the KL changes, so losses cannot be compared


def test_an_empty_map_is_found_only_once_the_kl_counts() -> None:
    weight = np.minimum(EPOCHS / 30, 1)
    assert "empty" in kinds({"reconstruction": FALLING, "kl": 1e-3, "kl_weight": weight})
    early = find_trends(history({"reconstruction": FALLING[:20], "kl": 1e-3, "kl_weight": weight[:20]}), 2)
    assert Trend("empty") not in early and Trend("warming", {"weight": weight[19]}) in early


def test_an_autoencoder_has_no_kl_to_speak_of() -> None:
    assert kinds({"reconstruction": noisy(FALLING), "kl": np.nan, "kl_weight": 0.0}) == ["drawing_better"]
