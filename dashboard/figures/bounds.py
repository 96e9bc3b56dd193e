"""What an image costs: beside simpler models, by tighter bounds, and how the loss of the bound spreads over the images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.ranking import Row, describe_rows, draw_ranking
from dashboard.figures.theme import HALO, INK, KL, PAPER, QUIET, frame, hover
from dashboard.i18n.format import fixed, number
from dashboard.i18n.texts import listed_rows, t

GAPS = ("gap", "amortisation", "approximation")
Entry = Mapping[str, Any]


def draw_references(values: Mapping[str, Any], labels: Sequence[tuple[str, Entry]]) -> go.Figure:
    """Draw the model's -ELBO and its tightest bound among simpler models and the floor, one row each, best on top (nats per image).

    Args:
        values: of the part bounds (see vae_core.inspection.parts).
        labels: (name in print, entry) of every reference.
    """
    return draw_ranking(_rows(values, labels), t("inspect.bounds.axis"), t("inspect.bounds.hover"))


def _rows(values: Mapping[str, Any], labels: Sequence[tuple[str, Entry]]) -> list[Row]:
    """Return a row of the model and of every reference."""
    cost = values["negative_elbo"]
    own = Row(t("inspect.bounds.own"), cost["value"], cost["standard_error"], "own")
    return [own, *(Row(name, row["nats"], row["standard_error"], row["kind"]) for name, row in labels)]


def describe_references(values: Mapping[str, Any], labels: Sequence[tuple[str, Entry]]) -> str:
    """Say the rows in words."""
    return t("inspect.bounds.alt", rows=describe_rows(_rows(values, labels)))


def columns_of_references(values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the rows as a table."""
    rows = [("negative_elbo", values["negative_elbo"]["value"], values["negative_elbo"]["standard_error"])]
    rows += [(row["name"], row["nats"], row["standard_error"]) for row in values["references"]]
    return dict(zip(("name", "nats", "standard_error"), map(list, zip(*rows, strict=True)), strict=True))


def draw_bounds(rows: Sequence[Entry], log_p: Mapping[str, Any] | None) -> go.Figure:
    """Draw minus the bound against the number of samples K, with its standard error, and the exact value where there is one."""
    k, value, error = (np.array([row[key] or 0.0 for row in rows], float) for key in ("k", "value", "standard_error"))
    fig = go.Figure()
    band = {"x": [*k, *k[::-1]], "y": [*(value + error), *(value - error)[::-1]], "hoverinfo": "skip", "showlegend": False}
    fig.add_trace(go.Scatter(**band, mode="lines", line={"width": 0}, fill="toself", fillcolor=QUIET, opacity=0.18))
    fig.add_trace(
        go.Scatter(
            x=k, y=value, mode="lines+markers", line={"color": INK, "width": 2}, marker={"size": 8}, customdata=error, showlegend=False,
            hovertemplate=hover(t("inspect.bounds.hover_k"), [row["standard_error"] for row in rows]),
        )
    )  # fmt: skip
    if log_p is not None:
        fig.add_hline(-log_p["value"], line={"color": KL, "width": 2, "dash": "dash"})
        font = {"size": 13, "color": KL, "shadow": HALO}
        words = t("inspect.bounds.line", value=fixed(-log_p["value"], 2))
        fig.add_annotation(xref="x domain", x=0, y=-log_p["value"], text=words, showarrow=False, font=font, xanchor="left", yanchor="top")
    frame(fig, dragmode=False, paper_bgcolor=PAPER, plot_bgcolor=PAPER).update_layout(margin={"t": 32})
    fig.update_xaxes(
        title_text=t("inspect.bounds.samples"), type="log", fixedrange=True, tickvals=list(k), ticktext=[fixed(n, 0) for n in k]
    )
    return fig.update_yaxes(title_text=t("inspect.bounds.bound"), fixedrange=True)


def describe_bounds(rows: Sequence[Entry], log_p: Mapping[str, Any] | None) -> str:
    """Say the bounds in words."""
    spots = listed_rows(t("inspect.bounds.alt_k", k=fixed(row["k"], 0), value=fixed(row["value"], 2)) for row in rows)
    return t("inspect.bounds.alt_bounds", rows=spots) + (
        "" if log_p is None else t("inspect.bounds.alt_exact", value=fixed(-log_p["value"], 2))
    )


def draw_gaps(quantiles: Mapping[str, Sequence[float]]) -> go.Figure:
    """Draw, for the whole gap and its two causes, how many of 100 images lose at most so many nats."""
    fig = go.Figure()
    for key, colour, dash in zip(GAPS, (INK, KL, QUIET), ("solid", "dash", "dot"), strict=True):
        nats = [value if value > 0 else None for value in quantiles[key]]  # the axis counts in powers of ten
        line = {"color": colour, "width": 2.5, "dash": dash}
        name, hover = t(f"inspect.inference-gap.spread.{key}"), t("inspect.inference-gap.spread.hover") + "<extra></extra>"
        fig.add_trace(go.Scatter(x=np.arange(101), y=nats, mode="lines", name=name, line=line, hovertemplate=hover))
    frame(fig, dragmode=False, hovermode="x unified", paper_bgcolor=PAPER, plot_bgcolor=PAPER).update_layout(margin={"t": 32})
    fig.update_layout(margin={"b": 60, "t": 32})
    top = max(max(values) for values in quantiles.values())
    fig.update_xaxes(
        title_text=t("inspect.inference-gap.spread.images"),
        fixedrange=True,
        unifiedhovertitle_text=t("inspect.inference-gap.spread.hover_title"),
    )
    ticks = [0.001, 0.01, 0.1, 1, 10, 100, 1000]
    low, high = np.log10(0.003), np.log10(max(1.0, top) * 1.4)
    return fig.update_yaxes(
        title_text=t("inspect.inference-gap.spread.axis"),
        type="log",
        range=[low, high],
        tickvals=ticks,
        ticktext=[number(v, 1) for v in ticks],
        fixedrange=True,
    )
