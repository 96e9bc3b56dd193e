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
from vae_core.diagnostics.advice import MOST_DIMENSIONS, advise, collapse
from vae_core.runs.listing import list_runs


def config(objective: ObjectiveConfig | None = None, **train: Any) -> RunConfig:
    return RunConfig(
        model=ModelConfig(latent_size=16), objective=objective or ObjectiveConfig(), train=TrainConfig(**{"epochs": 100, **train})
    )


def summary(asleep: int = 0, best: int = 80, epochs: int = 100, score: float | None = 99.0) -> dict[str, Any]:
    test = {"asleep": asleep, "active_units": 16 - asleep, "kl": 0.00042}
    return {"test": test, "best_epoch": best, "epochs": epochs, "validation_score": score}


def said(config: RunConfig, summary: dict[str, Any]) -> list[str]:
    return [one.sentence for one in advise(config, summary)]


def redrawing(difference: float, error: float | None = 0.01) -> dict[str, Any]:
    return {"difference": {"value": difference, "standard_error": error}}


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
    assert said(config(objective), summary(asleep=6)) == [f"6 of 16 dimensions are inactive: {action}"]
    assert said(config(objective), summary(asleep=1)) == [f"1 of 16 dimensions is inactive: {action}"]
    (collapsed,) = said(config(objective), summary(asleep=16))
    assert collapsed.startswith("All 16 dimensions are inactive (KL 0.0004 nats per image), so the decoder draws the same picture")
    assert collapsed.endswith(action)
    (alone,) = said(replace(config(objective), model=ModelConfig(latent_size=1)), summary(asleep=1))
    assert alone.startswith("The only dimension is inactive (KL 0.0004 nats per image)")
    assert "(KL < 0.0001 nats" in (collapse(config(), {"test": {"asleep": 16, "kl": 4.9e-5}}) or "")
    assert collapse(config(objective), summary(asleep=16)) == collapsed and collapse(config(objective), summary(asleep=15)) is None


@pytest.mark.parametrize(("best", "epochs"), [(12, 100), (50, 100), (5, 10)])
def test_a_best_epoch_long_ago_is_called_overfitting(best: int, epochs: int) -> None:
    (sentence,) = said(config(), summary(best=best, epochs=epochs))
    assert sentence.startswith(f"The best epoch was {best} of {epochs},") and "overfitting" in sentence and "(now 0.01)" in sentence


@pytest.mark.parametrize(("best", "epochs", "patience"), [(51, 100, 0), (1, 3, 0), (4, 8, 0), (12, 32, 20)])
def test_a_best_epoch_not_long_ago_or_a_training_that_stopped_itself_is_not(best: int, epochs: int, patience: int) -> None:
    assert advise(config(patience=patience), summary(best=best, epochs=epochs)) == []


def test_a_best_epoch_that_is_the_last_asks_for_more() -> None:
    assert said(config(), summary(best=100)) == ["The best epoch was the last one, so more epochs may help: train longer (--epochs 200)."]


@pytest.mark.parametrize("best", [3, 100])
def test_without_held_out_images_nothing_is_said_of_the_best_epoch(best: int) -> None:
    assert advise(config(), summary(best=best, score=None)) == []


def test_the_shipped_runs_are_judged_by_their_own_numbers() -> None:
    runs, _ = list_runs(SHIPPED)
    found = {run.id: said(run.config, run.summary) for run in runs}
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
    found += [advise(config(objective), summary(), redrawing(0.1))[:1], advise(config(objective), summary(), redrawing(-0.1))]
    for (one,) in found:
        with in_language("zh"):
            told = translated(one.sentence)
        assert not re.search("[{}]|dimension|epoch", told) and re.search("[\u4e00-\u9fff]", told)
        assert set(re.findall(r"\d+(?:\.\d+)?", told)) <= set(re.findall(r"\d+(?:\.\d+)?", one.sentence))


def test_every_way_is_made_of_settings_that_can_be_chosen_and_are_not_those_of_now() -> None:
    objectives = [ObjectiveConfig(), ObjectiveConfig(objective="free-bits"), ObjectiveConfig(objective="capacity", capacity=0.0)]
    for one in [config(objective) for objective in objectives]:
        found = [
            *advise(one, summary(asleep=16)),
            *advise(one, summary(asleep=6, best=12)),
            *advise(one, summary(best=100), redrawing(0.1)),
        ]
        assert len(found) == 6
        for way in [way for advice in found for way in advice.ways]:
            assert one.with_settings(**way) != one
    warm = config(ObjectiveConfig(kl_warmup_epochs=5.0))
    assert [way.keys() for way in advise(warm, summary(asleep=1))[0].ways] == [{"beta"}, {"objective"}]


def test_a_model_that_pca_beats_is_told_so_and_one_in_doubt_is_not() -> None:
    (beaten, _) = advise(config(), summary(), redrawing(0.021))
    assert beaten.sentence.startswith("PCA of the same size redraws") and beaten.ways == ({"epochs": 200}, {"beta": 0.5})
    for difference, error in ((0.019, 0.01), (-0.5, 0.01), (0.0, None), (0.5, None)):
        (only,) = advise(config(), summary(), redrawing(difference, error))
        assert only.ways == ({"latent_size": 32},)
    assert advise(config(), summary(asleep=1), redrawing(-1.0))[-1].ways != ({"latent_size": 32},), "some carry nothing"
    many = replace(config(), model=ModelConfig(latent_size=MOST_DIMENSIONS))
    assert advise(many, summary(), redrawing(-1.0)) == []


def test_a_run_that_costs_no_more_on_unseen_images_is_not_overfitted_however_early_its_best_epoch() -> None:
    def given(gap: float, worse: float = 0.0) -> dict[str, Any]:
        cost, error = {"value": 100.0 + gap, "standard_error": 0.3}, {"value": 0.03 + worse, "standard_error": 0.003}
        learned = {"cost": {"value": 100.0, "standard_error": 0.4}, "error": {"value": 0.03, "standard_error": 0.004}}
        return redrawing(-1.0) | {"cost": cost, "model": error, "learned": learned}

    cases = given(0.9), given(1.1), given(0.9, 0.009), given(0.9, 0.011)
    kept = [any("overfitting" in one.sentence for one in advise(config(), summary(best=12), case)) for case in cases]
    assert kept == [False, True, False, True] and "overfitting" in said(config(), summary(best=12))[0]
    assert [one.sentence[:6] for one in advise(config(), summary(asleep=16, best=12), redrawing(1.0))] == ["All 16"], "it says all"
