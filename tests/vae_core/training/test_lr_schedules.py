"""Learning rates: torch's own one-cycle schedule, and the others by hand."""

from __future__ import annotations

import math

import pytest
import torch

from vae_core.config import TrainConfig
from vae_core.training.lr_schedules import RATES, constant, cosine, one_cycle


@pytest.mark.parametrize("total_steps", [20, 57, 400])
@pytest.mark.parametrize("lr_warmup", [0.1, 0.3, 0.77])
def test_one_cycle_is_that_of_torch(total_steps: int, lr_warmup: float) -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    reference = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.2, total_steps=total_steps, pct_start=lr_warmup)
    config = TrainConfig(learning_rate=0.2, lr_warmup=lr_warmup)
    for step in range(total_steps):
        assert one_cycle(step, total_steps, config) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-9), step
        if step + 1 < total_steps:
            optimizer.step()
            reference.step()


def test_cosine_rises_in_a_line_and_falls_along_a_cosine() -> None:
    config = TrainConfig(learning_rate=0.4, lr_warmup=0.2)
    found = [cosine(step, 20, config) for step in range(20)]
    assert found[:5] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.4])
    assert found[12] == pytest.approx(0.2)  # half of the way down, step 4 + 16 / 2
    assert found[16] == pytest.approx(0.4 * 0.5 * (1 + math.cos(math.pi * 12 / 16)))
    assert found[4:] == sorted(found[4:], reverse=True) and 0 < found[-1] < 0.01


def test_constant_rises_in_a_line_and_stays() -> None:
    config = TrainConfig(learning_rate=0.4, lr_warmup=0.2)
    assert [constant(step, 20, config) for step in (0, 1, 3, 4, 19)] == pytest.approx([0.1, 0.2, 0.4, 0.4, 0.4])
    assert constant(0, 20, TrainConfig(learning_rate=0.4, lr_warmup=0)) == 0.4


@pytest.mark.parametrize("name", RATES)
@pytest.mark.parametrize("lr_warmup", [0.0, 0.02, 0.5, 1.0])
@pytest.mark.parametrize("total_steps", [1, 2, 7, 300])
def test_a_rate_is_above_zero_and_never_above_the_highest(name: str, lr_warmup: float, total_steps: int) -> None:
    config = TrainConfig(learning_rate=3e-3, lr_warmup=lr_warmup)
    rates = [RATES[name](step, total_steps, config) for step in range(total_steps)]
    assert min(rates) > 0 and max(rates) <= 3e-3 * (1 + 1e-12)
    assert max(rates) > 1e-3
