"""Advice on finished runs: the right sentence for the numbers, and none without cause."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from dashboard.i18n.messages import translated
from dashboard.i18n.texts import in_language
from tests.places import SHIPPED
from vae_core.config import ModelConfig, ObjectiveConfig, RunConfig, TrainConfig
from vae_core.diagnostics.advice import advise, collapse
from vae_core.runs.listing import list_runs


def config(objective: ObjectiveConfig | None = None, **train: Any) -> RunConfig:
    return RunConfig(
        model=ModelConfig(latent_size=16), objective=objective or ObjectiveConfig(), train=TrainConfig(**{"epochs": 100, **train})
    )


def summary(asleep: int = 0, best: int = 80, epochs: int = 100, score: float | None = 99.0) -> dict[str, Any]:
    return {"test": {"asleep": asleep, "kl": 0.00042}, "best_epoch": best, "epochs": epochs, "validation_score": score}


def test_a_sound_run_gets_no_advice() -> None:
    assert advise(config(), summary()) == []


@pytest.mark.parametrize(
    ("objective", "action"),
    [
        (ObjectiveConfig(), "lower beta (now 1), warm it up (--kl-warmup-epochs 25) or use free bits (--objective free-bits)."),
        (ObjectiveConfig(kl_warmup_epochs=5.0), "lower beta (now 1) or use free bits (--objective free-bits)."),
        (
            ObjectiveConfig(objective="beta-tc", beta=6.0, kl_schedule="cyclical"),
            "lower beta (now 6) or use free bits (--objective free-bits).",
        ),
        (ObjectiveConfig(objective="free-bits", free_bits=0.005), "raise --free-bits (now 0.005)."),
        (ObjectiveConfig(objective="capacity", capacity=2.0), "raise --capacity (now 2)."),
    ],
)
def test_sleeping_dimensions_are_named_with_what_wakes_them(objective: ObjectiveConfig, action: str) -> None:
    assert advise(config(objective), summary(asleep=6)) == [f"6 of 16 dimensions are inactive: {action}"]
    assert advise(config(objective), summary(asleep=1)) == [f"1 of 16 dimensions is inactive: {action}"]
    (collapsed,) = advise(config(objective), summary(asleep=16))
    assert collapsed.startswith("All 16 dimensions are inactive (KL 0.0004 nats per image), so the decoder draws the same picture")
    assert collapsed.endswith(action)
    (alone,) = advise(replace(config(objective), model=ModelConfig(latent_size=1)), summary(asleep=1))
    assert alone.startswith("The only dimension is inactive (KL 0.0004 nats per image)")
    assert "(KL < 0.0001 nats" in (collapse(config(), {"test": {"asleep": 16, "kl": 4.9e-5}}) or "")
    assert collapse(config(objective), summary(asleep=16)) == collapsed and collapse(config(objective), summary(asleep=15)) is None


@pytest.mark.parametrize(("best", "epochs"), [(12, 100), (50, 100), (5, 10)])
def test_a_best_epoch_long_ago_is_called_overfitting(best: int, epochs: int) -> None:
    (sentence,) = advise(config(), summary(best=best, epochs=epochs))
    assert sentence.startswith(f"The best epoch was {best} of {epochs},") and "overfitting" in sentence and "(now 0.01)" in sentence


@pytest.mark.parametrize(("best", "epochs", "patience"), [(51, 100, 0), (1, 3, 0), (4, 8, 0), (12, 32, 20)])
def test_a_best_epoch_not_long_ago_or_a_training_that_stopped_itself_is_not(best: int, epochs: int, patience: int) -> None:
    assert advise(config(patience=patience), summary(best=best, epochs=epochs)) == []


def test_a_best_epoch_that_is_the_last_asks_for_more() -> None:
    assert advise(config(), summary(best=100)) == ["The best epoch was the last one, so more epochs may help: train longer (--epochs 200)."]


@pytest.mark.parametrize("best", [3, 100])
def test_without_held_out_images_nothing_is_said_of_the_best_epoch(best: int) -> None:
    assert advise(config(), summary(best=best, score=None)) == []


def test_the_shipped_runs_are_judged_by_their_own_numbers() -> None:
    runs, _ = list_runs(SHIPPED)
    found = {run.id: advise(run.config, run.summary) for run in runs}
    assert found
    for run in runs:
        sentences = found[run.id]
        assert bool(run.summary["test"]["asleep"]) == any("inactive" in sentence for sentence in sentences)
        assert (run.summary["best_epoch"] == run.summary["epochs"]) == any("train longer" in sentence for sentence in sentences)
        assert all(re.fullmatch(r"([^.]|\.\d)+\.", sentence) for sentence in sentences), "one sentence each"


@pytest.mark.parametrize(
    "objective",
    [
        ObjectiveConfig(),
        ObjectiveConfig(kl_warmup_epochs=5.0),
        ObjectiveConfig(objective="free-bits"),
        ObjectiveConfig(objective="capacity"),
    ],
)
def test_advice_is_told_in_chinese_with_the_same_numbers(objective: ObjectiveConfig) -> None:
    found = [advise(config(objective), one) for one in (summary(asleep=6), summary(asleep=16), summary(best=12), summary(best=100))]
    for (said,) in found:
        with in_language("zh"):
            told = translated(said)
        assert not re.search("[{}]|dimension|epoch", told) and re.search("[\u4e00-\u9fff]", told)
        assert set(re.findall(r"\d+(?:\.\d+)?", told)) <= set(re.findall(r"\d+(?:\.\d+)?", said))
