"""Numbers of several ways to do the same, a row each, the best on top: one's own filled, others hollow, a bound as a stroke."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from dashboard.figures.theme import HALO, INK, PAPER, QUIET, frame, hover, literal
from dashboard.i18n.format import fixed
from dashboard.i18n.texts import listed_rows


class Row(NamedTuple):
    """One way.

    Attributes:
        name: in print.
        value: its number.
        error: standard error, None where it is not known.
        kind: "own", "floor" (a bound that nothing goes below) or anything else.
    """

    name: str
    value: float
    error: float | None
    kind: str


def draw_ranking(rows: Sequence[Row], axis: str, template: str, *, is_more_better: bool = False, places: int = 1) -> go.Figure:
    """Draw the rows, sorted by their numbers.

    Args:
        rows: at least one.
        axis: title of the numbers' axis, with their unit.
        template: Plotly's of a row, in which customdata is the standard error; see `theme.hover`.
        is_more_better: whether the largest number stands on top.
        places: decimals that are printed.
    """
    rows = _sorted(rows, is_more_better)
    lengths = [row.error or 0.0 for row in rows]
    ends = [row.value + length for row, length in zip(rows, lengths, strict=True)]
    fig = go.Figure(
        go.Scatter(
            x=[row.value for row in rows], y=[literal(row.name) for row in rows], mode="markers", cliponaxis=False,
            error_x={"array": lengths, "color": QUIET, "thickness": 1.5},
            marker={
                "opacity": 1, "size": [13 if row.kind == "own" else 10 for row in rows],
                "color": [INK if row.kind == "own" else PAPER for row in rows],
                "symbol": ["line-ns-open" if row.kind == "floor" else "circle" for row in rows], "line": {"color": INK, "width": 2},
            },
            customdata=lengths, hovertemplate=[hover(template, [row.error]) for row in rows],
        )
    )  # fmt: skip
    fig.add_scatter(
        x=ends, y=[literal(row.name) for row in rows], mode="text", cliponaxis=False,
        text=[f"\u2002{fixed(row.value, places)}" for row in rows], textposition="middle right", textfont={"color": INK, "shadow": HALO},
        hoverinfo="skip",
    )  # fmt: skip
    frame(fig, dragmode=False, showlegend=False, paper_bgcolor=PAPER, plot_bgcolor=PAPER).update_layout(margin={"t": 32})
    low, high = min(row.value - (row.error or 0.0) for row in rows), max(ends)
    fig.update_xaxes(title_text=axis, fixedrange=True, range=[low - 0.06 * (high - low), high + 0.3 * (high - low)])
    return fig.update_yaxes(fixedrange=True, autorange="reversed", tickfont={"size": 13, "color": INK})


def _sorted(rows: Sequence[Row], is_more_better: bool) -> list[Row]:
    return sorted(rows, key=lambda row: row.value, reverse=is_more_better)


def describe_rows(rows: Sequence[Row], *, is_more_better: bool = False, places: int = 1) -> str:
    """Say the rows in words, in the order in which they are drawn."""
    return listed_rows(f"{row.name} {fixed(row.value, places)}" for row in _sorted(rows, is_more_better))
