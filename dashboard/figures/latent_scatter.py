"""Where the images land in latent space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures.colours import CLASSES, class_colour
from dashboard.figures.theme import HALO, INK, QUIET, frame, literal
from dashboard.i18n.format import axis, fixed, point
from dashboard.i18n.texts import t

SIGMAS = (1, 2, 3)
MOST_SVG = 5000  # points that a browser draws and moves one by one without a delay
REACH = 3.2  # how far the axes go at least where the prior is drawn
LABEL = 0.05  # room that a class name takes, as a share of the map's width


def scatter(
    xy: NDArray[Any],
    labels: NDArray[np.int64] | None,
    names: Sequence[str],
    rows: NDArray[np.int64],
    titles: tuple[str, str],
    *,
    prior: bool,
    coloured: Sequence[int] | None = None,
) -> go.Figure:
    """Draw points (N, 2) with equal axes, one trace per class, each class named where it is densest.

    Args:
        labels: class of each point, or None.
        names: name of each class.
        rows: row of each point in the dataset, shown on hover.
        titles: what the axes count.
        prior: draw the circles at 1, 2 and 3 standard deviations of the prior.
        coloured: the classes shown in colour, at most ten; the others are grey. None: the first ten.
    """
    fig, hover = go.Figure(), t("latent.hover", x=titles[0], y=titles[1])
    ranges = _square(xy, REACH if prior else 0.0)
    apart = LABEL * (ranges[0][1] - ranges[0][0])
    spots: list[tuple[float, float]] = []
    for name, colour, members in _groups(len(xy), labels, names, coloured):
        fig.add_trace(_points(xy[members], name, colour, rows[members], hover, len(xy)))
        if name and colour != QUIET and has_room(xy, prior=prior):
            spots.append(densest(xy[members], spots, apart))
            fig.add_annotation(_name_tag(literal(name), spots[-1]))
    frame(fig, hovermode="closest", showlegend=labels is not None)
    if prior:
        _prior_circles(fig)
    fig.update_xaxes(title_text=titles[0], range=ranges[0], constrain="domain", showgrid=True)
    return fig.update_yaxes(title_text=titles[1], range=ranges[1], constrain="domain", scaleanchor="x", scaleratio=1)


def has_room(xy: NDArray[Any], *, prior: bool) -> bool:
    """Tell whether points (N, 2) lie far enough apart for names of classes: on one spot no class has a place of its own."""
    (low, high), _ = _square(xy, REACH if prior else 0.0)
    return bool(np.hypot(*xy.std(0)) > LABEL * (high - low))


def strip(
    z: NDArray[Any], labels: NDArray[np.int64] | None, names: Sequence[str], rows: NDArray[np.int64], *, prior: bool = True
) -> go.Figure:
    """Draw one latent dimension (N,): a row of points per class, spread upward so that they do not hide each other.

    Args:
        labels, names, rows: as for `scatter`.
        prior: draw lines at 1, 2 and 3 standard deviations of the prior, all in sight.
    """
    level = np.zeros(len(z)) if labels is None else labels.astype(float)
    spread = (rows * 0.6180339887) % 1 - 0.5  # a golden-ratio sequence fills evenly and is the same at each visit
    xy = np.stack([z, level + 0.7 * spread], 1)
    fig, hover = go.Figure(), t("latent.hover_strip", x=axis(0))
    for name, colour, members in _groups(len(xy), labels, names, None):
        fig.add_trace(_points(xy[members], name, colour, rows[members], hover, len(xy)))
    for side in (side for k in SIGMAS for side in (-k, k)) if prior else ():
        fig.add_vline(side, line={"color": QUIET, "width": 1, "dash": "dash"}, layer="below")
    frame(fig, hovermode="closest", showlegend=False)
    fig.update_xaxes(title_text=t("latent.axis", name=axis(0)), range=_square(z[:, None], REACH if prior else 0.0)[0])
    return fig.update_yaxes(
        tickvals=list(range(len(names))) if labels is not None else [], ticktext=[literal(name) for name in names], showgrid=False
    )


def describe(xy: NDArray[Any], labels: NDArray[np.int64] | None, names: Sequence[str], titles: tuple[str, str], *, prior: bool) -> str:
    """Say in words what the scatter shows: where most points lie, and where each class is densest; the arguments are those of `scatter`."""
    low, high = (np.quantile(xy, q, axis=0) for q in (0.05, 0.95))
    edges = {"x_low": fixed(low[0], 1), "x_high": fixed(high[0], 1), "y_low": fixed(low[1], 1), "y_high": fixed(high[1], 1)}
    classes = ""
    if labels is not None and has_room(xy, prior=prior):
        spots = {names[k]: densest(xy[labels == k]) for k in np.unique(labels)[: len(CLASSES)]}
        classes = t("latent.alt_classes", spots="; ".join(t("latent.alt_spot", name=k, place=point(spot, 1)) for k, spot in spots.items()))
    return t("latent.alt", n=fixed(len(xy), 0), x=titles[0], y=titles[1], classes=classes, **edges)


def densest(xy: NDArray[Any], taken: Sequence[tuple[float, float]] = (), apart: float = 0.0) -> tuple[float, float]:
    """Return the middle of the place where points (N, 2) stand closest, by a smoothed histogram, at least `apart` from the taken ones."""
    bins = int(np.clip(1.3 * np.sqrt(len(xy)), 8, 40))  # few points need wide cells to have a crowd
    counts, *edges = np.histogram2d(xy[:, 0], xy[:, 1], bins=bins)
    kernel = np.array([1, 4, 6, 4, 1]) / 16
    for side in (0, 1):
        counts = np.apply_along_axis(np.convolve, side, counts, kernel, "same")
    x, y = np.meshgrid(*((edge[1:] + edge[:-1]) / 2 for edge in edges), indexing="ij")
    free = np.all([np.hypot(x - a, y - b) >= apart for a, b in taken], axis=0) if taken else np.ones_like(x, bool)
    best = np.where(free, counts, -1).argmax() if free.any() else counts.argmax()
    return float(x.flat[best]), float(y.flat[best])


def _groups(
    n: int, labels: NDArray[np.int64] | None, names: Sequence[str], coloured: Sequence[int] | None
) -> list[tuple[str, str, NDArray[np.intp]]]:
    """Return (name, colour, positions) of each trace; what is not shown in colour comes first, so that it lies beneath."""
    if labels is None:
        return [("", class_colour(0), np.arange(n))]
    present = [int(k) for k in np.unique(labels)]
    chosen = present[: len(CLASSES)] if coloured is None else [k for k in present if k in coloured]
    rest = np.flatnonzero(~np.isin(labels, chosen))
    few = len(names) <= len(CLASSES)
    groups = [(names[k], class_colour(k if few else place), np.flatnonzero(labels == k)) for place, k in enumerate(chosen)]
    return [(t("latent.rest"), QUIET, rest)] * bool(len(rest)) + groups


def _points(xy: NDArray[Any], name: str, colour: str, rows: NDArray[np.int64], hover: str, total: int) -> go.Scatter | go.Scattergl:
    size = float(np.clip(3 + 110 / np.sqrt(total), 4, 10))
    head = f"<b>{literal(name)}</b><br>" if name else ""
    kind = go.Scatter if total <= MOST_SVG else go.Scattergl  # a browser without WebGL shows a note of Plotly's instead of the latter
    return kind(
        x=xy[:, 0].astype(np.float32), y=xy[:, 1].astype(np.float32), mode="markers", name=literal(name), customdata=rows,
        marker={"size": size, "color": colour, "opacity": 0.9, "line": {"width": size / 12, "color": QUIET}},
        hovertemplate=head + hover + "<extra></extra>",
    )  # fmt: skip


def _square(xy: NDArray[Any], reach: float) -> list[list[float]]:
    """Return ranges of the same length, of x and y, that hold all points, and the prior's circles where they are drawn."""
    low = np.minimum(xy.min(0, initial=0.0 if reach else np.inf), -reach if reach else np.inf)
    high = np.maximum(xy.max(0, initial=0.0 if reach else -np.inf), reach if reach else -np.inf)
    middle, half = (low + high) / 2, 0.52 * (high - low).max()
    return [[float(centre - half), float(centre + half)] for centre in middle]


def _name_tag(name: str, spot: tuple[float, float]) -> dict[str, Any]:
    font = {"size": 20, "weight": 700, "color": INK, "shadow": HALO}
    return {"x": spot[0], "y": spot[1], "text": name, "showarrow": False, "font": font}


def _prior_circles(fig: go.Figure) -> None:
    for k in SIGMAS:
        fig.add_shape(type="circle", x0=-k, x1=k, y0=-k, y1=k, line={"color": INK, "width": 1, "dash": "dash"}, layer="above")
        fig.add_annotation(x=0, y=-k, text=f"{k}σ", showarrow=False, font={"size": 12, "color": INK, "shadow": HALO})
