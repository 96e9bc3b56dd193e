"""Where the nats of the KL go: its parts as bars that follow one another, and each dimension over the epochs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures.theme import INK, KL, PAPER, QUIET, frame
from dashboard.i18n.format import axis, cost_parts, fixed
from dashboard.i18n.texts import t

PARTS = ("mutual_information", "total_correlation", "dimension_kl")


def draw_parts(values: dict[str, Any]) -> go.Figure:
    """Draw the mean KL and below it its three parts, each bar beginning where the one above it ends.

    Args:
        values: of the part kl-decomposition (see vae_core.inspection.parts); what too few images cannot tell is grey.
    """
    rows, shown = _rows(values), printed(values)
    fig, start = go.Figure(), 0.0
    for key, value, error in rows:
        base = 0.0 if key in ("mean_kl", "mutual_information") else start
        unsure = values["too_few"] and key in PARTS[:2]
        fig.add_trace(
            go.Bar(
                x=[value], y=[t(f"inspect.kl-decomposition.{key}")], base=[base], orientation="h", width=0.62,
                marker={"color": QUIET if unsure else KL, "opacity": 0.4 if unsure else {"mean_kl": 0.45}.get(key, 1.0)},
                error_x={"array": [error], "color": INK, "thickness": 1.5, "visible": error > 0 and not unsure},
                text=["" if unsure else "\u2002" + shown[key]],
                textposition="outside", cliponaxis=False, textfont={"color": INK},
                hovertemplate=t("inspect.kl-decomposition.hover", value=f"{value:.6f}", error=f"{error:.6f}") + "<extra></extra>",
            )
        )  # fmt: skip
        if unsure:  # over the bar and from the left edge on, where the words have room on a phone too
            place = {"x": 0, "y": t(f"inspect.kl-decomposition.{key}"), "xanchor": "left"}
            fig.add_annotation(text=t("inspect.kl-decomposition.cannot_tell"), showarrow=False, font={"color": INK}, **place)
        start = base + value if key != "mean_kl" else 0.0
    frame(fig, showlegend=False, dragmode=False, paper_bgcolor=PAPER, plot_bgcolor=PAPER)
    reach = max(values["mean_kl"], *(abs(value) for _, value, _ in rows))
    span = [min(0.0, *(value for _, value, _ in rows)) * 1.1, 1.3 * reach]
    fig.update_xaxes(title_text=t("inspect.kl-decomposition.axis"), fixedrange=True, range=span)
    return fig.update_yaxes(autorange="reversed", fixedrange=True, showgrid=False, tickfont={"size": 13, "color": INK})


def _rows(values: dict[str, Any]) -> list[tuple[str, float, float]]:
    """Return (key, nats, standard error) of every bar."""
    parts = [(key, values[key]["value"], values[key]["standard_error"] or 0.0) for key in PARTS[:2]]
    return [("mean_kl", values["mean_kl"], 0.0), *parts, ("dimension_kl", values["dimension_kl_total"], values["dimension_kl_error"])]


def printed(values: dict[str, Any]) -> dict[str, str]:
    """Return the mean KL, its parts and what they leave over in print; the parts and the rest add up."""
    *parts, whole = cost_parts(*(value for _, value, _ in _rows(values)[1:]), values["remainder"]["value"], places=2)
    return dict(zip((*PARTS, "left", "mean_kl"), (*parts, whole), strict=True))


def describe_parts(values: dict[str, Any]) -> str:
    """Say the bars in words."""
    return t("inspect.kl-decomposition.alt_few" if values["too_few"] else "inspect.kl-decomposition.alt", **printed(values))


def columns_of_parts(values: dict[str, Any]) -> dict[str, list[Any]]:
    """Return the split as a table: part, nats, standard error."""
    rows = [*_rows(values), *((key, values[key]["value"], values[key]["standard_error"]) for key in ("at_most", "remainder"))]
    rows += [(f"kl z{j + 1}", value, None) for j, value in enumerate(values["kl_per_dim"])]
    rows += [(f"dimension_kl z{j + 1}", value, None) for j, value in enumerate(values["dimension_kl"])]
    return {"part": [row[0] for row in rows], "nats": [row[1] for row in rows], "standard_error": [row[2] for row in rows]}


def draw_epochs(carried: NDArray[Any], order: Sequence[int], asleep: Sequence[int], kind: str = "kl") -> go.Figure:
    """Draw what each dimension carries (epochs, d) as a heat map, one row per dimension, in the given order from the top.

    Args:
        carried: KL in nats, or where `kind` is "variance" the variance of the images' places.
        asleep: the dimensions whose name says that they sleep.
    """
    names = [t("inspect.kl-decomposition.asleep", name=axis(j)) if j in asleep else axis(j) for j in order]
    fig = go.Figure(
        go.Heatmap(
            z=carried[:, list(order)].T, x=np.arange(1, len(carried) + 1), y=names,
            colorscale="Cividis", zmin=0, zmax=max(float(carried.max()), 1e-6),
            colorbar={
                "title": {"text": t(f"inspect.kl-decomposition.colour_{kind}"), "side": "top", "font": {"size": 13}}, "thickness": 12,
                "tickfont": {"color": QUIET, "size": 13},
            },
            hovertemplate=t(f"inspect.kl-decomposition.hover_{kind}") + "<extra></extra>",
        )
    )  # fmt: skip
    frame(fig, dragmode=False, paper_bgcolor=PAPER, plot_bgcolor=PAPER)
    fig.update_layout(margin={"t": 32})
    fig.update_xaxes(title_text=t("losses.epoch"), fixedrange=True, showgrid=False)
    return fig.update_yaxes(autorange="reversed", fixedrange=True, showgrid=False, type="category", tickfont={"size": 13, "color": INK})


def describe_epochs(carried: NDArray[Any], order: Sequence[int], kind: str = "kl") -> str:
    """Say in words how the largest and the smallest dimension began and ended."""
    first, last = order[0], order[-1]
    ends = {name: fixed(carried[at, j], 2) for name, at, j in (("a", 0, first), ("b", -1, first), ("c", 0, last), ("d", -1, last))}
    return t(f"inspect.kl-decomposition.alt_{kind}", n=len(carried), first=axis(first), last=axis(last), **ends)
