"""Pieces less loops of the drawings: one for a line, none for a circle, and one loop more for a figure eight."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.vae_core.story.stored import facts
from vae_core.story.steps import magnifier

__all__ = ["facts"]  # a fixture


def test_pieces_and_loops_are_counted(facts: dict[str, Any]) -> None:
    assert magnifier.build()[0] == facts["magnifier"]
    assert facts["magnifier"]["pieces_less_loops"] == {"line": 1, "circle": 0, "eight": -1}
    circle = magnifier.curves()["circle"]
    apart = [circle * 0.3 + [0.5, 0.5], circle * 0.3 - [0.5, 0.5], np.zeros((2, 2))]
    assert magnifier.pieces_less_loops(np.concatenate(apart)) == 3 - 2
