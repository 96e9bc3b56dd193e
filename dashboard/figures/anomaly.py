"""Strangers among test images: how well each score tells them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures.ranking import Row, describe_rows, draw_ranking
from dashboard.figures.theme import INK, KL, PAPER, QUIET, frame
from dashboard.i18n.format import fixed
from dashboard.i18n.texts import listed, listed_rows, t
from vae_core.inspection.parts.anomaly import METHODS, OWN

Entry = Mapping[str, Any]
DASHES = ("solid", "dash", "dot", "dashdot")


def _rows(found: Sequence[Entry]) -> list[Row]:
    """Return a row for each method: of 100 pairs, in how many the stranger scores higher, and half of its 95 % interval."""
    rows = []
    for one in found:
        low, high = one["auc_interval"]
        kind = "own" if one["method"] in OWN else "model"
        rows.append(Row(t(f"inspect.anomaly.method.{one['method']}"), 100 * one["auc"], 50 * (high - low), kind))
    return rows


def draw_methods(found: Sequence[Entry]) -> go.Figure:
    """Draw the methods by how well they tell strangers of one kind; `found` are entries of the part anomaly."""
    return draw_ranking(_rows(found), t("inspect.anomaly.axis"), t("inspect.anomaly.hover"), is_more_better=True)


def describe_methods(found: Sequence[Entry]) -> str:
    """Say the methods in words."""
    return t("inspect.anomaly.alt", rows=describe_rows(_rows(found), is_more_better=True))


def columns_of_methods(found: Sequence[Entry]) -> dict[str, list[Any]]:
    """Return all that was measured as a table."""
    return {
        "strangers": [one["kind"] for one in found],
        "method": [one["method"] for one in found],
        "auc": [one["auc"] for one in found],
        "auc_low": [one["auc_interval"][0] for one in found],
        "auc_high": [one["auc_interval"][1] for one in found],
        "average_precision": [one["precision"] for one in found],
        "average_precision_low": [one["precision_interval"][0] for one in found],
        "average_precision_high": [one["precision_interval"][1] for one in found],
    }


def draw_roc(curves: Mapping[str, NDArray[Any]]) -> go.Figure:
    """Draw, for each method, the share of strangers that is caught against the share of test images that is flagged; (101,) each."""
    fig, alarms = go.Figure(), np.arange(101)
    for name in (name for name in METHODS if name in curves):
        family = OWN if name in OWN else tuple(one for one in METHODS if one not in OWN)
        line = {"color": INK if name in OWN else KL, "width": 2, "dash": DASHES[family.index(name)]}
        hover = t("inspect.anomaly.hover_roc") + "<extra></extra>"
        title = t(f"inspect.anomaly.method.{name}")
        fig.add_trace(go.Scatter(x=alarms, y=100 * curves[name], mode="lines", name=title, line=line, hovertemplate=hover))
    chance = {"color": QUIET, "width": 1}
    fig.add_trace(go.Scatter(x=[0, 100], y=[0, 100], mode="lines", line=chance, showlegend=False, hoverinfo="skip"))
    frame(fig, dragmode=False, paper_bgcolor=PAPER, plot_bgcolor=PAPER).update_layout(margin={"t": 32, "b": 108})
    fig.update_xaxes(title_text=t("inspect.anomaly.flagged"), range=[-1, 101], fixedrange=True)
    return fig.update_yaxes(title_text=t("inspect.anomaly.caught"), range=[-1, 103], fixedrange=True)


def describe_roc(curves: Mapping[str, NDArray[Any]]) -> str:
    """Say what each method catches where one and ten of 100 test images are flagged."""
    caught = {t(f"inspect.anomaly.method.{name}"): [fixed(100 * curve[at], 0) for at in (1, 10)] for name, curve in curves.items()}
    rows = [f"{name} {listed(both)}" for name, both in caught.items()]
    return t("inspect.anomaly.alt_roc", rows=listed_rows(rows))
