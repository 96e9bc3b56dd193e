"""Pictures of which a part is erased: the error that each way to complete them leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from dashboard.figures.ranking import Row, describe_rows, draw_ranking
from dashboard.i18n.texts import t

Entry = Mapping[str, Any]
OWN = ("average", "one")


def _rows(found: Sequence[Entry]) -> list[Row]:
    """Return a row for each method; `found` are entries of the part completion with one part erased."""
    return [
        Row(
            t(f"inspect.completion.method.{one['method']}"), one["value"], one["standard_error"], "own" if one["method"] in OWN else "model"
        )
        for one in found
    ]


def draw_errors(found: Sequence[Entry]) -> go.Figure:
    """Draw the error of an erased pixel, a row for each method."""
    return draw_ranking(_rows(found), t("inspect.completion.axis"), t("inspect.completion.hover"), places=3)


def describe_errors(found: Sequence[Entry]) -> str:
    """Say the errors in words."""
    return t("inspect.completion.alt", rows=describe_rows(_rows(found), places=3))
