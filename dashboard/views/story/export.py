"""The whole story as one HTML file to share."""

from __future__ import annotations

from pathlib import Path

from dashboard.components import story
from dashboard.components.html_file import html_file
from dashboard.components.story import packet
from dashboard.components.story.routes import Route, route
from dashboard.i18n.format import fixed
from dashboard.i18n.texts import t
from vae_core.runs.errors import RunError
from vae_core.story.build import SHORT

MAX_BYTES = 6_000_000  # of the file to share


def html_page(folder: Path | None = None, chosen: Route | None = None) -> str:
    """Return the whole story, the long route behind the short one, as one HTML page that needs neither server nor network; it
    opens on the route that was chosen, else on the short one.

    Raises:
        RunError: something of the story is missing or damaged, or the page became too large to be shared.
    """
    packets = packet.build(folder)
    chosen = chosen or route({})
    told = story.story_data([key for key, _ in packets], chosen, isExport=True)
    text = html_file(story.HERE, _title(chosen), told, [parcel for _, parcel in packets])
    if (size := len(text.encode())) > MAX_BYTES:
        raise RunError(t("story.too_large", size=fixed(size / 1e6, 1), most=fixed(MAX_BYTES / 1e6, 0)))
    return text


def _title(chosen: Route) -> str:
    """Return what somebody called the steps, else what they are."""
    return chosen.title or t("story.handout_title" if chosen.order == SHORT else "story.handout_title_more")
