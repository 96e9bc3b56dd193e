"""Schedules of the KL weight: what they rise to, when they end, and what contradicts itself."""

from __future__ import annotations

import itertools
import re

import pytest

from tests.vae_core.model.helpers import B, made
from vae_core.config import ConfigError, ObjectiveConfig, TrainConfig
from vae_core.model.kl_schedules import SCHEDULES, Schedule, cyclical, linear
from vae_core.model.objectives import Context, build_objective


def test_the_linear_schedule_rises_and_stays() -> None:
    assert [linear(step, 4, 99) for step in (0, 1, 2, 4, 9)] == [0, 0.25, 0.5, 1, 1]
    assert linear(0, 0, 99) == 1


def test_the_cyclical_schedule_starts_anew_four_times() -> None:
    rises = [cyclical(step, 0, 80) for step in range(80)]
    assert rises[:20] == [*(step / 10 for step in range(10)), *[1.0] * 10]
    assert rises == rises[:20] * 4
    assert [cyclical(step, 4, 80) for step in range(40)] == [*(step / 4 for step in range(4)), *[1.0] * 16] * 2


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_share_is_between_0_and_1(name: str) -> None:
    shares = [SCHEDULES[name](step, warmup, 70) for step in range(70) for warmup in (0, 0.3, 6.5, 17)]
    assert min(shares) >= 0 and max(shares) == 1


@pytest.mark.parametrize(
    ("schedule", "warmup", "end"), [("constant", 0, 0), ("linear", 0, 0), ("linear", 2, 10), ("cyclical", 0, 53), ("cyclical", 0.5, 48)]
)
def test_early_stopping_is_told_when_the_warm_up_is_over(schedule: str, warmup: float, end: int) -> None:
    objective = made(epochs=12, kl_schedule=schedule, kl_warmup_epochs=warmup, beta=3.0)
    weights = [objective.weight(Context(step, 60, B)) for step in range(60)]
    assert objective.warm_steps == end
    assert weights[end:] == [3.0] * (60 - end) and weights[end - 1 : end] != [3.0]


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_end_of_the_warm_up_is_found_without_a_look_at_every_step(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for total, warmup in itertools.product((1, 2, 3, 5, 61, 70, 240), (0, 0.3, 1, 6.5, 15, 17)):
        schedule = Schedule(SCHEDULES[name], warmup, total)
        assert schedule.end == next((step + 1 for step in reversed(range(total)) if schedule(step) < 1), 0)
    asked: list[int] = []
    share = Schedule.__call__
    monkeypatch.setattr(Schedule, "__call__", lambda self, step: asked.append(step) or share(self, step))
    assert Schedule(SCHEDULES[name], 1000.0, 10**6).end == {"constant": 0, "linear": 1000, "cyclical": 751_000}[name]
    assert len(asked) < 100


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kl_warmup_epochs": 5.0}, "5 epochs, .* shorten the warm-up or train longer"),
        ({"kl_warmup_epochs": 1.25, "kl_schedule": "cyclical"}, "4 cycles has 1.25 epochs, .* shorten the warm-up or train longer"),
        ({"kl_warmup_epochs": 1.0, "kl_schedule": "constant"}, "set it to 0, or choose linear"),
        ({"objective": "magic"}, "choose one of elbo, ae"),
        ({"kl_schedule": "magic"}, "choose one of constant, linear"),
    ],
)
def test_what_contradicts_itself_is_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words) as refusal:
        build_objective(ObjectiveConfig(**settings), TrainConfig(epochs=5), 1)  # type: ignore[arg-type]
    assert re.fullmatch(r"([^.]|\.\d)+\.", str(refusal.value)), "one sentence"
