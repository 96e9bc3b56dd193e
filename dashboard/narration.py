"""What happens while a run trains, in sentences made from its numbers; and spans of time and memory in rough words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.text import fixed, number, t
from vae_core.diagnostics.events import scatter
from vae_core.latent.latents import ASLEEP

History = Mapping[str, NDArray[Any]]
WINDOW = 0.1  # share of the epochs so far that one mean is taken over
FEWEST = 3  # epochs of such a mean at least
SIGNIFICANT = 4.0  # standard errors of a difference of two means: flat curves pass it in 2 % of looks over ten epochs, in .1 % over 100
VISIBLE = 0.005  # share of the value: less does not show on a curve
OVERFIT_EPOCHS = 5  # that the best epoch lies back at least
LOWEST = 6.0  # times the noise by which a flat curve's lowest point of sixty may lie below its mean, and that mean be off


def narrate(history: History, latent_size: int) -> list[str]:
    """Return what is to be said of a run so far, most important first.

    Args:
        history: columns of history.csv; the validation rows speak where there are any.
        latent_size: number of latent dimensions.
    """
    train, held_out = (_of(history, split) for split in ("train", "validation"))
    part = held_out if len(held_out["epoch"]) else train
    if not len(part["epoch"]):
        return [t("train.say_nothing_yet")]
    said = [_overfitting(train, held_out), _empty(part, latent_size), _warming(train), _tidiness(part), _drawing(part)]
    return [sentence for sentence in said if sentence] or _still(part)


def _of(history: History, split: str) -> dict[str, NDArray[Any]]:
    rows = history["split"] == split
    return {key: values[rows] for key, values in history.items()}


def change(values: NDArray[Any]) -> tuple[float, int]:
    """Return by how much the mean of the last epochs differs from that of as many before, and how many; 0 where that may be chance."""
    n = max(FEWEST, round(WINDOW * len(values)))
    if len(values) < 2 * n or not np.isfinite(values[-2 * n :]).all():
        return 0.0, n
    before, now = values[-2 * n : -n].mean(), values[-n:].mean()
    chance = SIGNIFICANT * scatter(values[-4 * n :]) * math.sqrt(2 / n)
    difference = float(now - before)
    return (difference if abs(difference) > max(chance, VISIBLE * abs(before)) else 0.0), n


def _overfitting(train: History, held_out: History) -> str | None:
    """Say since when the held-out images get worse while the training images get better, at the objective's final weights."""
    settled = _settled(held_out)
    loss, epochs = held_out["loss"][settled:], held_out["epoch"][settled:]
    if len(loss) <= OVERFIT_EPOCHS or not np.isfinite(loss).all():
        return None
    best = int(np.argmin(loss))
    recent = loss[-FEWEST:].mean() - loss[best]
    if len(loss) - 1 - best < OVERFIT_EPOCHS or recent < max(LOWEST * scatter(loss), VISIBLE * abs(loss[best])):
        return None
    at_best = np.flatnonzero(train["epoch"] == epochs[best])
    if not len(at_best) or train["reconstruction"][-FEWEST:].mean() >= train["reconstruction"][at_best[0]]:
        return None
    return t("train.say_overfitting", epoch=int(epochs[best]), worse=number(float(recent)))


def _settled(part: History) -> int:
    """Return the row from which the weight of the KL has not changed any more."""
    changed = np.flatnonzero(np.abs(np.diff(part["kl_weight"])) > 1e-9)
    return int(changed[-1]) + 1 if len(changed) else 0


def _empty(part: History, latent_size: int) -> str | None:
    """Say that no dimension carries anything, once the KL counts fully and some epochs have passed."""
    is_late = len(part["kl"]) - _settled(part) >= FEWEST
    return t("train.say_empty") if is_late and part["kl"][-1] < ASLEEP * latent_size else None


def _warming(train: History) -> str | None:
    """Say that the KL does not count as much yet as it will."""
    weight = train["kl_weight"][-2:]
    return t("train.say_warming", weight=number(float(weight[-1]))) if len(weight) == 2 and weight[1] > weight[0] + 1e-9 else None


def _tidiness(part: History) -> str | None:
    difference, _ = change(part["kl"])
    return None if not difference else t("train.say_kl_rising" if difference > 0 else "train.say_kl_falling")


def _drawing(part: History) -> str | None:
    difference, n = change(part["reconstruction"])
    if not difference:
        return None
    key = "train.say_drawing_better" if difference < 0 else "train.say_drawing_worse"
    return t(key, nats=number(abs(difference)), n=n)


def _still(part: History) -> list[str]:
    n = max(FEWEST, round(WINDOW * len(part["epoch"])))
    return [t("train.say_still", n=2 * n)] if len(part["epoch"]) >= 4 * FEWEST else []


# --------------------------------------------------------------------------- rough words

MINUTE, HOUR = 60, 3600


def duration(seconds: float) -> str:
    """Return a span of time as one would say it."""
    if seconds < 1.5 * MINUTE:
        n = max(1, round(seconds) if seconds < 10 else 5 * round(seconds / 5))
        return t("train.second" if n == 1 else "train.seconds", n=n)
    if seconds < 1.5 * HOUR:
        return t("train.minutes", n=round(seconds / MINUTE))
    return t("train.hours", n=fixed(seconds / HOUR, 0))


def memory(size: float) -> str:
    """Return an amount of memory in gigabytes."""
    return t("train.gigabytes", n=number(size / 1e9, 1 if size < 0.95e9 else 2))
