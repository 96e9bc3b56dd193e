"""What a component that draws points knows of sets and of the choice: whoever shows it says, and hears what is chosen on it."""

from __future__ import annotations

from typing import Any, Protocol

import streamlit as st

from dashboard.i18n.texts import section
from vae_core.arrays import Ints


class PointSets(Protocol):
    """Sets and choice of a run, as widgets/point_choice.py has them."""

    def told(self, rows: Ints) -> dict[str, Any]:
        """Return what is told of the points of these rows, (n,), JSON-ready."""
        ...

    def heard(self, rows: Ints, asked: object) -> None:
        """Do what was asked for of the points of these rows."""
        ...


def choice_words() -> dict[str, str]:
    """Return the live map's words for what js/canvas/choice.js shows."""
    return {key: words for key, words in section("live_map").items() if key.startswith(("tool_", "set_"))}


def take_choice(key: str, sets: PointSets | None, rows: Ints) -> None:
    """Hand on what the component of this key has asked for."""
    if sets:
        sets.heard(rows, st.session_state[key].get("choice"))
