"""The losses of a run, epoch by epoch: reconstruction, KL and their sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures.theme import HALO, INK, KL, QUIET, RECONSTRUCTION, frame, literal
from dashboard.i18n.format import cost_parts, fixed
from dashboard.i18n.texts import t

History = Mapping[str, NDArray[Any]]
LINES = (("negative_elbo", "sum", INK, "y"), ("reconstruction", "reconstruction", RECONSTRUCTION, "y"), ("kl", "kl", KL, "y2"))
SPLITS = (("train", "dash"), ("validation", "solid"))
LEAST_KL = 0.1  # nats: ten dimensions that count as asleep
LABEL = 0.08  # of the upper panel's height: what a line of words takes there


def of_split(history: History, split: str) -> dict[str, NDArray[Any]]:
    """Return the rows of one split, "train" or "validation"."""
    chosen = history["split"] == split
    return {key: values[chosen] for key, values in history.items()}


def shown_split(history: History) -> str:
    """Return the split that speaks for the run: validation where there is one."""
    return "validation" if (history["split"] == "validation").any() else "train"


def varies(history: History) -> bool:
    """Tell whether the KL weight changes during training."""
    weight = history["kl_weight"][np.isfinite(history["kl_weight"])]
    return bool(len(weight)) and bool(np.ptp(weight) > 1e-9)


def has_kl(history: History) -> bool:
    """Tell whether there is a KL to draw: an autoencoder has none, and its sum is not defined."""
    return bool(np.isfinite(history["kl"]).any())


def drawn(values: NDArray[Any]) -> str:
    """Return how Plotly draws values over epochs: a line, with a mark on each where one alone has no line."""
    return "lines" if np.isfinite(values).sum() > 1 else "lines+markers"


def from_zero(kls: Sequence[NDArray[Any]]) -> dict[str, Any]:
    """Return the axis of a KL: from 0 to where all lines fit, and where they are near 0 so far that they lie near 0 on paper too."""
    highest = max(float(np.max(kl, initial=0.0, where=np.isfinite(kl))) for kl in kls)
    return {"rangemode": "tozero"} if highest > LEAST_KL else {"range": [0, LEAST_KL]}


def curves(history: History, references: Sequence[tuple[str, float]] = (), best_epoch: int | None = None) -> go.Figure:
    """Draw sum and reconstruction above, KL (and its weight, where it varies) below, over a shared epoch axis; without a KL no panel below.

    Args:
        history: columns of history.csv; nats per image.
        references: what other models score on the same protocol, as horizontal lines: (name, nats per image).
        best_epoch: the epoch whose weights were kept.
    """
    fig = go.Figure()
    for split, dash in SPLITS:
        part = of_split(history, split)
        if len(part["epoch"]):
            speaks = split == shown_split(history)
            _add_split(fig, part, split, "solid" if speaks else dash, legend=speaks, weighted=varies(history))
    if varies(history):
        _add_weight(fig, of_split(history, "train" if (history["split"] == "train").any() else "validation"))
    lines = [np.asarray(trace.y, float) for trace in fig.data if trace.yaxis == "y"]
    fig.update_layout(
        yaxis={"domain": [0.38 if has_kl(history) else 0, 0.95], "range": span(lines, [nats for _, nats in references]), "nticks": 7},
        yaxis2={"domain": [0, 0.26], "visible": has_kl(history), **from_zero([history["kl"]]), "nticks": 4, "anchor": "x"},
    )
    frame(fig, hovermode="x unified", hoversubplots="axis", dragmode=False)
    fig.update_xaxes(
        title_text=t("losses.epoch"),
        anchor="y2" if has_kl(history) else "y",
        showgrid=False,
        unifiedhovertitle_text=t("losses.hover_title"),
    )
    fig.update_xaxes(spikecolor=QUIET, spikethickness=1, spikedash="solid")
    for side, word in (("y", "top_axis"), ("y2", "bottom_axis"))[: 2 if has_kl(history) else 1]:
        _add_panel_name(fig, side, t(f"losses.{word}"))
    _add_references(fig, references)
    if best_epoch is not None:
        _add_best(fig, best_epoch, best_epoch > np.nanmax(history["epoch"]) / 2)
    return fig


def describe(history: History, references: Sequence[tuple[str, float]] = ()) -> str:
    """Say in words what the curves show: where the sum starts and ends, its parts, the references."""
    split = shown_split(history)
    part = of_split(history, split)
    if not has_kl(history):
        first, last = (fixed(part["reconstruction"][i], 1) for i in (0, -1))
        return t("losses.alt_without_kl", epochs=fixed(np.nanmax(history["epoch"]), 0), split=t(f"losses.{split}"), first=first, last=last)
    first, last = (fixed(part["negative_elbo"][i], 1) for i in (0, -1))
    reconstruction, kl, _ = cost_parts(part["reconstruction"][-1], part["kl"][-1])
    lines = "".join(t("losses.alt_reference", name=name, nats=fixed(nats, 1)) for name, nats in references)
    epochs = fixed(np.nanmax(history["epoch"]), 0)
    words = {"split": t(f"losses.{split}"), "first": first, "last": last, "reconstruction": reconstruction, "kl": kl}
    return t("losses.alt", epochs=epochs, references=lines, **words)


def _add_panel_name(fig: go.Figure, side: str, name: str) -> None:
    font = {"size": 14, "color": QUIET}
    corner = {"xref": "paper", "yref": f"{side} domain", "x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom"}
    fig.add_annotation(text=name, showarrow=False, font=font, **corner)


def _add_split(fig: go.Figure, part: Mapping[str, NDArray[Any]], split: str, dash: str, *, legend: bool, weighted: bool) -> None:
    for column, word, colour, side in LINES if has_kl(part) else LINES[1:2]:
        is_sum = column == "negative_elbo"
        fig.add_trace(
            go.Scatter(
                x=part["epoch"], y=part[column], mode=drawn(part[column]), yaxis=side, legendgroup=column, showlegend=legend,
                name=t(f"losses.{word}"), line={"color": colour, "width": 2.5 if dash == "solid" else 1.5, "dash": dash},
                marker={"size": 8, "symbol": "circle" if dash == "solid" else "circle-open"},
                text=_hover(part, weighted) if is_sum else None, hoverinfo=None if is_sum else "skip",
                hovertemplate=f"%{{text}}<extra>{t(f'losses.{split}')}</extra>" if is_sum else None,
            )
        )  # fmt: skip


def _hover(part: Mapping[str, NDArray[Any]], weighted: bool) -> list[str]:
    rows = zip(part["reconstruction"], part["kl"], part["kl_weight"], strict=True)
    key = "losses.hover_weight" if weighted else "losses.hover"
    texts = []
    for reconstruction, kl, weight in rows:
        parts = dict(zip(("reconstruction", "kl", "total"), cost_parts(reconstruction, kl, places=3), strict=True))
        texts.append(t(key, weight=f"{weight:.3g}", **parts))
    return texts


def _add_weight(fig: go.Figure, part: Mapping[str, NDArray[Any]]) -> None:
    fig.add_trace(
        go.Scatter(
            x=part["epoch"], y=part["kl_weight"], yaxis="y3", mode=drawn(part["kl_weight"]), name=t("losses.weight"), hoverinfo="skip",
            line={"color": QUIET, "width": 1.5, "dash": "dot"},
        )
    )  # fmt: skip
    fig.update_layout(
        yaxis3={
            "overlaying": "y2", "side": "right", "anchor": "x", "title_text": t("losses.weight_axis"), "rangemode": "tozero",
            "showgrid": False, "tickmode": "auto", "nticks": 4,
        }
    )  # fmt: skip


def span(lines: Sequence[NDArray[Any]], others: Sequence[float] = ()) -> list[float]:
    """Return the range of a panel with air around its lines; a line's first value is left out where it would press all else flat."""
    rest = np.concatenate([*(line[1:] if len(line) > 2 else line for line in lines), others])
    low, high = float(np.nanmin(rest)), float(np.nanmax(rest))
    firsts = [float(line[0]) for line in lines if len(line) and line[0] <= 2 * high - low]
    low, high = min([low, *firsts]), max([high, *firsts])
    margin = 0.06 * (high - low) or 1.0
    return [low - margin, high + margin]


def apart(heights: Sequence[float], size: float, top: float) -> list[float]:
    """Return where words of height `size` stand, each on its line or as little above it as keeps them apart, and none beyond `top`."""
    order = sorted(range(len(heights)), key=heights.__getitem__)
    places = list(heights)
    for below, above in pairwise(order):
        places[above] = max(places[above], places[below] + size)
    for left, n in enumerate(reversed(order), 1):
        places[n] = min(places[n], top - left * size)
    return places


def _add_references(fig: go.Figure, references: Sequence[tuple[str, float]]) -> None:
    low, high = fig.layout.yaxis.range
    places = apart([nats for _, nats in references], LABEL * (high - low), high)
    for (name, nats), place in zip(references, places, strict=True):
        line = {"color": QUIET, "width": 1, "dash": "dot"}
        fig.add_shape(type="line", xref="x domain", yref="y", x0=0, x1=1, y0=nats, y1=nats, line=line)
        fig.add_annotation(
            xref="x domain", yref="y", x=1, y=place, xanchor="right", yanchor="bottom", text=f"{literal(name)} {fixed(nats, 1)}",
            showarrow=False, font={"size": 12, "color": QUIET, "shadow": HALO},
        )  # fmt: skip


def _add_best(fig: go.Figure, epoch: int, late: bool) -> None:
    fig.add_shape(type="line", xref="x", yref="paper", x0=epoch, x1=epoch, y0=0, y1=1, line={"color": QUIET, "width": 1})
    font = {"size": 12, "color": QUIET, "shadow": HALO}
    side = {"xanchor": "right", "xshift": -4} if late else {"xanchor": "left", "xshift": 4}
    fig.add_annotation(xref="x", yref="paper", x=epoch, y=0.32, text=t("losses.best", epoch=epoch), showarrow=False, font=font, **side)
