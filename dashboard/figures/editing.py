"""Pictures moved from one class towards another: what they are taken for, and what redrawing them costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from dashboard.figures.theme import INK, KL, PAPER, frame, hover
from dashboard.i18n.format import fixed
from dashboard.i18n.texts import listed, listed_rows, t

Entry = Mapping[str, Any]
COLOURS = {"model": INK, "pixels": KL}
DASHES = {"taken": "solid", "third": "dot", "nats": "solid"}


def draw(found: Sequence[Entry], measures: Sequence[str]) -> go.Figure:
    """Draw measures against the strength, a line for each way; `found` are entries of the part editing, measures of one unit."""
    fig = go.Figure()
    times = 1 if "nats" in measures else 100
    for method, colour in COLOURS.items():
        mine = [one for one in found if one["method"] == method]
        for measure in measures:
            values = [times * one[measure]["value"] for one in mine]
            known = [one[measure]["standard_error"] for one in mine]
            errors = [times * (error or 0.0) for error in known]
            fig.add_trace(
                go.Scatter(
                    x=[one["strength"] for one in mine], y=values, name=_name(method, measure, measures), mode="lines+markers",
                    line={"color": colour, "width": 2, "dash": DASHES[measure]}, marker={"size": 8}, error_y={"array": errors, "width": 3},
                    customdata=errors, hovertemplate=hover(t("inspect.editing.hover"), known),
                )
            )  # fmt: skip
    frame(fig, dragmode=False, paper_bgcolor=PAPER, plot_bgcolor=PAPER).update_layout(margin={"t": 32, "b": 108})
    fig.update_xaxes(title_text=t("inspect.editing.strength_axis"), fixedrange=True)
    return fig.update_yaxes(title_text=t(f"inspect.editing.axis.{measures[0]}"), rangemode="tozero", fixedrange=True)


def _name(method: str, measure: str, measures: Sequence[str]) -> str:
    way = t(f"inspect.editing.method.{method}")
    return way if len(measures) == 1 else t(f"inspect.editing.measure.{measure}", way=way)


def describe(found: Sequence[Entry], measures: Sequence[str]) -> str:
    """Say the measures in words."""
    times = 1 if "nats" in measures else 100
    rows = []
    for one in found:
        numbers = listed(fixed(times * one[measure]["value"], 1) for measure in measures)
        rows.append(t("inspect.alt_row", name=t(f"inspect.editing.method.{one['method']}"), at=one["strength"], value=numbers))
    return t(f"inspect.editing.alt.{measures[0]}", rows=listed_rows(rows))


def columns_of(found: Sequence[Entry], columns: Sequence[Entry]) -> dict[str, list[Any]]:
    """Return all that was measured as a table; `columns` are those whose drift was measured."""
    table: dict[str, list[Any]] = {key: [one[key] for one in found] for key in ("method", "strength")}
    for measure in ("taken", "third", "nats"):
        table[measure] = [one[measure]["value"] for one in found]
        table[f"{measure}_standard_error"] = [one[measure]["standard_error"] for one in found]
    for n, column in enumerate(columns):
        table[f"drift of {column['name']}"] = [one["drift"][n]["value"] for one in found]
    return table
