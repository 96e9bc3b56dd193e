"""The losses of several runs over one another: reconstruction and KL keep their colours, the dash tells the runs apart."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.figures.loss_curves import History, drawn, from_zero, has_kl, of_split, shown_split, span
from dashboard.figures.theme import INK, KL, RECONSTRUCTION, frame, literal
from dashboard.i18n.format import fixed
from dashboard.i18n.texts import prose, t

DASHES = ("solid", "dash", "dot", "dashdot")  # more runs than these are not told apart
SYMBOLS = ("circle", "square", "diamond", "x")  # where one epoch is all there is, in place of the dashes
PARTS = (("reconstruction", RECONSTRUCTION, "y"), ("kl", KL, "y2"))


def overlay(runs: Sequence[tuple[str, History]]) -> go.Figure:
    """Draw reconstruction above and KL below over a shared epoch axis, for up to four runs (name, columns of history.csv)."""
    spoken = [(name, of_split(history, shown_split(history))) for name, history in runs]
    both = any(has_kl(part) for _, part in spoken)
    fig = go.Figure()
    for dash, symbol, (name, part) in zip(DASHES, SYMBOLS, spoken, strict=False):
        # The legend speaks of runs: a line in the colour of text.
        line, mark, mode = {"color": INK, "dash": dash, "width": 2}, {"symbol": symbol, "size": 9}, drawn(part["reconstruction"])
        fig.add_trace(go.Scatter(x=[None], y=[None], mode=mode, name=literal(name), legendgroup=literal(name), line=line, marker=mark))
        for column, colour, side in PARTS[: 2 if both else 1]:
            fig.add_trace(
                go.Scatter(
                    x=part["epoch"], y=part[column], yaxis=side, mode=drawn(part[column]), showlegend=False, legendgroup=literal(name),
                    line={"color": colour, "dash": dash, "width": 2}, marker=mark, name=literal(name), hovertemplate="%{y:.2f}",
                )
            )  # fmt: skip
    fig.update_layout(
        yaxis={"domain": [0.38 if both else 0, 0.94], "range": span([part["reconstruction"] for _, part in spoken]), "nticks": 7},
        yaxis2={"domain": [0, 0.26], "visible": both, **from_zero([part["kl"] for _, part in spoken]), "nticks": 4, "anchor": "x"},
    )
    frame(fig, hovermode="x unified", dragmode=False)
    fig.update_layout(legend_itemsizing="trace", legend_itemwidth=48)  # as long as a dash takes to be told from a dot
    fig.update_xaxes(title_text=t("losses.epoch"), anchor="y2" if both else "y", showgrid=False)
    for column, colour, side in PARTS[: 2 if both else 1]:
        corner = {"xref": "paper", "yref": f"{side} domain", "x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom"}
        fig.add_annotation(text=t(f"losses.{column}"), showarrow=False, font={"size": 14, "color": colour}, **corner)
    return fig


def describe(runs: Sequence[tuple[str, History]]) -> str:
    """Say in words where each run ends."""
    ends = []
    for name, history in runs:
        part = of_split(history, shown_split(history))
        last = {column: fixed(part[column][-1], 1) for column, _, _ in PARTS}
        key = "compare.alt_run" if has_kl(part) else "compare.alt_run_without_kl"
        ends.append(t(key, name=name, epochs=fixed(part["epoch"][-1], 0), **last))
    return t("compare.alt", runs=prose(*ends))
