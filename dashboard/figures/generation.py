"""Pictures drawn in several ways: how like real ones they are, and beside each the nearest training image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures.ranking import Row, describe_rows, draw_ranking
from dashboard.i18n.texts import t
from vae_core.inspection.parts.generation import OWN

Entry = Mapping[str, Any]
ACROSS = 6  # pictures in a row
BETWEEN = 128  # the grey of the line between a picture and the training image below it


def _rows(found: Sequence[Entry], measure: str) -> list[Row]:
    """Return a row for each way to draw, in hundredths; other real images are the bound."""
    kinds = {**dict.fromkeys(OWN, "own"), "real": "floor"}
    return [
        Row(
            t(f"inspect.generation.kind.{one['kind']}"), 100 * one[measure]["value"], 100 * one[measure]["standard_error"],
            kinds.get(one["kind"], "model"),
        )
        for one in found
    ]  # fmt: skip


def draw_measure(found: Sequence[Entry], measure: str) -> go.Figure:
    """Draw the ways by one measure; `found` are entries of the part generation."""
    return draw_ranking(_rows(found, measure), t(f"inspect.generation.axis.{measure}"), t("inspect.generation.hover"), is_more_better=True)


def describe_measure(found: Sequence[Entry], measure: str) -> str:
    """Say the measure in words."""
    rows = describe_rows(_rows(found, measure), is_more_better=True)
    return t("inspect.generation.alt", axis=t(f"inspect.generation.axis.{measure}"), rows=rows)


def columns_of(found: Sequence[Entry], measures: Sequence[str]) -> dict[str, list[Any]]:
    """Return all that was measured as a table."""
    columns: dict[str, list[Any]] = {"kind": [one["kind"] for one in found], "median_nearer": [one["nearer"] for one in found]}
    for measure in measures:
        columns |= {measure: [one[measure]["value"] for one in found]}
        columns |= {f"{measure}_standard_error": [one[measure]["standard_error"] for one in found]}
    return columns


def pairs(drawn: NDArray[np.uint8], nearest: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return pictures (n, *event), each above the nearest training image and parted from it by a line."""
    line = np.full((*drawn.shape[:-2], max(1, drawn.shape[-2] // 14), drawn.shape[-1]), BETWEEN, np.uint8)
    return np.concatenate([drawn, line, nearest], -2)
