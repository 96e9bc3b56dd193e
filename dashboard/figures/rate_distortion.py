"""Rate against distortion: runs as points, epochs as a trail, lines of equal price; Shannon's curve of a linear-Gaussian run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures.theme import FAINT, HALO, INK, KL, PAPER, QUIET, RECONSTRUCTION, frame, literal
from dashboard.i18n.format import fixed
from dashboard.i18n.names import run_name
from dashboard.i18n.texts import listed_rows, t

if TYPE_CHECKING:
    from vae_core.evaluation.rate_distortion import Point

Place = tuple[float, float]
Diagonal = tuple[float, tuple[Place, Place]]
NAMED = 8  # runs whose names stand beside their points; the others say theirs on hover


def draw_runs(points: Sequence[Point], diagonals: Sequence[Diagonal], here: str) -> go.Figure:
    """Draw points (rate to the right, distortion upward, nats per image) over lines of equal -ELBO.

    Args:
        points: final runs and, of kind "epoch", the trail of each.
        diagonals: (nats, (one end, other end)).
        here: the run that stands out.
    """
    fig = go.Figure()
    low, high = (extreme(point.rate for point in points) for extreme in (min, max))
    for nats, (start, end) in diagonals:
        _diagonal(fig, nats, start, end)
    for stands_out in (False, True):  # few traces, however many the runs: each costs the browser as much as hundreds of points
        of_these = [point for point in points if (point.run == here) == stands_out]
        _trails(fig, [point for point in of_these if point.kind == "epoch"], stands_out)
        _ends(fig, [point for point in of_these if point.kind == "run"], stands_out, (low + high) / 2)
    frame(fig, hovermode="closest", dragmode=False, showlegend=False, paper_bgcolor=PAPER, plot_bgcolor=PAPER)
    fig.update_xaxes(
        title_text=t("inspect.rate-distortion.rate"), fixedrange=True, title_font_color=KL, **_span([p.rate for p in points], 0.12)
    )
    return fig.update_yaxes(
        title_text=t("inspect.rate-distortion.distortion"),
        fixedrange=True,
        title_font_color=RECONSTRUCTION,
        **_span([p.distortion for p in points], 0.06),
    )


def _span(values: Sequence[float], share: float) -> dict[str, list[float]]:
    low, high = min(values), max(values)
    margin = share * (high - low) or 1.0
    return {"range": [low - margin, high + margin]}


def _diagonal(fig: go.Figure, nats: float, start: Place, end: Place) -> None:
    line = {"color": QUIET, "width": 1, "dash": "dot"}
    fig.add_trace(go.Scatter(x=[start[0], end[0]], y=[start[1], end[1]], mode="lines", line=line, hoverinfo="skip"))
    upper = max(start, end, key=lambda place: place[1])
    font = {"size": 13, "color": QUIET, "shadow": HALO}
    words = t("inspect.rate-distortion.diagonal", nats=fixed(nats, 0))
    fig.add_annotation(x=upper[0], y=upper[1], text=words, showarrow=False, font=font, xanchor="left", yanchor="bottom")


def _trails(fig: go.Figure, points: Sequence[Point], stands_out: bool) -> None:
    """Draw the epochs of runs, each run's by a line of its own."""
    if not points:
        return
    x: list[float | None] = []
    y: list[float | None] = []
    words: list[str] = []
    for before, point in zip([points[0], *points], points, strict=False):
        if point.run != before.run:  # a gap parts two lines
            x.append(None)
            y.append(None)
            words.append("")
        name = literal(run_name(point.name))
        x.append(point.rate)
        y.append(point.distortion)
        words.append(t("inspect.rate-distortion.epoch", name=name, epoch=point.epoch))
    colour = INK if stands_out else QUIET
    fig.add_trace(
        go.Scatter(
            x=x, y=y, mode="lines+markers", line={"color": colour, "width": 1.5}, marker={"size": 5, "color": colour},
            opacity=1 if stands_out else 0.5, text=words, hovertemplate=t("inspect.rate-distortion.hover") + "<extra></extra>",
        )
    )  # fmt: skip


def _ends(fig: go.Figure, points: Sequence[Point], stands_out: bool, middle: float) -> None:
    """Draw where runs ended; the first few are named beside their points, on the side where there is room."""
    if not points:
        return
    named = len(points) if stands_out else NAMED - 1
    fig.add_trace(
        go.Scatter(
            x=[point.rate for point in points], y=[point.distortion for point in points], mode="markers+text",
            text=[literal(run_name(point.name)) for point in points],
            textposition=["middle right" if point.rate <= middle else "middle left" for point in points],
            textfont={"color": [INK if i < named else "rgba(0,0,0,0)" for i in range(len(points))], "size": 13, "shadow": HALO},
            marker={"size": 15 if stands_out else 11, "color": INK if stands_out else PAPER, "line": {"color": INK, "width": 2}},
            hovertemplate=t("inspect.rate-distortion.hover") + "<extra></extra>", cliponaxis=False,
        )
    )  # fmt: skip


def describe_runs(points: Sequence[Point], here: str) -> str:
    """Say in words where each run stands."""
    finals = sorted((point for point in points if point.kind == "run"), key=lambda point: point.run != here)[:NAMED]
    numbers = [{"name": run_name(p.name), "rate": fixed(p.rate, 1), "distortion": fixed(p.distortion, 1)} for p in finals]
    spots = listed_rows(t("inspect.rate-distortion.alt_run", **of) for of in numbers)
    return t("inspect.rate-distortion.alt", n=len({point.run for point in points}), runs=spots)


def draw_curve(values: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> go.Figure:
    """Draw Shannon's curve (rate against squared error), what this many latents can reach, theory's point and this run's."""
    fig = go.Figure()
    for key, dash, width in (("curve", "solid", 2.5), ("reachable", "dash", 1.5)):
        if len(arrays.get(f"{key}_rate", ())):
            fig.add_trace(
                go.Scatter(
                    x=arrays[f"{key}_error"], y=arrays[f"{key}_rate"], mode="lines", name=t(f"inspect.rate-distortion.curve.{key}"),
                    line={"color": INK if key == "curve" else QUIET, "width": width, "dash": dash},
                )
            )  # fmt: skip
    for key, symbol, colour in (("theory", "cross-thin", INK), ("here", "circle", KL)):
        marker = {"size": 13, "symbol": symbol, "color": colour, "line": {"color": colour, "width": 2.5}}
        spot = values[key]
        fig.add_trace(
            go.Scatter(x=[spot["error"]], y=[spot["rate"]], mode="markers", name=t(f"inspect.rate-distortion.curve.{key}"), marker=marker)
        )
    frame(fig, hovermode="closest", dragmode=False, paper_bgcolor=PAPER, plot_bgcolor=PAPER)
    fig.update_layout(margin={"b": 60})
    fig.update_xaxes(title_text=t("inspect.rate-distortion.curve.error_axis"), fixedrange=True, rangemode="tozero")
    return fig.update_yaxes(title_text=t("inspect.rate-distortion.curve.rate_axis"), fixedrange=True, rangemode="tozero")


def draw_water_level(values: Mapping[str, Any]) -> go.Figure:
    """Draw the data's variances, largest first, over the water level theta: what lies below it is not sent."""
    eigenvalues, theta = np.asarray(values["eigenvalues"], float), float(values["theta"])
    places, shown = np.arange(1, len(eigenvalues) + 1), np.maximum(eigenvalues, 1e-12)
    colours = [KL if value > theta and i < values["latent_size"] else QUIET for i, value in enumerate(eigenvalues)]
    fig = go.Figure(go.Bar(x=places, y=shown, marker={"color": colours}, hovertemplate="%{x}: %{y:.4g}<extra></extra>"))
    fig.add_hline(theta, line={"color": INK, "width": 2})
    # On a logarithmic axis an annotation stands at the logarithm, a line at the value.
    words = {"text": t("inspect.rate-distortion.curve.level"), "font": {"color": INK, "shadow": HALO}, "showarrow": False}
    fig.add_annotation(x=1, xref="paper", y=np.log10(theta), xanchor="right", yanchor="bottom", **words)
    frame(fig, dragmode=False, showlegend=False, bargap=0.15, paper_bgcolor=PAPER, plot_bgcolor=PAPER)
    fig.update_xaxes(title_text=t("inspect.rate-distortion.curve.direction_axis"), fixedrange=True, showgrid=False)
    floor = np.log10(max(min(theta, float(shown[shown > 1e-9].min(initial=theta))) / 3, 1e-9))
    top = np.log10(max(theta, float(shown.max())) * 2)
    fig.update_yaxes(
        title_text=t("inspect.rate-distortion.curve.variance_axis"), type="log", dtick=1, exponentformat="power", range=[floor, top]
    )
    return fig.update_yaxes(fixedrange=True, gridcolor=FAINT)
