"""Ways to tell classes by few labels: how many of 100 test images each gets right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from dashboard.figures.ranking import Row, describe_rows, draw_ranking
from dashboard.i18n.format import fixed
from dashboard.i18n.texts import t
from vae_core.inspection.parts.few_labels import OWN

Entry = Mapping[str, Any]


def name_of(method: str, values: Mapping[str, Any]) -> str:
    """Return a method in print; values are those of the part few-labels."""
    return t(f"inspect.few-labels.method.{method}", size=fixed(values["size"], 0), pixels=fixed(values["pixels"], 0))


def _rows(values: Mapping[str, Any]) -> list[Row]:
    scores: Sequence[Entry] = values["scores"]
    return [
        Row(
            name_of(one["method"], values), 100 * one["value"], 100 * one["standard_error"], "own" if one["method"] in OWN else "model",
        )
        for one in scores
    ]  # fmt: skip


def draw_methods(values: Mapping[str, Any]) -> go.Figure:
    """Draw the methods by what they get right."""
    return draw_ranking(_rows(values), t("inspect.features.axis"), t("inspect.few-labels.hover"), is_more_better=True)


def describe_methods(values: Mapping[str, Any]) -> str:
    """Say the methods in words."""
    return t("inspect.features.alt", rows=describe_rows(_rows(values), is_more_better=True))
