"""The story: one Streamlit component that tells in eight steps what a VAE is; everything a viewer does runs in the browser.

A step is one file in steps/, one entry of STEPS, and one section of the texts.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.components import explorer
from dashboard.components.story import packet
from dashboard.figures.colours import class_colour
from dashboard.text import LANGUAGES, language, section, speaking

HERE = Path(__file__).parent
KEY = "story"
STEPS = ("map", "halves", "knob", "turn", "aim", "strict", "draw", "end")
BORROWED = ((explorer.HERE, ("decoder", "space", "framing", "nats", "paint", "pad")), (HERE.parent / "film", ("stage",)))
MODULES = ("step", "plane", "clock", "handout", "keys")
VISITS = ("explore", "train", "inspect")  # pages of the dashboard to which the end leads
CLASSES = 10  # colours that a step may ask for


@cache
def script() -> str:
    """Return the story's files as one module: Streamlit runs it as a blob, in which relative imports do not resolve."""
    files = [home / f"{name}.js" for home, names in BORROWED for name in names] + [HERE / f"{name}.js" for name in MODULES]
    files += [file for name in STEPS if (file := HERE / "steps" / f"{name}.js").exists()] + [HERE / f"{KEY}.js"]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return re.sub(r"^export (?!default)", "", re.sub(r"^import .*\n", "", text, flags=re.M), flags=re.M)


@cache
def _renderer() -> Any:
    html, css = ((HERE / KEY).with_suffix(suffix).read_text(encoding="utf-8") for suffix in (".html", ".css"))
    return st.components.v2.component("latent_lens_story", html=html, css=css, js=script())


def words() -> dict[str, dict[str, str]]:
    """Return the story's texts in every language, by their short keys."""
    found = {}
    for name in LANGUAGES:
        with speaking(name):
            found[name] = section("story")
    return found


def told(key: str, **more: Any) -> dict[str, Any]:
    """Return what story.js reads besides the packet of this key."""
    colours = [class_colour(index) for index in range(CLASSES)]
    return {"packet": key, "order": STEPS, "texts": words(), "language": language(), "colours": colours, **more}


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
    explorer.carry(KEY, parcel)
    result = _renderer()(key=KEY, data=told(key, step=st.query_params.get("step")), on_go_change=lambda: None)
    return result.get("go")
