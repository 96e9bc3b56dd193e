"""The losses of a run, epoch by epoch: reconstruction, KL and their sum, and what steers them: the KL weight and the learning rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

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
# Heights on the screen, px.
LINE, PANEL, LOW, LANE, FOOT = 20, 280, 96, 40, 58
AIR = 14  # above what names a panel


class Lane(NamedTuple):
    """Something that steers training and varies: its name in print, epochs, values, and whether the hover says it."""

    name: str
    epochs: NDArray[Any]
    values: NDArray[Any]
    is_said: bool


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


class Scale(NamedTuple):
    """How the upper panel measures: between which costs, in nats, and whether by their logarithm."""

    low: float
    high: float
    is_log: bool = False

    def at(self, nats: float) -> float:
        """Return where words about a cost stand, as Plotly counts them."""
        return float(np.log10(nats)) if self.is_log else nats

    @property
    def range(self) -> list[float]:
        """From where to where, as Plotly counts an axis."""
        return [self.at(self.low), self.at(self.high)]


def can_be_log(history: History) -> bool:
    """Tell whether the upper panel has a logarithm: the cost of a density may be negative."""
    values = np.concatenate([history["reconstruction"], history["negative_elbo"]])
    return bool((values[np.isfinite(values)] > 0).all())


def curves(
    history: History,
    references: Sequence[tuple[str, float]] = (),
    best_epoch: int | None = None,
    rates: tuple[NDArray[Any], NDArray[Any]] | None = None,
    *,
    is_log: bool = False,
    weighed: str = "",
) -> go.Figure:
    """Draw sum and reconstruction, below them the KL, its weight and the learning rate where they vary, over a shared epoch axis.

    Args:
        history: columns of history.csv; nats per image.
        references: what other models score on the same protocol, (name, nats per image); beyond the curves named at the edge.
        best_epoch: the epoch whose weights were kept.
        rates: epochs, with fractions, and the learning rate at each.
        is_log: whether the upper panel is logarithmic.
        weighed: what the weight is the weight of, in print; nothing where it is the KL.
    """
    fig, scale = go.Figure(), _scale(history, is_log)
    for split, dash in SPLITS:
        part = of_split(history, split)
        if len(part["epoch"]):
            _add_split(fig, part, split, "solid" if split == shown_split(history) else dash, weighted=varies(history))
    lanes = _lanes(history, rates, weighed)
    for i, lane in enumerate(lanes, 3):
        _add_lane(fig, f"y{i}", lane)
    above, below = ([one for one in references if is_out(one[1])] for is_out in (lambda n: n > scale.high, lambda n: n < scale.low))
    _lay_out(fig, has_kl(history), len(lanes), len(above), len(below))
    fig.update_layout(
        yaxis={"range": scale.range, "type": "log" if is_log else "linear", "nticks": 7},
        yaxis2={"visible": has_kl(history), **from_zero([history["kl"]]), "nticks": 4},
    )
    frame(fig, hovermode="x unified", hoversubplots="axis", dragmode=False, showlegend=False)
    title = t("losses.epoch") if best_epoch is None else t("losses.epoch_best", best=best_epoch)
    fig.update_xaxes(title_text=title, anchor=_last_axis(fig), showgrid=False, unifiedhovertitle_text=t("losses.hover_title"))
    fig.update_xaxes(spikecolor=QUIET, spikethickness=1, spikedash="solid")
    _add_names(fig, history, lanes)
    _add_references(fig, [one for one in references if one not in above + below], scale)
    _add_edges(fig, above, below)
    if best_epoch is not None:
        line = {"color": QUIET, "width": 1}
        fig.add_shape(type="line", xref="x", yref="paper", x0=best_epoch, x1=best_epoch, y0=0, y1=1, line=line)
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


def _scale(history: History, is_log: bool) -> Scale:
    """Return the scale that fits the curves: all of them by their logarithm, else without first values that would press the rest flat."""
    parts = [of_split(history, split) for split, _ in SPLITS]
    columns = ("negative_elbo", "reconstruction") if has_kl(history) else ("reconstruction",)
    lines = [part[column] for part in parts if len(part["epoch"]) for column in columns]
    if not is_log:
        low, high = span(lines)
        return Scale(low, high)
    logs = np.log10(np.concatenate(lines))
    margin = 0.06 * float(np.nanmax(logs) - np.nanmin(logs)) or 0.1
    return Scale(10 ** (float(np.nanmin(logs)) - margin), 10 ** (float(np.nanmax(logs)) + margin), is_log)


def _lanes(history: History, rates: tuple[NDArray[Any], NDArray[Any]] | None, weighed: str) -> list[Lane]:
    """Return what steers training and varies, one lane each; of the weight the hover of the sum speaks."""
    lanes: list[Lane] = []
    if varies(history):
        part = of_split(history, "train" if (history["split"] == "train").any() else "validation")
        lanes.append(Lane(t("losses.weight_axis", what=weighed or t("losses.weighed.kl")), part["epoch"], part["kl_weight"], is_said=False))
    if rates is not None and np.ptp(rates[1]) > 0:
        lanes.append(Lane(t("losses.rate_axis"), *rates, is_said=True))
    return lanes


def _lay_out(fig: go.Figure, both: bool, lanes: int, above: int, below: int) -> None:
    """Give each panel its place, from the top down, and the figure its height: whatever is added, no panel gets smaller."""
    heights = [("yaxis", LINE * max(1 + both, above + both), PANEL)]
    if both:
        heights.append(("yaxis2", AIR + LINE * (below + 1), LOW))
    heights += [(f"yaxis{i}", AIR + LINE + LINE * (below if i == 3 and not both else 0), LANE) for i in range(3, 3 + lanes)]
    rest = 0 if len(heights) > 1 else LINE * below
    whole = sum(words + height for _, words, height in heights) + rest
    top = whole
    for name, words, height in heights:
        top -= words
        fig.update_layout({name: {"domain": [(top - height) / whole, top / whole], "anchor": "x"}})
        top -= height
    fig.update_layout(height=whole + FOOT)


def _last_axis(fig: go.Figure) -> str:
    """Return the lowest panel's axis."""
    used = {trace.yaxis for trace in fig.data}
    return max(used, key=lambda axis: int(axis[1:] or 1))


def _add_split(fig: go.Figure, part: Mapping[str, NDArray[Any]], split: str, dash: str, *, weighted: bool) -> None:
    for column, word, colour, side in LINES if has_kl(part) else LINES[1:2]:
        is_sum = column == "negative_elbo"
        fig.add_trace(
            go.Scatter(
                x=part["epoch"], y=part[column], mode=drawn(part[column]), yaxis=side, legendgroup=column,
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


def _add_lane(fig: go.Figure, side: str, lane: Lane) -> None:
    """Draw a number that steers training as a low panel from 0 to its highest value."""
    said = {"hovertemplate": f"%{{y:.3g}}<extra>{lane.name}</extra>"} if lane.is_said else {"hoverinfo": "skip"}
    look = {"name": lane.name, "line": {"color": QUIET, "width": 1.5}}
    fig.add_trace(go.Scatter(x=lane.epochs, y=lane.values, yaxis=side, mode=drawn(lane.values), **look, **said))
    highest = float(np.nanmax(lane.values)) or 1.0
    ticks = {"tickvals": [0, highest], "ticktext": ["0", f"{highest:.3g}"]}
    fig.update_layout({f"yaxis{side[1:]}": {"range": [-0.06 * highest, 1.06 * highest], **ticks}})


def _add_names(fig: go.Figure, history: History, lanes: Sequence[Lane]) -> None:
    """Name every panel above its left end, in the colours of its lines: no legend, and no words on a curve."""
    of_nats = {word: t("losses.in_nats", name=t(f"losses.{word}")) for word in ("reconstruction", "kl")}
    names = [("y", of_nats["reconstruction"], RECONSTRUCTION, 0)]
    if has_kl(history):
        names += [("y", t("losses.sum"), INK, 1), ("y2", of_nats["kl"], KL, 0)]
    names += [(f"y{i}", lane.name, QUIET, 0) for i, lane in enumerate(lanes, 3)]
    for side, words, colour, line in names:
        _add_words(fig, words, f"{side} domain", 1, line, {"x": 0, "xanchor": "left"}, colour)


def _add_words(fig: go.Figure, words: str, yref: str, y: float, line: int, side: Mapping[str, Any], colour: str = QUIET) -> None:
    """Write words so many lines above a place (below it where negative)."""
    fig.add_annotation(
        xref="x domain", yref=yref, y=y, text=words, showarrow=False, yanchor="bottom", yshift=line * LINE,
        font={"size": 13, "color": colour}, **side,
    )  # fmt: skip


def _add_edges(fig: go.Figure, above: Sequence[tuple[str, float]], below: Sequence[tuple[str, float]]) -> None:
    """Name what lies beyond the upper panel at its edge, nearest first: drawn in, it would press the curves flat."""
    right = {"x": 1, "xanchor": "right"}
    is_double = len({trace.yaxis for trace in fig.data if trace.legendgroup}) > 1
    for i, (name, nats) in enumerate(sorted(above, key=lambda one: one[1]), int(is_double)):
        _add_words(fig, f"{literal(name)} {fixed(nats, 1)} ▲", "y domain", 1, i, right)
    for i, (name, nats) in enumerate(sorted(below, key=lambda one: -one[1]), 1):
        _add_words(fig, f"{literal(name)} {fixed(nats, 1)} ▼", "y domain", 0, -i, right)


def span(lines: Sequence[NDArray[Any]]) -> list[float]:
    """Return the range of a panel with air around its lines; a line's first value is left out where it would press all else flat."""
    rest = np.concatenate([line[1:] if len(line) > 2 else line for line in lines])
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


def _add_references(fig: go.Figure, references: Sequence[tuple[str, float]], scale: Scale) -> None:
    """Draw what lies among the curves as lines, each with its name on it."""
    low, high = scale.range
    places = apart([scale.at(nats) for _, nats in references], LINE / PANEL * (high - low), high)
    for (name, nats), place in zip(references, places, strict=True):
        line = {"color": QUIET, "width": 1, "dash": "dot"}
        fig.add_shape(type="line", xref="x domain", yref="y", x0=0, x1=1, y0=nats, y1=nats, line=line)
        fig.add_annotation(
            xref="x domain", yref="y", x=1, y=place, xanchor="right", yanchor="bottom", text=f"{literal(name)} {fixed(nats, 1)}",
            showarrow=False, font={"size": 13, "color": QUIET, "shadow": HALO},
        )  # fmt: skip
