"""The encoder's cloud against the bell curve: log q(z)/p(z) as a map or a curve, with the holes marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures.theme import HALO, INK, PAPER, QUIET, frame
from dashboard.i18n.format import axis as name_of
from dashboard.i18n.texts import t

# Red where the cloud is thinner than the bell, blue where it is thicker, nothing at zero: the page's own ground is the neutral colour.
THINNER, THICKER = "178,24,43", "33,102,172"
SCALE = [[0.0, f"rgba({THINNER},1)"], [0.5, f"rgba({THINNER},0)"], [0.5, f"rgba({THICKER},0)"], [1.0, f"rgba({THICKER},1)"]]
SIGMAS = (1, 2, 3)
NAMED = 8  # holes that carry their number on the map


def reach_of(ratio: NDArray[Any], threshold: float) -> float:
    """Return the nats at which the colours end: beyond the threshold, and no farther than is needed."""
    return float(np.clip(max(1.6 * abs(threshold), np.quantile(np.abs(ratio[np.isfinite(ratio)]), 0.75)), 2.0, 12.0))


def draw_map(axis: NDArray[Any], ratio: NDArray[Any], region: NDArray[Any], values: Mapping[str, Any]) -> go.Figure:
    """Draw log q/p (rows, columns), row 0 at the lowest second coordinate, with the holes' outlines, their numbers, and the prior's rings.

    Args:
        axis: (side,) of both axes, ascending.
        region: same shape, 0 none, i + 1 within holes[i].
        values: of the part prior-holes (see vae_core.inspection.parts).
    """
    reach = reach_of(ratio, values["threshold"])
    fig = go.Figure(
        go.Heatmap(
            z=ratio, x=axis, y=axis, colorscale=SCALE, zmin=-reach, zmax=reach, zsmooth="best",
            colorbar={
                "title": {"text": t("inspect.prior-holes.colour"), "side": "bottom"}, "orientation": "h", "thickness": 12, "y": -0.14,
                "yanchor": "top", "tickfont": {"color": QUIET, "size": 13},
            },
            hovertemplate=t("inspect.prior-holes.hover") + "<extra></extra>",
        )
    )  # fmt: skip
    contours = {"start": 0.5, "end": 0.5, "size": 1, "coloring": "none"}
    outline = {"x": axis, "y": axis, "contours": contours, "showscale": False, "hoverinfo": "skip", "line": {"color": INK, "width": 1.5}}
    fig.add_trace(go.Contour(z=(region > 0).astype(float), **outline))
    for k in SIGMAS:
        fig.add_shape(type="circle", x0=-k, x1=k, y0=-k, y1=k, line={"color": QUIET, "width": 1, "dash": "dash"})
        fig.add_annotation(x=0, y=-k, text=f"{k}σ", showarrow=False, font={"size": 13, "color": INK, "shadow": HALO})
    for i, hole in enumerate(values["holes"][:NAMED]):
        font = {"size": 16, "weight": 700, "color": INK, "shadow": HALO}
        fig.add_annotation(x=hole["z"][0], y=hole["z"][1], text=str(i + 1), showarrow=False, font=font)
    frame(fig, dragmode=False, paper_bgcolor=PAPER, plot_bgcolor=PAPER)
    fig.update_layout(margin={"t": 32})
    span = {"range": [float(axis[0]), float(axis[-1])], "fixedrange": True, "showgrid": False, "constrain": "domain"}
    fig.update_xaxes(title_text=name_of(0), **span)
    return fig.update_yaxes(title_text=name_of(1), scaleanchor="x", **span)


def draw_line(axis: NDArray[Any], ratio: NDArray[Any], region: NDArray[Any], values: Mapping[str, Any]) -> go.Figure:
    """Draw log q/p (side,) of one dimension, above zero and below it in two colours, with the holes shaded; see `draw_map`."""
    reach = 1.5 * reach_of(ratio, values["threshold"])
    shown = np.clip(ratio, -reach, reach)
    fig = go.Figure()
    for colour, part in ((THICKER, np.maximum(shown, 0)), (THINNER, np.minimum(shown, 0))):
        fig.add_trace(
            go.Scatter(x=axis, y=part, mode="lines", line={"width": 0}, fill="tozeroy", fillcolor=f"rgba({colour},0.6)", hoverinfo="skip")
        )
    hover = t("inspect.prior-holes.hover_line") + "<extra></extra>"
    fig.add_trace(go.Scatter(x=axis, y=shown, mode="lines", line={"color": INK, "width": 1.5}, customdata=ratio, hovertemplate=hover))
    fig.add_hline(values["threshold"], line={"color": QUIET, "width": 1, "dash": "dash"})
    for i, (low, high) in enumerate(_stretches(axis, region, len(values["holes"][:NAMED]))):
        fig.add_vrect(low, high, fillcolor=f"rgba({THINNER},0.15)", line_width=0, layer="below")
        font = {"size": 16, "weight": 700, "color": INK, "shadow": HALO}
        fig.add_annotation(x=(low + high) / 2, y=0.94, yref="y domain", text=str(i + 1), showarrow=False, font=font)
    frame(fig, dragmode=False, showlegend=False, paper_bgcolor=PAPER, plot_bgcolor=PAPER)
    fig.update_layout(margin={"t": 32})
    fig.update_xaxes(title_text=name_of(0), range=[float(axis[0]), float(axis[-1])], fixedrange=True)
    return fig.update_yaxes(title_text=t("inspect.prior-holes.colour"), fixedrange=True, range=[-1.05 * reach, 1.05 * reach])


def _stretches(axis: NDArray[Any], region: NDArray[Any], n: int) -> list[tuple[float, float]]:
    """Return from where to where each hole reaches."""
    half = float(axis[1] - axis[0]) / 2
    spans = [axis[region == i + 1] for i in range(n)]
    return [(float(span.min()) - half, float(span.max()) + half) if len(span) else (0.0, 0.0) for span in spans]


def columns_of(axis: NDArray[Any], ratio: NDArray[Any], region: NDArray[Any]) -> dict[str, Sequence[float]]:
    """Return the map as a table, one row per cell."""
    places = np.meshgrid(*[axis] * ratio.ndim, indexing="xy")
    named = {f"z{j + 1}": grid.ravel().tolist() for j, grid in enumerate(places)}
    return {**named, "log_ratio": ratio.ravel().tolist(), "hole": region.ravel().tolist()}
