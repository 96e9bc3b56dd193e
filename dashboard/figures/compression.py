"""What an image takes in bits without loss, by a model's code and by others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from dashboard.figures.ranking import Row, describe_rows, draw_ranking
from dashboard.i18n.texts import t, text_or

Found = Mapping[str, Any]


def draw(found: Found) -> go.Figure:
    """Draw the bits per image; `found` is one entry of `sets` of the part compression (see vae_core.inspection.parts)."""
    return draw_ranking(_rows(found), t("inspect.compression.axis"), t("inspect.compression.hover"))


def _rows(found: Found) -> list[Row]:
    own = Row(t("inspect.compression.own"), found["net"], None, "own")
    floor = Row(t("inspect.compression.bound"), found["bound"]["value"], found["bound"]["standard_error"], "floor")
    return [own, floor, *(Row(text_or(f"reference.{one['name']}", one["name"]), one["bits"], None, "model") for one in found["others"])]


def describe(found: Found) -> str:
    """Say the bits in words."""
    return t("inspect.compression.alt", n=found["n"], rows=describe_rows(_rows(found)))


def columns_of(found: Found) -> dict[str, list[Any]]:
    """Return all that was measured as a table."""
    rows = [("bits-back", found["net"], None), ("bits-back-with-first-bits", found["gross"], None), ("as-they-are", found["raw"], None)]
    rows += [(key, found[key]["value"], found[key]["standard_error"]) for key in ("negative_elbo", "bound")]
    rows += [(one["name"], one["bits"], None) for one in found["others"]]
    return dict(zip(("name", "bits_per_image", "standard_error"), map(list, zip(*rows, strict=True)), strict=True))
