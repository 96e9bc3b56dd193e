"""What a history shows while a run still trains: which way its curves move, overfitting, a KL that carries nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.diagnostics.events import History, scatter
from vae_core.latent.latents import ASLEEP

WINDOW = 0.1  # share of the epochs so far that one mean is taken over
FEWEST = 3  # epochs of such a mean at least
SIGNIFICANT = 4.0  # standard errors of a difference of two means: flat curves pass it in 2 % of looks over ten epochs, in .1 % over 100
VISIBLE = 0.005  # share of the value: less does not show on a curve
OVERFIT_EPOCHS = 5  # that the best epoch lies back at least
LOWEST = 6.0  # times the noise by which a flat curve's lowest point of sixty may lie below its mean, and that mean be off


@dataclass(frozen=True)
class Trend:
    """Something that the curves show, with the numbers to say it.

    Kinds: nothing_yet, overfitting (epoch, worse in nats), empty, warming (weight), kl_rising, kl_falling, drawing_better and drawing_worse
    (nats, n epochs), still (n epochs).
    """

    kind: str
    values: Mapping[str, float] = field(default_factory=dict)


def find_trends(history: History, latent_size: int) -> list[Trend]:
    """Return what is worth saying of a run so far, most important first.

    Args:
        history: columns of history.csv; the validation rows are used where there are any.
        latent_size: number of latent dimensions.
    """
    train, held_out = (_of(history, split) for split in ("train", "validation"))
    part = held_out if len(held_out["epoch"]) else train
    if not len(part["epoch"]):
        return [Trend("nothing_yet")]
    found = [_overfitting(train, held_out), _empty(part, latent_size), _warming(train), _kl(part), _drawing(part)]
    return [trend for trend in found if trend] or _still(part)


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


def _overfitting(train: History, held_out: History) -> Trend | None:
    """Find the epoch since when held-out images get worse while training images get better, at the objective's final weights."""
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
    return Trend("overfitting", {"epoch": int(epochs[best]), "worse": float(recent)})


def _settled(part: History) -> int:
    """Return the row from which the weight of the KL has not changed any more."""
    changed = np.flatnonzero(np.abs(np.diff(part["kl_weight"])) > 1e-9)
    return int(changed[-1]) + 1 if len(changed) else 0


def _empty(part: History, latent_size: int) -> Trend | None:
    """Find that no dimension carries anything, once the KL counts fully and some epochs have passed."""
    is_late = len(part["kl"]) - _settled(part) >= FEWEST
    return Trend("empty") if is_late and part["kl"][-1] < ASLEEP * latent_size else None


def _warming(train: History) -> Trend | None:
    """Find that the KL does not count as much yet as it will."""
    weight = train["kl_weight"][-2:]
    return Trend("warming", {"weight": float(weight[-1])}) if len(weight) == 2 and weight[1] > weight[0] + 1e-9 else None


def _kl(part: History) -> Trend | None:
    difference, _ = change(part["kl"])
    return None if not difference else Trend("kl_rising" if difference > 0 else "kl_falling")


def _drawing(part: History) -> Trend | None:
    difference, n = change(part["reconstruction"])
    if not difference:
        return None
    return Trend("drawing_better" if difference < 0 else "drawing_worse", {"nats": abs(difference), "n": n})


def _still(part: History) -> list[Trend]:
    n = max(FEWEST, round(WINDOW * len(part["epoch"])))
    return [Trend("still", {"n": 2 * n})] if len(part["epoch"]) >= 4 * FEWEST else []
