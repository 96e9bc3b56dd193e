"""How well several kinds of features do: the means of q, principal components of the same number, and all pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from dashboard.figures.theme import INK, KL, PAPER, QUIET, RECONSTRUCTION, frame
from dashboard.i18n.format import fixed
from dashboard.i18n.texts import listed_rows, t

Entry = Mapping[str, Any]
LOOKS = {
    "mu": (INK, "solid", "circle"),
    "autoencoder": (RECONSTRUCTION, "dashdot", "triangle-up"),
    "pca": (KL, "dash", "square"),
    "pixels": (QUIET, "dot", "diamond"),
}


def names_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the kinds of features that there are in print, with their numbers; values are those of the part features or search."""
    counts = {"mu": values["size"], "pca": values["size"], "pixels": values["pixels"]}
    counts |= {"autoencoder": values["size"]} if values.get("autoencoder") else {}
    return {kind: t(f"inspect.features.kind.{kind}", n=fixed(count, 0)) for kind, count in counts.items()}


def draw_scores(values: Mapping[str, Any], scores: Sequence[Entry], by: str, axis: str, counts: str) -> go.Figure:
    """Draw the percentages against what stands under `by` in each score, a line for each kind, with standard errors.

    Args:
        values: of the part: sizes, and "chance", the share that is right without any features.
        scores: entries with "features", `by`, "value" and "standard_error".
        by: "labels" or "at".
        axis: title of the axis of `by`.
        counts: title of the axis of percentages.
    """
    fig, names = go.Figure(), names_of(values)
    places = [str(one) for one in dict.fromkeys(score[by] for score in scores)]
    for kind, (colour, dash, symbol) in LOOKS.items():
        if kind not in names:
            continue
        mine = [score for score in scores if score["features"] == kind]
        fig.add_trace(
            go.Scatter(
                x=[str(score[by]) for score in mine], y=[100 * score["value"] for score in mine], name=names[kind], mode="lines+markers",
                error_y={"array": [100 * score["standard_error"] for score in mine], "color": colour, "thickness": 1.5},
                line={"color": colour, "width": 2, "dash": dash}, marker={"size": 9, "symbol": symbol, "color": colour},
                customdata=[100 * score["standard_error"] for score in mine], hovertemplate=t("inspect.features.hover") + "<extra></extra>",
            )
        )  # fmt: skip
    chance = 100 * values["chance"]
    fig.add_hline(chance, line={"color": QUIET, "width": 1})
    words = {"text": t("inspect.features.chance", value=fixed(chance, 1)), "font": {"size": 13, "color": QUIET}}
    fig.add_annotation(xref="x domain", x=1, y=chance, showarrow=False, xanchor="right", yanchor="bottom", **words)
    frame(fig, dragmode=False, paper_bgcolor=PAPER, plot_bgcolor=PAPER).update_layout(margin={"t": 32, "b": 84})
    fig.update_xaxes(title_text=axis, type="category", categoryorder="array", categoryarray=places, fixedrange=True)
    return fig.update_yaxes(title_text=counts, range=[0, 104], fixedrange=True)


def describe_scores(values: Mapping[str, Any], scores: Sequence[Entry], by: str) -> str:
    """Say the percentages in words."""
    names = names_of(values)
    numbers = [{"at": fixed(one[by], 0), "value": fixed(100 * one["value"], 1)} for one in scores]
    lines = [t("inspect.alt_row", name=names[one["features"]], **number) for one, number in zip(scores, numbers, strict=True)]
    return t("inspect.features.alt", rows=listed_rows(lines))


def columns_of_scores(scores: Sequence[Entry]) -> dict[str, list[Any]]:
    """Return the scores as a table."""
    return {key: [score[key] for score in scores] for key in scores[0]}
