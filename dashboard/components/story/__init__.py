"""The story: one Streamlit component that tells step by step what a VAE is; everything a viewer does runs in the browser.

A step is a module of vae_core/story/steps with an entry in BUILDERS, a file of steps/ with a line in index.js, and a section of the texts.

packet: the bytes of steps
routes: which steps, in which order
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.components import carrier, registry
from dashboard.components.story import packet
from dashboard.components.story.routes import Route
from dashboard.figures.colours import class_colours
from dashboard.i18n.texts import LANGUAGES, in_language, language, section
from vae_core import place
from vae_core.story.build import ROUTES

HERE = Path(__file__).parent
KEY = "story"
VISITS = ("explore", "train", "inspect", "use/few-labels", "use/compression", "use/completion")  # pages to which the end leads, and parts
CLASSES = 10  # colours that a step may ask for


def words() -> dict[str, dict[str, str]]:
    """Return the story's texts in every language, by their short keys."""
    found = {}
    for name in LANGUAGES:
        with in_language(name):
            found[name] = section("story") | registry.shared_words()
    return found


def story_data(keys: Iterable[str], route: Route, **more: Any) -> dict[str, Any]:
    """Return what story.js reads besides the packets of these keys."""
    return {
        "packets": list(keys),
        "route": route.name,
        "order": route.order,
        "routes": ROUTES,
        "title": route.title,
        "texts": words(),
        "language": language(),
        "colours": class_colours(CLASSES),
        "command": place.COMMAND,
        **more,
    }


@lru_cache(maxsize=4)
def _packets(version: tuple[int, ...], more: frozenset[str]) -> list[tuple[str, bytes]]:
    return packet.build(order=sorted(more))


def show(route: Route) -> tuple[str | None, str | None]:
    """Show the story; return the page and the route that the viewer wants to go to, or None.

    Raises:
        RunError: something of it is missing or damaged.
    """
    files = sorted(packet.FOLDER.glob("*.*"))
    packets = _packets(tuple(file.stat().st_mtime_ns for file in files), frozenset(route.order) - set(ROUTES["short"]))
    for (_, parcel), part in zip(packets, (KEY, f"{KEY}/more"), strict=False):
        carrier.carry(part, parcel)
    data = story_data([key for key, _ in packets], route, step=st.query_params.get("step"))
    result = registry.component(KEY, HERE / "story.js")(key=KEY, data=data, on_go_change=lambda: None, on_route_change=lambda: None)
    return result.get("go"), result.get("route")
