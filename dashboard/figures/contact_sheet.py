"""A contact sheet: one PNG of pictures in rows, with words below each as text, so that they can be read and copied."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures.theme import INK, PAPER, frame, literal
from vae_core.data.pictures import data_url, enlarge, png

GAP = 0.06  # between two pictures, as a share of a picture
LINE = 0.28  # room for a line of words below a picture
CELL = 92  # px that a cell is wide on the screen
ROOM = 48  # px above and below the pictures


def draw_sheet(images: NDArray[np.uint8], words: Sequence[str], across: int, hover: Sequence[str] | None = None) -> go.Figure:
    """Lay pictures out in rows, left to right and downward.

    Args:
        images: (n, H, W) or (n, 3, H, W), 0 to 255.
        words: below each picture; a line break parts two lines.
        across: pictures in a row.
        hover: said of each picture when it is pointed at; None: its words.
    """
    (tall, x, row), below = _proportions(images, across), _room(words)
    y = row * (tall + below)
    fig = go.Figure(
        go.Scatter(
            x=x + 0.5, y=y + tall + below / 2, mode="text", text=[_lines(text) for text in words], textfont={"color": INK, "size": 13},
            hoverinfo="skip", cliponaxis=False,
        )
    )  # fmt: skip
    for i, image in enumerate(images):
        source = data_url(png(enlarge(image, 96), is_packed=False))
        place = {"x": x[i] + GAP / 2, "y": y[i], "sizex": 1 - GAP, "sizey": tall * (1 - GAP)}
        fig.add_layout_image(source=source, xref="x", yref="y", xanchor="left", yanchor="top", sizing="contain", **place)
    hidden = {"size": 40, "opacity": 0, "symbol": "square"}
    said = [_lines(text) for text in (hover or words)]
    fig.add_trace(go.Scatter(x=x + 0.5, y=y + tall / 2, mode="markers", marker=hidden, text=said, hovertemplate="%{text}<extra></extra>"))
    frame(fig, dragmode=False, showlegend=False, paper_bgcolor=PAPER, plot_bgcolor=PAPER)
    fig.update_layout(margin={"t": 32})
    fig.update_xaxes(visible=False, range=[0, across], fixedrange=True, constrain="domain", constraintoward="left")
    return fig.update_yaxes(
        visible=False,
        range=[(row[-1] + 1) * (tall + below), 0],
        fixedrange=True,
        scaleanchor="x",
        constrain="domain",
        constraintoward="top",
    )


def height_of(images: NDArray[np.uint8], words: Sequence[str], across: int, cell: int = CELL) -> int:
    """Return how high a sheet is on the screen, in px, where a cell is so wide."""
    return ROOM + math.ceil(tallness(images, words, across) * across * cell)


def tallness(images: NDArray[np.uint8], words: Sequence[str], across: int) -> float:
    """Return how high the pictures of a sheet are with their words, as a share of the sheet's width."""
    tall, _, row = _proportions(images, across)
    return float((row[-1] + 1) * (tall + _room(words)) / across)


def _room(words: Sequence[str]) -> float:
    """Return the room for words below each picture, as a share of its width."""
    return LINE * (1 + max((text.count("\n") for text in words), default=0))


def _proportions(images: NDArray[np.uint8], across: int) -> tuple[float, NDArray[np.int64], NDArray[np.int64]]:
    """Return how high a picture is beside its width, and the column and row of each."""
    places = np.arange(len(images))
    return images.shape[-2] / images.shape[-1], places % across, places // across


def _lines(text: str) -> str:
    return "<br>".join(literal(line) for line in text.split("\n"))
