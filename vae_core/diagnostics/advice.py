"""What to try next: sentences made from the numbers of a finished run, each with its cause and an action."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vae_core.config import RunConfig

OVERFIT_SHARE, OVERFIT_EPOCHS = 0.5, 5  # the best epoch lies in the first half, and this many epochs at least came after it


def advise(config: RunConfig, summary: Mapping[str, Any]) -> list[str]:
    """Return sentences for a finished run, most urgent first; none where nothing is to be said.

    Args:
        config: the run's settings.
        summary: what summary.json holds.
    """
    sentences = collapse(config, summary), _asleep(config, summary), _overfitting(config, summary), _unfinished(summary)
    return [sentence for sentence in sentences if sentence]


def collapse(config: RunConfig, summary: Mapping[str, Any]) -> str | None:
    """Return what is to be said of a finished run none of whose dimensions carries anything; None where one does."""
    test, total = summary["test"], config.model.latent_size
    if test["asleep"] != total:
        return None
    which = "The only dimension is" if total == 1 else f"All {total} dimensions are"
    kl = f"{test['kl']:.4f}" if test["kl"] >= 5e-5 else "< 0.0001"
    cause = f"{which} asleep (KL {kl} nats per image)"
    return f"{cause}, so the decoder draws the same picture for every z (posterior collapse): {_awakening(config)}."


def _asleep(config: RunConfig, summary: Mapping[str, Any]) -> str | None:
    asleep, total = summary["test"]["asleep"], config.model.latent_size
    if asleep in (0, total):
        return None
    verb = "is" if asleep == 1 else "are"
    return f"{asleep} of {total} dimensions {verb} asleep: {_awakening(config)}."


def _awakening(config: RunConfig) -> str:
    """Return what wakes dimensions under the run's objective: which setting to change, and its value now."""
    chosen = config.objective
    if chosen.objective == "free-bits":
        return f"raise --free-bits (now {chosen.free_bits:g})"
    if chosen.objective == "capacity":
        return f"raise --capacity (now {chosen.capacity:g})"
    # A KL term at full weight from the first step puts dimensions to sleep before the decoder has found a use for them.
    is_sudden = chosen.kl_warmup_epochs == 0 and chosen.kl_schedule == "linear" and config.train.epochs >= 4
    warmup = f", warm it up (--kl-warmup-epochs {config.train.epochs // 4})" if is_sudden else ""
    return f"lower beta (now {chosen.beta:g}){warmup} or use free bits (--objective free-bits)"


def _overfitting(config: RunConfig, summary: Mapping[str, Any]) -> str | None:
    best, epochs = summary["best_epoch"], summary["epochs"]
    is_long_ago = best <= OVERFIT_SHARE * epochs and epochs - best >= OVERFIT_EPOCHS
    if summary["validation_score"] is None or config.train.patience or not is_long_ago:
        return None
    return (
        f"The best epoch was {best} of {epochs}, and from then on the model learned its training images by heart (overfitting): take more "
        f"images, a narrower network (--hidden) or more weight decay (now {config.train.weight_decay:g}), or stop early (--patience 10)."
    )


def _unfinished(summary: Mapping[str, Any]) -> str | None:
    best, epochs = summary["best_epoch"], summary["epochs"]
    if summary["validation_score"] is None or best < epochs:
        return None
    return f"The best epoch was the last one, so more of them may help: train longer (--epochs {2 * epochs})."
