"""Noise taken off images: the error that each way leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from dashboard.figures.theme import INK, KL, PAPER, QUIET, RECONSTRUCTION, frame, hover
from dashboard.i18n.format import fixed
from dashboard.i18n.texts import listed_rows, t

Entry = Mapping[str, Any]
LOOKS = {
    "model": (INK, "solid", "circle"),
    "nothing": (QUIET, "dot", "line-ew-open"),
    "median": (KL, "dash", "square"),
    "total_variation": (KL, "dashdot", "triangle-up"),
    "wiener": (RECONSTRUCTION, "dash", "diamond"),
}


def draw_errors(found: Sequence[Entry]) -> go.Figure:
    """Draw the error per pixel against the noise, a line for each way; `found` are entries of the part denoising."""
    fig = go.Figure()
    for method, (colour, dash, symbol) in LOOKS.items():
        mine = [one for one in found if one["method"] == method]
        errors = [one["standard_error"] for one in mine]
        fig.add_trace(
            go.Scatter(
                x=[one["sigma"] for one in mine], y=[one["value"] for one in mine], name=t(f"inspect.denoising.method.{method}"),
                mode="lines+markers", line={"color": colour, "width": 2, "dash": dash}, marker={"size": 9, "symbol": symbol},
                customdata=errors, hovertemplate=hover(t("inspect.denoising.hover"), errors),
            )
        )  # fmt: skip
    frame(fig, dragmode=False, paper_bgcolor=PAPER, plot_bgcolor=PAPER).update_layout(margin={"t": 32, "b": 96})
    fig.update_xaxes(title_text=t("inspect.denoising.noise"), fixedrange=True)
    return fig.update_yaxes(title_text=t("inspect.denoising.axis"), rangemode="tozero", fixedrange=True)


def describe_errors(found: Sequence[Entry]) -> str:
    """Say the errors in words."""
    names = {method: t(f"inspect.denoising.method.{method}") for method in LOOKS}
    rows = [t("inspect.alt_row", name=names[one["method"]], at=one["sigma"], value=fixed(one["value"], 3)) for one in found]
    return t("inspect.denoising.alt", rows=listed_rows(rows))
