"""Losses epoch by epoch: every number, references in view."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.figures import theme
from dashboard.figures.loss_curves import LABEL, apart, curves, of_split, shown_split, span, varies
from dashboard.figures.run_overlay import overlay
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


def test_kl_weight_has_an_axis_of_its_own_only_where_it_varies() -> None:
    assert not varies(history()) and not any(trace.yaxis == "y3" for trace in curves(history()).data)
    warm = history(weight=np.repeat(np.linspace(0.2, 1, 5), 2))
    (trace,) = [trace for trace in curves(warm).data if trace.yaxis == "y3"]
    np.testing.assert_allclose(trace.y, np.linspace(0.2, 1, 5))
    assert curves(warm).layout.yaxis3.side == "right"
    assert "(weight 0.2)" in next(text for trace in curves(warm).data if trace.text for text in trace.text)


def test_references_are_lines_at_their_height_and_in_view() -> None:
    fig = curves(history(), [("floor", 13.5), ("independent pixels", 90.0)], best_epoch=4)
    level = [shape for shape in fig.layout.shapes if shape.y0 == shape.y1]
    assert [shape.y0 for shape in level] == [13.5, 90.0]
    low, high = fig.layout.yaxis.range
    assert low < 13.5 and high > 90
    words = [tag.text for tag in fig.layout.annotations]
    assert {"floor 13.5", "independent pixels 90.0", "best epoch: 4"} <= set(words)
    assert [shape.x0 for shape in fig.layout.shapes if shape.yref == "paper"] == [4]


def test_curves_are_whole_unless_their_first_epoch_would_press_them_flat() -> None:
    whole, steep = np.array([148.8, 142.0, 136.0, 129.7]), np.array([600.0, 142.0, 136.0, 129.7])
    low, high = span([whole, whole - 40])
    assert low < 89.7 and high > 148.8, "a curve runs out of its frame"
    assert 142 < span([steep])[1] < 160
    assert span([np.array([600.0, 142.0])])[1] > 600, "two values are all there is"
    reference = span([whole], [545.0])
    assert reference[1] > 545 and reference[0] < 129.7
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
    assert len(fig.data) == 3 and all(trace.showlegend and trace.line.dash == "solid" for trace in fig.data)


def test_labels_of_references_keep_apart_and_in_view() -> None:
    assert apart([30, 10, 50], 5, 60) == [30, 10, 50], "with room each stands on its line"
    assert apart([10, 12, 11], 5, 60) == [10, 20, 15], "each above the one whose line lies lower"
    assert apart([59, 58, 10], 5, 60) == [55, 50, 10], "none beyond the top"
    fig = curves(history(), [("a", 50.0), ("b", 50.1), ("c", 49.9), ("d", 12.0)])
    low, high = fig.layout.yaxis.range
    labels = sorted(tag.y for tag in fig.layout.annotations if tag.yref == "y")
    assert np.diff(labels).min() >= LABEL * (high - low) - 1e-9 and labels[-1] <= high - LABEL * (high - low) + 1e-9
    assert {shape.y0 for shape in fig.layout.shapes} == {50.0, 50.1, 49.9, 12.0}, "the lines stay where they are"


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
