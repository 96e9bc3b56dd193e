"""The learning rate at every step: pure functions of the step, so that a resumed run needs no state of them."""

from __future__ import annotations

import math
from collections.abc import Callable

from vae_core.config import TrainConfig

ONE_CYCLE_START, ONE_CYCLE_END = 25, 1e4  # of the highest rate, one part in so many (Smith & Topin 2019; torch's OneCycleLR)


def cosine(step: int, total_steps: int, config: TrainConfig) -> float:
    """Return the rate at `step` (0-based): a linear rise over the first `lr_warmup`, then a cosine to zero (Loshchilov & Hutter 2017)."""
    rise = config.lr_warmup * total_steps
    if step < rise:
        return config.learning_rate * min(1.0, (step + 1) / rise)
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - rise) / max(total_steps - rise, 1)))


def one_cycle(step: int, total_steps: int, config: TrainConfig) -> float:
    """Return the rate at `step`: a cosine up to the top over the first `lr_warmup`, then a cosine down to next to nothing."""
    top = config.learning_rate
    low, last = top / ONE_CYCLE_START, top / ONE_CYCLE_START / ONE_CYCLE_END
    rise = max(config.lr_warmup * total_steps - 1, 0)
    if step < rise:
        return _between(low, top, step / rise)
    return _between(top, last, (step - rise) / max(total_steps - 1 - rise, 1))


def constant(step: int, total_steps: int, config: TrainConfig) -> float:
    """Return the rate at `step`: a linear rise over the first `lr_warmup`, then the same to the end."""
    return config.learning_rate * min(1.0, (step + 1) / max(config.lr_warmup * total_steps, 1))


def _between(start: float, end: float, share: float) -> float:
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * share))


RATES: dict[str, Callable[[int, int, TrainConfig], float]] = {"cosine": cosine, "one-cycle": one_cycle, "constant": constant}
