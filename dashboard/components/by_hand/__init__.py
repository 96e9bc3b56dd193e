"""Completion by hand: a viewer erases a part of a test image, and the browser draws what it could have been."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dashboard.components import registry
from dashboard.i18n.texts import language, section

HERE = Path(__file__).parent


def show(facts: dict[str, Any], row: int) -> None:
    """Show the instrument for one image.

    Args:
        facts: those of the run, as `run_packets.run_facts` gives them; its points and weights are on every page.
        row: of the image, whose packet is carried beside.
    """
    texts = section("inspect.completion.live") | registry.refusals()
    told = {key: facts[key] for key in ("run", "support", "sigma", "levels")}
    registry.component("completion", HERE / "completion.js")(
        key="completion", data={**told, "row": row, "texts": texts, "language": language()}
    )
