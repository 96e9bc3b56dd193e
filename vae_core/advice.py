"""What to try next: sentences made from the numbers of a finished run, each with its cause and an action."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vae_core.config import RunConfig

OVERFIT_SHARE, OVERFIT_EPOCHS = 0.5, 5  # the best epoch lies in the first half, and this many epochs at least came after it


class Advice(str):
    """A sentence, and for whoever speaks another language what it is made of: its kind, its numbers, and how to wake what sleeps."""

    kind: str
    wake: str
    values: dict[str, Any]

    def __new__(cls, kind: str, sentence: str, wake: str = "", **values: Any) -> Advice:
        said = super().__new__(cls, sentence)
        said.kind, said.wake, said.values = kind, wake, values
        return said


def advice(config: RunConfig, summary: Mapping[str, Any]) -> list[Advice]:
    """Return sentences for a finished run, most urgent first; none where nothing is to be said.

    Args:
        config: the run's settings.
        summary: what summary.json holds.
    """
    return [sentence for sentence in (_asleep(config, summary), _overfitting(config, summary), _unfinished(summary)) if sentence]


def _asleep(config: RunConfig, summary: Mapping[str, Any]) -> Advice | None:
    asleep, total = summary["test"]["asleep"], config.model.latent_size
    if not asleep:
        return None
    wake, now, action = _awakening(config)
    values = {"asleep": asleep, "total": total, "now": f"{now:g}", "epochs": config.train.epochs // 4}
    if asleep == total:
        which = "The only dimension is" if total == 1 else f"All {total} dimensions are"
        sentence = f"{which} asleep, so the decoder draws the same picture for every z (posterior collapse): {action}."
        return Advice("collapsed", sentence, wake, **values)
    verb = "is" if asleep == 1 else "are"
    return Advice("asleep", f"{asleep} of {total} dimensions {verb} asleep: {action}.", wake, **values)


def _awakening(config: RunConfig) -> tuple[str, float, str]:
    """Return what wakes dimensions under the run's objective: which setting, its value now, and the action in words."""
    chosen = config.objective
    if chosen.objective == "free-bits":
        return "free-bits", chosen.free_bits, f"raise --free-bits (now {chosen.free_bits:g})"
    if chosen.objective == "capacity":
        return "capacity", chosen.capacity, f"raise --capacity (now {chosen.capacity:g})"
    # A KL term at full weight from the first step puts dimensions to sleep before the decoder has found a use for them.
    is_sudden = chosen.kl_warmup_epochs == 0 and chosen.kl_schedule == "linear" and config.train.epochs >= 4
    warmup = f", warm it up (--kl-warmup-epochs {config.train.epochs // 4})" if is_sudden else ""
    action = f"lower beta (now {chosen.beta:g}){warmup} or use free bits (--objective free-bits)"
    return "warm-up" if is_sudden else "beta", chosen.beta, action


def _overfitting(config: RunConfig, summary: Mapping[str, Any]) -> Advice | None:
    best, epochs = summary["best_epoch"], summary["epochs"]
    is_long_ago = best <= OVERFIT_SHARE * epochs and epochs - best >= OVERFIT_EPOCHS
    if summary["validation_score"] is None or config.train.patience or not is_long_ago:
        return None
    sentence = (
        f"The best epoch was {best} of {epochs}, and from then on the model learned its training images by heart (overfitting): take more "
        f"images, a narrower network (--hidden) or more weight decay (now {config.train.weight_decay:g}), or stop early (--patience 10)."
    )
    return Advice("overfitting", sentence, best=best, epochs=epochs, now=f"{config.train.weight_decay:g}")


def _unfinished(summary: Mapping[str, Any]) -> Advice | None:
    best, epochs = summary["best_epoch"], summary["epochs"]
    if summary["validation_score"] is None or best < epochs:
        return None
    sentence = f"The best epoch was the last one, so more of them may help: train longer (--epochs {2 * epochs})."
    return Advice("unfinished", sentence, epochs=2 * epochs)
