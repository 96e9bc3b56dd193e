"""What to try next: sentences made from the numbers of a finished run, each with its cause, an action, and settings that take it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vae_core.config import RunConfig
from vae_core.messages import say
from vae_core.registries import traits

OVERFIT_SHARE, OVERFIT_EPOCHS = 0.5, 5  # the best epoch lies in the first half, and this many epochs at least came after it
CLEAR = 2.0  # standard errors: a difference within so many is not told from chance
MOST_DIMENSIONS = 64  # up to which more of them are advised
Settings = Mapping[str, Any]
Redrawing = Mapping[str, Any] | None


@dataclass(frozen=True)
class Advice:
    """Something to try: a sentence, and settings by name, each of which is one way to try it; maybe none."""

    sentence: str
    ways: tuple[Settings, ...] = ()


def advise(config: RunConfig, summary: Mapping[str, Any], redrawing: Redrawing = None) -> list[Advice]:
    """Return what to try after a finished run, most urgent first; empty where there is nothing to advise.

    Args:
        config: the run's settings.
        summary: what summary.json holds.
        redrawing: what the part redrawing of Inspect found; None where that is not known.
    """
    if lost := collapse(config, summary):
        return [Advice(lost, _waking(config))]  # nothing else can be told from such a run
    found = [_asleep(config, summary), None if is_even(redrawing) else _overfitting(config, summary), _unfinished(summary)]
    if redrawing is not None:
        found += [_behind(config, redrawing), _narrow(config, summary)]
    return [advice for advice in found if advice]


def collapse(config: RunConfig, summary: Mapping[str, Any]) -> str | None:
    """Return the sentence for a finished run none of whose dimensions carries anything (posterior collapse), else None."""
    test, total = summary["test"], config.model.latent_size
    if test["asleep"] != total:
        return None
    kl = f"{test['kl']:.4f}" if test["kl"] >= 5e-5 else "< 0.0001"
    if total == 1:
        return say(
            "The only dimension is inactive (KL {kl} nats per image), so the decoder draws the same picture for every z "
            "(posterior collapse): {action}.",
            kl=kl,
            action=_awakening(config),
        )
    return say(
        "All {total} dimensions are inactive (KL {kl} nats per image), so the decoder draws the same picture for every z "
        "(posterior collapse): {action}.",
        total=total,
        kl=kl,
        action=_awakening(config),
    )


def _asleep(config: RunConfig, summary: Mapping[str, Any]) -> Advice | None:
    asleep, total = summary["test"]["asleep"], config.model.latent_size
    if asleep in (0, total):
        return None
    action = _awakening(config)
    if asleep == 1:
        said = say("{asleep} of {total} dimensions is inactive: {action}.", asleep=1, total=total, action=action)
    else:
        said = say("{asleep} of {total} dimensions are inactive: {action}.", asleep=asleep, total=total, action=action)
    return Advice(said, _waking(config))


def _awakening(config: RunConfig) -> str:
    """Return what wakes dimensions under the run's objective: which setting to change, and its value now."""
    chosen, used = config.objective, traits("objective", config.objective.objective).get("settings", ())
    if "free_bits" in used:
        return say("raise --free-bits (now {now:g})", now=chosen.free_bits)
    if "capacity" in used:
        return say("raise --capacity (now {now:g})", now=chosen.capacity)
    if _is_sudden(config):
        return say(
            "lower beta (now {now:g}), warm it up (--kl-warmup-epochs {epochs}) or use free bits (--objective free-bits)",
            now=chosen.beta,
            epochs=config.train.epochs // 4,
        )
    return say("lower beta (now {now:g}) or use free bits (--objective free-bits)", now=chosen.beta)


def _is_sudden(config: RunConfig) -> bool:
    """Tell whether the KL counts fully from the first step, which puts dimensions to sleep before the decoder has found a use for them."""
    return config.objective.kl_warmup_epochs == 0 and config.objective.kl_schedule == "linear" and config.train.epochs >= 4


def _waking(config: RunConfig) -> tuple[Settings, ...]:
    """Return the settings of `_awakening`."""
    chosen, used = config.objective, traits("objective", config.objective.objective).get("settings", ())
    for name in ("free_bits", "capacity"):
        if name in used:
            return ({name: 2 * getattr(chosen, name) or 0.1},)
    warmed = ({"kl_warmup_epochs": float(config.train.epochs // 4)},) if _is_sudden(config) else ()
    return (*warmed, *_gentler(config), {"objective": "free-bits"})


def _gentler(config: RunConfig) -> tuple[Settings, ...]:
    """Return half the weight of the KL, where the objective has one."""
    used = traits("objective", config.objective.objective).get("settings", ())
    return ({"beta": config.objective.beta / 2},) if "beta" in used and config.objective.beta else ()


def _overfitting(config: RunConfig, summary: Mapping[str, Any]) -> Advice | None:
    best, epochs = summary["best_epoch"], summary["epochs"]
    is_long_ago = best <= OVERFIT_SHARE * epochs and epochs - best >= OVERFIT_EPOCHS
    if summary["validation_score"] is None or config.train.patience or not is_long_ago:
        return None
    sentence = say(
        "The best epoch was {best} of {epochs}, and from then on the model learned its training images by heart "
        "(overfitting): take more images, a narrower network (--hidden) or more weight decay (now {now:g}), or "
        "stop early (--patience 10).",
        best=best,
        epochs=epochs,
        now=config.train.weight_decay,
    )
    narrower = {"hidden": tuple(max(1, width // 2) for width in config.model.hidden)}
    return Advice(sentence, ({"patience": 10}, {"weight_decay": 10 * config.train.weight_decay or 0.01}, narrower))


def _unfinished(summary: Mapping[str, Any]) -> Advice | None:
    best, epochs = summary["best_epoch"], summary["epochs"]
    if summary["validation_score"] is None or best < epochs:
        return None
    longer = say("The best epoch was the last one, so more epochs may help: train longer (--epochs {epochs}).", epochs=2 * epochs)
    return Advice(longer, ({"epochs": 2 * epochs},))


def is_even(redrawing: Redrawing) -> bool:
    """Tell whether held-out images are known to be neither dearer nor redrawn worse than those learned from."""
    if redrawing is None or not (learned := redrawing.get("learned")):
        return False
    gaps = gap_of(redrawing["cost"], learned["cost"]), gap_of(redrawing["model"], learned["error"])
    return all(gap.is_within_chance for gap in gaps)


@dataclass(frozen=True)
class Gap:
    """By how much one mean is larger than another of other images, and the standard error of that."""

    value: float
    standard_error: float

    @property
    def is_within_chance(self) -> bool:
        """Whether it is not clearly above zero."""
        return self.value <= CLEAR * self.standard_error


def gap_of(one: Mapping[str, Any], other: Mapping[str, Any]) -> Gap:
    """Return the gap between two means that are stored with their standard errors."""
    return Gap(one["value"] - other["value"], math.hypot(one["standard_error"] or 0.0, other["standard_error"] or 0.0))


def _behind(config: RunConfig, redrawing: Mapping[str, Any]) -> Advice | None:
    """Find that PCA of the same size redraws the images better."""
    difference = redrawing["difference"]
    error = difference["standard_error"]
    if error is None or difference["value"] <= CLEAR * error:  # of one image there is no error
        return None
    epochs, gentler = 2 * config.train.epochs, _gentler(config)
    if gentler:
        said = say(
            "PCA of the same size redraws these images better: train longer (--epochs {epochs}), or lower beta (now {now:g}).",
            epochs=epochs,
            now=config.objective.beta,
        )
    else:
        said = say("PCA of the same size redraws these images better: train longer (--epochs {epochs}).", epochs=epochs)
    return Advice(said, ({"epochs": epochs}, *gentler))


def _narrow(config: RunConfig, summary: Mapping[str, Any]) -> Advice | None:
    """Find that every dimension is active, so that more of them may help."""
    d = config.model.latent_size
    if summary["test"]["active_units"] < d or 2 * d > MOST_DIMENSIONS:
        return None
    if d == 1:
        said = say("The only dimension is active, so a second one may redraw the images better (--latent-size {more}).", more=2)
    else:
        said = say("All {d} dimensions are active, so more of them may redraw the images better (--latent-size {more}).", d=d, more=2 * d)
    return Advice(said, ({"latent_size": 2 * d},))
