"""What happens while a run trains, in sentences."""

from __future__ import annotations

from dashboard.i18n.format import number
from dashboard.i18n.names import weighed_name
from dashboard.i18n.texts import t
from vae_core.config import RunConfig
from vae_core.diagnostics.events import History
from vae_core.diagnostics.trends import find_trends


def narrate(history: History, config: RunConfig) -> list[str]:
    """Return what the curves of a run with these settings show, in sentences, most important first; for `history` see `find_trends`."""
    sentences = []
    for trend in find_trends(history, config.model.latent_size):
        values = {name: number(value) if isinstance(value, float) else value for name, value in trend.values.items()}
        sentences.append(t(f"train.say_{trend.kind}", what=weighed_name(config), **values))
    return sentences
