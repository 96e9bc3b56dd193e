"""The sets that are marked on the live map, on all other views: their signs beside images, and which of the points of a map they hold."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.figures.colours import SETS, SHAPES
from dashboard.i18n.format import plain
from dashboard.i18n.texts import listed, t
from dashboard.session import workspace
from dashboard.widgets import map_sets
from vae_core.arrays import Ints
from vae_core.data.ranges import contains
from vae_core.runs.run import Run
from vae_core.runs.selections import Selection


def marked(run: Run) -> list[Selection]:
    """Return the kept sets that are marked on the live map."""
    names = workspace.sets_of(run.id)
    return [one for one in map_sets.kept(run)[0] if one.name in names] if names else []


def signs(run: Run, rows: Sequence[int] | Ints) -> list[str]:
    """Return for each of these rows of the dataset the signs of the marked sets that hold it; "" where none does."""
    found = [(SHAPES[one.colour], contains(one.ranges, rows)) for one in marked(run)]
    return ["".join(sign for sign, holds in found if holds[n]) for n in range(len(rows))]


def legend(run: Run, rows: Sequence[int] | Ints) -> str:
    """Return in a line which signs stand beside these rows; "" where none does."""
    there = [one for one in marked(run) if contains(one.ranges, rows).any()]
    names = [t("chosen.sign", sign=SHAPES[one.colour], name=plain(one.name)) for one in there]
    return t("chosen.legend", sets=listed(names)) if names else ""


def on_points(run: Run, rows: Ints) -> dict[str, Any]:
    """Return what a map needs to mark the sets on the points of these rows: a byte for each as base64, whose bits are the sets in order."""
    sets = marked(run)
    if not sets:
        return {}
    marks = np.zeros(len(rows), np.uint8)
    for bit, one in enumerate(sets):
        marks |= contains(one.ranges, rows).astype(np.uint8) << np.uint8(bit)
    shown = [
        {"bit": bit, "name": one.name, "shape": one.colour, "colour": SETS[one.colour], "glyph": SHAPES[one.colour]}
        for bit, one in enumerate(sets)
    ]
    return {"marks": base64.b64encode(marks.tobytes()).decode(), "shown": shown}
