"""The columns by which the points of a map may be coloured: what is offered, and the values of one on their way to the browser."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.components import point_packets
from dashboard.components.packet import pack
from dashboard.components.run_packets import run_key
from dashboard.figures.colours import class_colours
from vae_core.printable import shown
from vae_core.runs.columns import Column
from vae_core.runs.run import Run

LONGEST_NAME, LONGEST_TITLE = 200, 60  # letters of a category, and of a column's name
CLIP = (0.01, 0.99)  # quantiles between which the colours of a scale run, so that one far value does not take them all
BARS = 32  # of a legend's histogram


def offered(columns: Iterable[Column]) -> list[dict[str, Any]]:
    """Return the columns that points may be coloured by, those of texts without end left out.

    Each has its name and group, a title where its owner named it, and the count of its categories where it has some.
    """
    found = []
    for column in columns:
        facts: dict[str, Any] = {"name": column.name, "group": column.group}
        facts |= {"title": title_of(column)} if column.group == "table" else {}
        facts |= {"count": len(column.categories)} if column.categories else {}
        if column.kind != "text":
            found.append(facts)
    return found


def title_of(column: Column) -> str:
    """Return what the owner of a column calls it, as a list can hold it."""
    return cut(column.name.removeprefix("table:"), LONGEST_TITLE)


def column_packet(run: Run, column: Column) -> bytes:
    """Return the packet of one of `run.columns()`, of the images whose points are sent: one to eight bytes a point.

    Categories take the smallest whole numbers that hold them and the one more that means none; dates are too far from 1970 for a float32.
    """
    names = [cut(name, LONGEST_NAME) for name in column.categories]
    own = column.values[point_packets.sent(len(column.values), run.config.model.latent_size)]
    kind = {"number": "<f4", "date": "<f8"}.get(column.kind) or ("<u1" if len(names) < 2**8 else "<u2")
    with np.errstate(over="ignore"):  # a number beyond those of 32 bits is as good as none
        values = own.astype(kind)
    facts: dict[str, Any] = {"name": column.name, "kind": column.kind, "type": kind[1:], "categories": names, "unit": column.unit}
    facts |= {"scale": None if column.is_of_texts else scale_of(values), "colours": class_colours(len(names))}
    return pack(f"{run_key(run)}/column/{column.name}", {"values": values.tobytes()}, **facts)


def scale_of(values: NDArray[Any]) -> dict[str, Any] | None:
    """Return how numbers (N,) spread: their ends, the quantiles between which colours run, how many lie where; None where there are none.

    `bars` counts values in equal steps between the two quantiles; those beyond count in the first and the last.
    """
    known = values[np.isfinite(values)].astype(np.float64)
    if not len(known):
        return None
    low, high = (float(end) for end in np.quantile(known, CLIP))
    if low == high:
        low, high = float(known.min()), float(known.max())
    bars = np.histogram(np.clip(known, low, high), BARS, (low, high))[0].tolist() if low < high else [len(known)]
    return {"ends": [float(known.min()), float(known.max())], "clip": [low, high], "bars": bars, "missing": len(values) - len(known)}


def cut(name: str, longest: int) -> str:
    """Return a name that anybody may have written on one line and no longer than so many letters."""
    words = shown(name)
    return words if len(words) <= longest else f"{words[: longest - 1]}…"
