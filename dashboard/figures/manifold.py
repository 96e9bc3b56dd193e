"""The map of pictures: one PNG laid under axes that count in quantiles of the prior, or in even steps where there is none."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures.theme import frame
from dashboard.i18n.format import axis, fixed
from dashboard.i18n.texts import t
from vae_core.data.pictures import data_url

BELL = NormalDist()
STEPS = (100, 50, 20, 10, 5, 1, 0.5, 0.2, 0.1)  # between two marks of an axis


def picture_map(picture: bytes, x: NDArray[Any], y: NDArray[Any], dims: tuple[int, int] = (0, 1)) -> go.Figure:
    """Lay a mosaic under the axes z_x and z_y.

    Args:
        picture: PNG of len(y) rows and len(x) columns of pictures.
        x: latent value of each column, rising.
        y: latent value of each row from the top, falling; one value: a strip without y axis.
        dims: the dimensions that run to the right and upward.
    """
    columns, rows = len(x), len(y)
    cells = np.stack(np.broadcast_arrays(x[None, :], y[::-1][:, None]), -1)
    names = [axis(dim) for dim in dims[: 2 if rows > 1 else 1]]
    hover = "<br>".join(f"{name} = %{{customdata[{i}]:.3f}}" for i, name in enumerate(names))
    fig = go.Figure(
        go.Heatmap(
            z=np.zeros((rows, columns), np.int8), customdata=cells, hovertemplate=hover + "<extra></extra>", showscale=False,
            colorscale=[[0, "rgba(0,0,0,0)"], [1, "rgba(0,0,0,0)"]],
        )
    )  # fmt: skip
    fig.add_layout_image(
        source=data_url(picture), xref="x", yref="y", layer="below",
        x=-0.5, y=rows - 0.5, sizex=columns, sizey=rows, sizing="stretch",
    )  # fmt: skip
    frame(fig, dragmode=False)
    span: dict[str, Any] = {"showgrid": False, "constrain": "domain", "fixedrange": True}
    fig.update_xaxes(range=[-0.5, columns - 0.5], title_text=t(_title(x), name=names[0]), **_ticks(x), **span)
    fig.update_yaxes(range=[-0.5, rows - 0.5], scaleanchor="x", constraintoward="top", **span)
    if rows > 1:
        return fig.update_yaxes(title_text=t(_title(x), name=names[1]), **_ticks(y[::-1]))
    return fig.update_yaxes(visible=False)


def describe(x: NDArray[Any], y: NDArray[Any], dims: tuple[int, int] = (0, 1)) -> str:
    """Say in words what the map spans; the arguments are those of `picture_map`."""
    up = t("manifold.alt_y", y=axis(dims[1]), y_low=fixed(y[-1], 1), y_high=fixed(y[0], 1)) if len(y) > 1 else ""
    return t("manifold.alt", rows=len(y), columns=len(x), x=axis(dims[0]), x_low=fixed(x[0], 1), x_high=fixed(x[-1], 1), y=up)


def _is_even(values: NDArray[Any]) -> bool:
    return len(values) > 2 and bool(np.allclose(np.diff(values), values[1] - values[0]))


def _title(values: NDArray[Any]) -> str:
    return "manifold.axis_even" if _is_even(values) else "manifold.axis"


def _ticks(values: NDArray[Any]) -> dict[str, Any]:
    """Place round latent values where they fall between the cells, which are evenly spaced in probability, or simply evenly."""
    scale = float if _is_even(values) else BELL.cdf
    low, high = scale(values[0]), scale(values[-1])
    reach = float(values[-1])
    step = next((step for step in STEPS if reach >= 2.5 * step), 0.05)
    marks = [float(k * step) for k in range(-int(reach / step), int(reach / step) + 1)]
    places = [(scale(mark) - low) / max(high - low, 1e-9) * (len(values) - 1) for mark in marks]
    return {"tickvals": places, "ticktext": [fixed(mark, 0 if mark % 1 == 0 else 2 if step < 0.1 else 1) for mark in marks]}
