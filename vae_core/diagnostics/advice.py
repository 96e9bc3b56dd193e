"""What to try next: sentences made from the numbers of a finished run, each with its cause and an action."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vae_core.config import RunConfig
from vae_core.messages import say
from vae_core.registries import traits

OVERFIT_SHARE, OVERFIT_EPOCHS = 0.5, 5  # the best epoch lies in the first half, and this many epochs at least came after it


def advise(config: RunConfig, summary: Mapping[str, Any]) -> list[str]:
    """Return sentences for a finished run, most urgent first; empty where there is nothing to advise.

    Args:
        config: the run's settings.
        summary: what summary.json holds.
    """
    sentences = collapse(config, summary), _asleep(config, summary), _overfitting(config, summary), _unfinished(summary)
    return [sentence for sentence in sentences if sentence]


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


def _asleep(config: RunConfig, summary: Mapping[str, Any]) -> str | None:
    asleep, total = summary["test"]["asleep"], config.model.latent_size
    if asleep in (0, total):
        return None
    if asleep == 1:
        return say("{asleep} of {total} dimensions is inactive: {action}.", asleep=1, total=total, action=_awakening(config))
    return say("{asleep} of {total} dimensions are inactive: {action}.", asleep=asleep, total=total, action=_awakening(config))


def _awakening(config: RunConfig) -> str:
    """Return what wakes dimensions under the run's objective: which setting to change, and its value now."""
    chosen, used = config.objective, traits("objective", config.objective.objective).get("settings", ())
    if "free_bits" in used:
        return say("raise --free-bits (now {now:g})", now=chosen.free_bits)
    if "capacity" in used:
        return say("raise --capacity (now {now:g})", now=chosen.capacity)
    # A KL term at full weight from the first step puts dimensions to sleep before the decoder has found a use for them.
    is_sudden = chosen.kl_warmup_epochs == 0 and chosen.kl_schedule == "linear" and config.train.epochs >= 4
    if is_sudden:
        return say(
            "lower beta (now {now:g}), warm it up (--kl-warmup-epochs {epochs}) or use free bits (--objective free-bits)",
            now=chosen.beta,
            epochs=config.train.epochs // 4,
        )
    return say("lower beta (now {now:g}) or use free bits (--objective free-bits)", now=chosen.beta)


def _overfitting(config: RunConfig, summary: Mapping[str, Any]) -> str | None:
    best, epochs = summary["best_epoch"], summary["epochs"]
    is_long_ago = best <= OVERFIT_SHARE * epochs and epochs - best >= OVERFIT_EPOCHS
    if summary["validation_score"] is None or config.train.patience or not is_long_ago:
        return None
    return say(
        "The best epoch was {best} of {epochs}, and from then on the model learned its training images by heart "
        "(overfitting): take more images, a narrower network (--hidden) or more weight decay (now {now:g}), or "
        "stop early (--patience 10).",
        best=best,
        epochs=epochs,
        now=config.train.weight_decay,
    )


def _unfinished(summary: Mapping[str, Any]) -> str | None:
    best, epochs = summary["best_epoch"], summary["epochs"]
    if summary["validation_score"] is None or best < epochs:
        return None
    return say("The best epoch was the last one, so more epochs may help: train longer (--epochs {epochs}).", epochs=2 * epochs)
