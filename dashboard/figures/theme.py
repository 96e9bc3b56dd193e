"""Colours that carry meaning, and the quiet frame that every chart shares."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import Any

import plotly.graph_objects as go

# The page swaps these codes for the colours of the theme in use, light or dark, without a new figure. The codes are those of
# streamlit.elements.lib.streamlit_plotly_theme; the first four colours stand in config.toml as chartCategoricalColors.
RECONSTRUCTION, KL, QUIET, INK = "#000001", "#000002", "#000003", "#000004"
PAPER, FAINT = "#000038", "#000039"

HALO = ", ".join(f"{x}px {y}px 2px {PAPER}" for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y)

CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "autoScale2d", "toImage"],
}
STILL: dict[str, Any] = {"displayModeBar": False, "doubleClick": False}


def literal(name: object) -> str:
    """Return a name that a user can write, so that Plotly shows it letter by letter: no tag, no template, no formula."""
    return escape(str(name)).replace("%{", "%\u200b{").replace("$", "&#36;")


def hover(template: str, errors: Iterable[float | None]) -> str:
    """Return Plotly's template of a mark, without what it says of its error where one has none: a single image has no spread."""
    shown = re.sub(r" ± %\{customdata[^}]*\}", "", template) if None in errors else template
    return shown + "<extra></extra>"


def frame(fig: go.Figure, **layout: Any) -> go.Figure:
    """Give a figure the shared frame: narrow margins, quiet grid, no title."""
    fig.update_layout(
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "yref": "container", "yanchor": "bottom", "y": 0, "x": 0, "itemsizing": "constant", "font_size": 13},
        hoverlabel={"align": "left", "font": {"size": 13, "color": INK}},
        font={"size": 14, "color": INK},
        **layout,
    )
    words = {"tickfont": {"size": 13, "color": QUIET}, "title_font": {"size": 14, "color": QUIET}}
    numbers = {"exponentformat": "none", "separatethousands": True}  # 0.0004 and not 400μ
    fig.update_xaxes(automargin=True, zeroline=False, title_standoff=6, gridcolor=FAINT, **words, **numbers)
    return fig.update_yaxes(automargin=True, zeroline=False, title_standoff=10, gridcolor=FAINT, **words, **numbers)
