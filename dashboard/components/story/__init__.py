"""The story: one Streamlit component that tells in nine steps what a VAE is; everything a viewer does runs in the browser.

A step is a module of vae_core/story/steps with an entry in STEPS, a file of steps/ with a line in index.js, and a section of the texts.

packet: the bytes of all steps
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.components import carrier, registry
from dashboard.components.story import packet
from dashboard.figures.colours import class_colours
from dashboard.i18n.texts import LANGUAGES, in_language, language, section
from vae_core import place
from vae_core.story.build import STEPS

HERE = Path(__file__).parent
KEY = "story"
VISITS = ("explore", "train", "inspect")  # pages of the dashboard to which the end leads
CLASSES = 10  # colours that a step may ask for


def words() -> dict[str, dict[str, str]]:
    """Return the story's texts in every language, by their short keys."""
    found = {}
    for name in LANGUAGES:
        with in_language(name):
            found[name] = section("story") | registry.refusals()
    return found


def story_data(key: str, **more: Any) -> dict[str, Any]:
    """Return what story.js reads besides the packet of this key."""
    return {
        "packet": key,
        "order": STEPS,
        "texts": words(),
        "language": language(),
        "colours": class_colours(CLASSES),
        "command": place.COMMAND,
        **more,
    }


@lru_cache(maxsize=1)
def _packet(version: tuple[int, ...]) -> tuple[str, bytes]:
    return packet.build()


def show() -> str | None:
    """Show the story; return the page that the viewer wants to go to, or None.

    Raises:
        RunError: something of it is missing or damaged.
    """
    files = sorted(packet.FOLDER.glob("*.*"))
    key, parcel = _packet(tuple(file.stat().st_mtime_ns for file in files))
    carrier.carry(KEY, parcel)
    result = registry.component(KEY, HERE / "story.js")(
        key=KEY, data=story_data(key, step=st.query_params.get("step")), on_go_change=lambda: None
    )
    return result.get("go")
