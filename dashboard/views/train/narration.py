"""What happens while a run trains, in sentences."""

from __future__ import annotations

from dashboard.i18n.format import number
from dashboard.i18n.texts import t
from vae_core.diagnostics.events import History
from vae_core.diagnostics.trends import find_trends


def narrate(history: History, latent_size: int) -> list[str]:
    """Return what the curves of a run show, in sentences, most important first; for the arguments see `find_trends`."""
    return [
        t(f"train.say_{trend.kind}", **{name: number(value) if isinstance(value, float) else value for name, value in trend.values.items()})
        for trend in find_trends(history, latent_size)
    ]
