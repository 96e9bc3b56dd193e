"""The look of the landing page: a stage that is dark, whatever theme the browser asks for, until the viewer wants it light."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

import streamlit as st

DASHBOARD = Path(__file__).parent.parent
STAGE = "home"  # the page with a look of its own


def look() -> str:
    """Return how the stage looks: dark or light."""
    return "light" if st.session_state.get("look") == "light" else "dark"


def choose_look(chosen: str) -> None:
    """Keep how the viewer wants the stage to look; dark goes without saying."""
    st.session_state["look"] = "light" if chosen == "light" else ""


def style_of_stage() -> str:
    """Return the style sheet of the look."""
    return _sheet(look())


@cache
def _sheet(chosen: str) -> str:
    colours = palette(chosen)
    whole = "".join(f"--stage-{name}: {value};" for name, value in colours.items())
    # What Streamlit tells components of its theme, told anew a step closer to them.
    told = "".join(f"--st-{name}: {value};" for name, value in colours.items() if not name.startswith("sidebar-"))
    sheet = (DASHBOARD / "stage.css").read_text(encoding="utf-8")
    return f':root {{ --stage-scheme: {chosen}; {whole} }} [data-testid="stBidiComponentIsolated"] {{ {told} }} {sheet}'


@cache
def palette(chosen: str) -> dict[str, str]:
    """Return the colours of Streamlit's theme of this name by their names in CSS, from config.toml; the sidebar's begin with "sidebar-"."""
    theme = tomllib.loads((DASHBOARD / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"][chosen]
    own = {_in_css(name): value for name, value in theme.items() if isinstance(value, str)}
    return own | {f"sidebar-{_in_css(name)}": value for name, value in theme["sidebar"].items()}


def _in_css(name: str) -> str:
    """Return backgroundColor as background-color."""
    return re.sub(r"[A-Z]", lambda found: f"-{found[0].lower()}", name)
