"""What happened while a run learned, found in its history: the bend of the curve, a dip of the KL, units that wake, the best epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.latent.latents import ASLEEP

History = Mapping[str, NDArray[Any]]
FEWEST = 5  # epochs below which a curve has no shape to speak of
LEAD = 0.3  # by the bend, the share of the gain is ahead of the share of the time by this much: as for exp(-3t), not for exp(-2t)
NOISE = 6  # times the scatter from epoch to epoch: the range of a flat curve of a hundred noisy points is five
VISIBLE = 0.05  # share of the largest KL: less does not show on a curve that starts at zero
AWAKE = 2 * ASLEEP  # nats: a unit has woken only well above the line at which it falls asleep, or it would flicker
LASTING = 2  # epochs that a unit must keep its new state


@dataclass(frozen=True)
class Event:
    """Something that happened: bend, dip, wakes, sleeps or best; at the end of which epoch, with the numbers to say it."""

    kind: str
    step: int
    epoch: int
    values: dict[str, Any] = field(default_factory=dict)


def find_events(history: History, kl_per_dim: NDArray[Any] | None = None) -> list[Event]:
    """Return what is worth saying, in the order of its steps.

    Args:
        history: columns of history.csv; the validation rows are used where there are any.
        kl_per_dim: (epochs, d) of epochs.npz, nats per image, or None where it is not written yet.
    """
    held_out = history["split"] == "validation"
    rows = held_out if held_out.any() else history["split"] == "train"
    part = {key: values[rows] for key, values in history.items()}
    found = [*_bend(part), *_dip(part), *_units(part, kl_per_dim), *(_best(part) if held_out.any() else [])]
    return sorted(found, key=lambda event: event.step)


def scatter(values: NDArray[Any]) -> float:
    """Return the standard deviation of the noise on a smooth curve, from the median of its second differences."""
    # Those of independent noise have the variance 1 + 4 + 1; 1.4826 turns a median of absolute values into a standard deviation.
    return float(1.4826 * np.median(np.abs(np.diff(values, 2))) / np.sqrt(6)) if len(values) > 2 else 0.0


def _event(part: History, kind: str, at: int, **values: Any) -> Event:
    return Event(kind, int(part["step"][at]), int(part["epoch"][at]), values)


def _bend(part: History) -> list[Event]:
    """Where the curve lies deepest below the straight line from its start to its lowest point (Satopaa et al. 2011, "Kneedle")."""
    curve = part["negative_elbo"] if np.isfinite(part["negative_elbo"]).any() else part["reconstruction"]
    if len(curve) < FEWEST or not np.isfinite(curve).all():
        return []
    low = int(curve.argmin())
    gain = curve[0] - curve[low]
    if low < 2 or gain < NOISE * scatter(curve):
        return []
    shares = (curve[0] - curve[: low + 1]) / gain
    lead = shares - np.arange(low + 1) / low
    at = int(lead.argmax())
    return [_event(part, "bend", at, share=float(shares[at]))] if lead[at] >= LEAD else []


def _dip(part: History) -> list[Event]:
    """Where the KL lies deepest below a value before and a value after it."""
    kl = part["kl"]
    if len(kl) < FEWEST or not np.isfinite(kl).all():
        return []
    # A median of three takes single stray epochs out and leaves edges where they are.
    smooth = np.median(np.stack([np.r_[kl[:1], kl[:-1]], kl, np.r_[kl[1:], kl[-1:]]]), axis=0)
    before, after = np.maximum.accumulate(smooth), np.maximum.accumulate(smooth[::-1])[::-1]
    depth = np.minimum(before, after) - smooth
    at = int(depth.argmax())
    if depth[at] < max(NOISE * scatter(kl), VISIBLE * kl.max()):
        return []
    return [_event(part, "dip", at, before=float(before[at]), kl=float(smooth[at]), after=float(after[at]))]


def _units(part: History, kl_per_dim: NDArray[Any] | None) -> list[Event]:
    """When dimensions cross the line of sleep for good, those of one epoch together."""
    epochs = 0 if kl_per_dim is None else min(len(kl_per_dim), len(part["epoch"]))
    if kl_per_dim is None or not epochs or not np.isfinite(kl_per_dim).all():
        return []
    crossings: dict[tuple[int, str], list[int]] = {}
    for dim, kl in enumerate(kl_per_dim[:epochs].T):
        for at, is_awake in _crossings(kl):
            crossings.setdefault((at, "wakes" if is_awake else "sleeps"), []).append(dim)
    return [_event(part, kind, at, dims=dims) for (at, kind), dims in crossings.items()]


def _crossings(kl: NDArray[Any]) -> list[tuple[int, bool]]:
    """Return (epoch's row, is awake now) wherever a unit changes its state and keeps it."""
    states = [bool(kl[0] >= ASLEEP)]
    for at in range(1, len(kl)):
        line = ASLEEP if states[-1] else AWAKE
        ahead = kl[at : at + LASTING] >= line
        states.append(not states[-1] if len(ahead) == LASTING and (ahead != states[-1]).all() else states[-1])
    return [(at, state) for at, (old, state) in enumerate(pairwise(states), 1) if state != old]


def _best(part: History) -> list[Event]:
    """The epoch whose weights are kept: the lowest validation score."""
    if len(part["loss"]) < 2 or not np.isfinite(part["loss"]).any():
        return []
    at = int(np.nanargmin(part["loss"]))
    return [_event(part, "best", at, is_last=at == len(part["loss"]) - 1)]
