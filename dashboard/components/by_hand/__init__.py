"""What a viewer does to a test image by hand on Use: a part is erased and completed, or noise is laid over it and taken off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dashboard.components import registry
from dashboard.i18n.texts import language, section

HERE = Path(__file__).parent


def show(kind: str, facts: dict[str, Any], row: int) -> None:
    """Show an instrument for one image.

    Args:
        kind: "completion" or "denoising".
        facts: those of the run, as `run_packets.run_facts` gives them; its points and weights are on every page.
        row: of the image, whose packet is carried beside; to denoise, so are the encoder's weights.
    """
    texts = section(f"inspect.{kind}.live") | registry.shared_words()
    told = {key: facts[key] for key in ("run", "support", "sigma", "levels")}
    registry.component(kind, HERE / f"{kind}.js")(key=kind, data={**told, "row": row, "texts": texts, "language": language()})
