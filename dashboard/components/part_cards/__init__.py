"""The parts of Inspect as cards in the browser: what each looks like, the question that it answers, how far it is; one is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.components import registry
from dashboard.i18n.texts import language, t

HERE = Path(__file__).parent
KEY = "part_cards"


@dataclass(frozen=True)
class Card:
    """One part: its key, name and question, and how far it is, as a state of the style sheet, in words, and as a share.

    `shapes` is what was found, see figures.miniatures; where there are none, a drawing stands for it.
    """

    key: str
    name: str
    question: str
    state: str  # done, none, todo, waiting, busy, failed
    words: str
    share: float = 0.0
    shapes: Sequence[dict[str, Any]] = field(default_factory=list)


def show(cards: Sequence[Card], chosen: str, on_chosen: Callable[[str], None]) -> None:
    """Show the cards; `on_chosen` is called with the key of another one that is chosen."""

    def take() -> None:
        key = st.session_state[KEY].get("part")
        if key in {card.key for card in cards}:
            on_chosen(key)

    data = {"parts": [asdict(card) for card in cards], "chosen": chosen, "texts": {"choose": t("inspect.choose")}, "language": language()}
    registry.component("parts", HERE / "part_cards.js")(key=KEY, data=data, on_part_change=take)
