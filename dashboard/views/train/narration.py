"""What happens while a run trains, in sentences; and spans of time and memory in rough words."""

from __future__ import annotations

from dashboard.i18n.texts import fixed, number, t
from vae_core.diagnostics.events import History
from vae_core.diagnostics.trends import find_trends

MINUTE, HOUR = 60, 3600


def narrate(history: History, latent_size: int) -> list[str]:
    """Return what the curves of a run show, in sentences, most important first; for the arguments see `find_trends`."""
    return [
        t(f"train.say_{trend.kind}", **{name: number(value) if isinstance(value, float) else value for name, value in trend.values.items()})
        for trend in find_trends(history, latent_size)
    ]


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
