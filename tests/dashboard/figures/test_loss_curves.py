"""Losses epoch by epoch: every number, references in view."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from dashboard.figures import theme
from dashboard.figures.loss_curves import FOOT, LINE, PANEL, apart, can_be_log, curves, of_split, shown_split, span, varies
from dashboard.figures.run_overlay import overlay
from dashboard.i18n.texts import t
from tests.places import ROOT
from vae_core.runs.listing import load_run


def history(epochs: int = 5, validation: bool = True, weight: object = 1.0) -> dict[str, np.ndarray]:
    """Return made-up losses: reconstruction falls, KL rises."""
    splits = ("train", "validation") if validation else ("train",)
    epoch = np.repeat(np.arange(1.0, epochs + 1), len(splits))
    reconstruction, kl = 20 + 30.04 / epoch, 3.004 - 1 / epoch
    return {
        "step": 10 * epoch, "epoch": epoch, "split": np.array(splits * epochs), "loss": reconstruction + kl,
        "negative_elbo": reconstruction + kl, "reconstruction": reconstruction, "kl": kl,
        "kl_weight": np.broadcast_to(weight, len(epoch)).astype(float), "active_units": 0 * epoch, "seconds": epoch,
    }  # fmt: skip


def test_curves_draw_every_number_of_both_splits() -> None:
    losses = history()
    fig = curves(losses)
    assert len(fig.data) == 6
    for trace in fig.data:
        part = of_split(losses, "validation" if trace.line.dash == "solid" else "train")
        np.testing.assert_array_equal(trace.y, part[trace.legendgroup])
        np.testing.assert_array_equal(trace.x, part["epoch"])
    assert {trace.legendgroup: trace.line.color for trace in fig.data}["kl"] == theme.KL


def test_hover_numbers_add_up() -> None:
    texts = [text for trace in curves(history(40)).data if trace.text for text in trace.text]
    assert len(texts) == 80
    for text in texts:
        parts, total = text.split(" = ")
        assert sum(round(1000 * float(part)) for part in parts.split(" + ")) == round(1000 * float(total))


def test_what_steers_training_has_a_lane_below_the_curves_only_where_it_varies() -> None:
    still = (np.array([0.5, 1.0]), np.array([0.1, 0.1]))
    assert not varies(history()) and not any(trace.yaxis == "y3" for trace in curves(history(), rates=still).data)
    warm = history(weight=np.repeat(np.linspace(0.2, 1, 5), 2))
    rates = (np.array([0.5, 1.0, 5.0]), np.array([0.1, 0.2, 0.004]))
    fig = curves(warm, rates=rates, weighed="the total correlation")
    lanes = {trace.yaxis: trace for trace in fig.data if trace.yaxis in ("y3", "y4")}
    np.testing.assert_allclose(lanes["y3"].y, np.linspace(0.2, 1, 5))
    np.testing.assert_array_equal((lanes["y4"].x, lanes["y4"].y), rates)
    assert lanes["y3"].name == t("losses.weight_axis", what="the total correlation")
    assert fig.layout.yaxis4.ticktext == ("0", "0.2") and fig.layout.xaxis.anchor == "y4"
    assert "(weight 0.2)" in next(text for trace in fig.data if trace.text for text in trace.text)
    assert curves(history(), rates=rates).layout.xaxis.anchor == "y3"


def test_references_among_the_curves_are_lines_and_others_stand_at_the_edge() -> None:
    named = [("floor", 13.5), ("PCA", 32.0), ("independent pixels", 90.0), ("noise", 200.0)]
    fig = curves(history(), named, best_epoch=4)
    assert [shape.y0 for shape in fig.layout.shapes if shape.y0 == shape.y1] == [32.0]
    np.testing.assert_array_equal(fig.layout.yaxis.range, curves(history()).layout.yaxis.range, "they press nothing flat")
    tags = {tag.text: tag for tag in fig.layout.annotations}
    assert {"floor 13.5 ▼", "PCA 32.0", "independent pixels 90.0 ▲", "noise 200.0 ▲"} <= set(tags)
    assert tags["noise 200.0 ▲"].yshift - tags["independent pixels 90.0 ▲"].yshift == LINE, "the nearest one nearest"
    assert [shape.x0 for shape in fig.layout.shapes if shape.yref == "paper"] == [4] and "4" in fig.layout.xaxis.title.text


@pytest.mark.parametrize("beyond", [[], [("a", 90.0)], [("a", 90.0), ("b", 95.0), ("c", 1.0)]])
def test_no_panel_gets_smaller_by_what_is_added(beyond: list[tuple[str, float]]) -> None:
    warm = history(weight=np.repeat(np.linspace(0.2, 1, 5), 2))
    for losses in (history(), warm):
        layout = curves(losses, beyond).layout
        whole = layout.height - FOOT
        places = [layout[name].domain for name in ("yaxis", "yaxis2", "yaxis3") if name in layout]
        assert (places[0][1] - places[0][0]) * whole == pytest.approx(PANEL)
        assert places[-1][0] == pytest.approx(0) and all(lower[1] < upper[0] for upper, lower in pairwise(places))


def test_the_scale_may_be_logarithmic_where_all_costs_are_positive() -> None:
    fig = curves(history(), [("PCA", 32.0), ("noise", 200.0)], is_log=True)
    low, high = fig.layout.yaxis.range
    assert fig.layout.yaxis.type == "log" and 10**low < 26 and 10**high > 53, "every value is in view"
    (tag,) = [tag for tag in fig.layout.annotations if tag.text == "PCA 32.0"]
    (line,) = [shape for shape in fig.layout.shapes if shape.y0 == shape.y1]
    assert tag.y == pytest.approx(np.log10(32)) and line.y0 == 32, "Plotly counts words by the logarithm and lines by the value"
    dense = history()
    dense["reconstruction"] = dense["reconstruction"] - 40
    assert can_be_log(history()) and not can_be_log(dense)


def test_curves_are_whole_unless_their_first_epoch_would_press_them_flat() -> None:
    whole, steep = np.array([148.8, 142.0, 136.0, 129.7]), np.array([600.0, 142.0, 136.0, 129.7])
    low, high = span([whole, whole - 40])
    assert low < 89.7 and high > 148.8, "a curve runs out of its frame"
    assert 142 < span([steep])[1] < 160
    assert span([np.array([600.0, 142.0])])[1] > 600, "two values are all there is"
    assert span([np.array([5.0])]) == [4.0, 6.0]
    shipped = ROOT / "checkpoints"
    fig = overlay([(name, load_run(shipped, name).history()) for name in ("mnist-2d", "mnist-16d")])
    seen = np.concatenate([np.asarray(trace.y, float) for trace in fig.data if trace.yaxis == "y"])
    assert fig.layout.yaxis.range[0] < seen.min() and seen.max() < fig.layout.yaxis.range[1]


def test_a_kl_near_0_is_drawn_near_0_and_its_axis_reads_as_numbers() -> None:
    lost = history()
    lost["kl"] = lost["kl"] / 1e4
    assert list(curves(lost).layout.yaxis2.range) == [0, 0.1] and curves(history()).layout.yaxis2.range is None
    assert {axis.exponentformat for axis in (curves(lost).layout.xaxis, curves(lost).layout.yaxis2)} == {"none"}, "0.0004 and not 400μ"


def test_without_validation_the_training_lines_speak() -> None:
    fig = curves(history(validation=False))
    assert shown_split(history(validation=False)) == "train"
    assert len(fig.data) == 3 and all(trace.line.dash == "solid" for trace in fig.data)


def test_labels_of_references_keep_apart_and_in_view() -> None:
    assert apart([30, 10, 50], 5, 60) == [30, 10, 50], "with room each stands on its line"
    assert apart([10, 12, 11], 5, 60) == [10, 20, 15], "each above the one whose line lies lower"
    assert apart([59, 58, 10], 5, 60) == [55, 50, 10], "none beyond the top"
    fig = curves(history(), [("a", 38.0), ("b", 38.1), ("c", 37.9), ("d", 30.0)])
    low, high = fig.layout.yaxis.range
    labels, size = sorted(tag.y for tag in fig.layout.annotations if tag.yref == "y"), LINE / PANEL * (high - low)
    assert np.diff(labels).min() >= size - 1e-9 and labels[-1] <= high - size + 1e-9
    assert {shape.y0 for shape in fig.layout.shapes} == {38.0, 38.1, 37.9, 30.0}, "the lines stay where they are"


@pytest.mark.parametrize("weight", [1.0, np.array([0.2, 0.4])])
def test_an_only_epoch_is_drawn_as_marks(weight: object) -> None:
    fig = curves(history(1, weight=weight))
    assert np.isfinite(fig.layout.yaxis.range).all()
    assert [trace.mode for trace in fig.data] == ["lines+markers"] * len(fig.data)
    assert {trace.marker.symbol for trace in fig.data if trace.legendgroup} == {"circle", "circle-open"}, "the splits are told apart"
    assert {trace.mode for trace in curves(history(2)).data} == {"lines"}
    broken = history(3, validation=False)
    broken["reconstruction"][1:] = np.nan  # a run that diverged in its second epoch
    assert {trace.legendgroup: trace.mode for trace in curves(broken).data}["reconstruction"] == "lines+markers"
