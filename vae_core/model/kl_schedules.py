"""How the weight of the KL term rises during training; known without torch, so that a page can refuse what contradicts itself.

A rule is (step, warm-up in steps, total steps) -> share of the full weight, in [0, 1].
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from vae_core.config import ConfigError, ObjectiveConfig, TrainConfig

CYCLES = 4  # of the cyclical schedule (Fu et al. 2019, section 4)


def constant(step: int, warmup_steps: float, total_steps: int) -> float:
    """Return 1: the full weight from the first step."""
    return 1.0


def linear(step: int, warmup_steps: float, total_steps: int) -> float:
    """Return a share that rises linearly from 0 and stays at 1 (warmup_steps 0: always 1)."""
    return 1.0 if warmup_steps <= 0 else min(1.0, step / warmup_steps)


def cyclical(step: int, warmup_steps: float, total_steps: int) -> float:
    """Return a share that starts anew four times and rises over the warm-up, or over half of each cycle where there is none.

    Source: Fu et al. 2019, eq. 6.
    """
    cycle = total_steps / CYCLES
    return min(1.0, (step % cycle) / (warmup_steps if warmup_steps > 0 else cycle / 2))


Rule = Callable[[int, float, int], float]
SCHEDULES: dict[str, Rule] = {"constant": constant, "linear": linear, "cyclical": cyclical}


@dataclass(frozen=True)
class Schedule:
    """A rule of SCHEDULES with its numbers filled in."""

    rule: Rule
    warmup_steps: float
    total_steps: int

    def __call__(self, step: int) -> float:
        """Return the share of the full weight at `step`."""
        return self.rule(step, self.warmup_steps, self.total_steps)

    @cached_property
    def end(self) -> int:
        """The first step from which the share stays at 1, found by halving, since a share falls only where a cycle ends."""
        edges = [math.ceil(self.total_steps / CYCLES * number) for number in range(CYCLES + 1)]
        for start, stop in reversed(list(pairwise(edges))):
            first = start + bisect_left(range(start, stop), 1.0, key=self)
            if first > start:
                return first
        return 0


def check_warmup(config: ObjectiveConfig, train: TrainConfig) -> None:
    """Raise ConfigError where the warm-up and the schedule, or the warm-up and the length of training, contradict each other."""
    epochs = config.kl_warmup_epochs
    if config.kl_schedule == "constant" and epochs > 0:
        raise ConfigError(
            "kl_warmup_epochs is {epochs} and kl_schedule constant has no warm-up; set it to 0, or choose linear.", epochs=epochs
        )
    if config.kl_schedule == "cyclical" and epochs >= train.epochs / CYCLES:
        raise ConfigError(
            "kl_warmup_epochs is {epochs} and each of the {cycles} cycles has {length:g} epochs, so the full "
            "objective would never be minimised; shorten the warm-up or train longer.",
            epochs=epochs,
            cycles=CYCLES,
            length=train.epochs / CYCLES,
        )
    if epochs >= train.epochs:
        raise ConfigError(
            "kl_warmup_epochs is {epochs} and training has {all} epochs, so the full objective would never be "
            "minimised; shorten the warm-up or train longer.",
            epochs=epochs,
            all=train.epochs,
        )
