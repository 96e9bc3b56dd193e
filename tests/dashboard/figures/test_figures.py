"""Figures: the numbers in a figure are those that went in, at the right place and in the right proportion."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.figures import theme
from dashboard.figures.colours import CLASSES
from dashboard.figures.latent_scatter import MOST_SVG, densest, describe, scatter, strip
from dashboard.figures.loss_curves import LABEL, apart, curves, of_split, shown_split, span, varies
from dashboard.figures.manifold import manifold
from dashboard.figures.run_overlay import overlay
from tests.places import ROOT
from vae_core.latent.grids import quantile_axis
from vae_core.runs.listing import load_run

NAMES = tuple(str(digit) for digit in range(10))


def points(n: int = 300, classes: int = 10, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return points (n, 2) in one heap per class, labels (n,) and rows (n,)."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n)
    return rng.normal(size=(n, 2)) * 0.2 + np.stack([labels % 5, labels // 5], 1), labels, np.arange(n) + 1000


def traces(fig: go.Figure) -> dict[str, go.Scattergl]:
    """Return the figure's traces by name."""
    return {trace.name: trace for trace in fig.data}


# ---- scatter


def test_scatter_has_one_trace_per_class_with_its_points_and_its_colour() -> None:
    xy, labels, rows = points()
    found = traces(scatter(xy, labels, NAMES, rows, ("a", "b"), prior=True))
    assert list(found) == list(NAMES)
    for k, name in enumerate(NAMES):
        np.testing.assert_allclose(found[name].x, xy[labels == k, 0], rtol=1e-6)
        np.testing.assert_allclose(found[name].y, xy[labels == k, 1], rtol=1e-6)
        np.testing.assert_array_equal(found[name].customdata, rows[labels == k])
        assert found[name].marker.color == CLASSES[k]


def test_scatter_keeps_the_colour_of_a_class_when_another_is_absent() -> None:
    xy, labels, rows = points()
    kept = labels != 3
    assert traces(scatter(xy[kept], labels[kept], NAMES, rows[kept], ("a", "b"), prior=True))["7"].marker.color == CLASSES[7]


def test_scatter_axes_are_equal_and_hold_every_point() -> None:
    xy, labels, rows = points()
    xy[0] = (9.0, -4.0)
    layout = scatter(xy, labels, NAMES, rows, ("a", "b"), prior=True).layout
    (x_low, x_high), (y_low, y_high) = layout.xaxis.range, layout.yaxis.range
    assert layout.yaxis.scaleanchor == "x" and layout.yaxis.scaleratio == 1
    assert x_high - x_low == pytest.approx(y_high - y_low)
    assert x_low < xy[:, 0].min() and xy[:, 0].max() < x_high and y_low < xy[:, 1].min() and xy[:, 1].max() < y_high


def test_prior_circles_have_radius_1_2_3_and_stand_only_where_they_mean_something() -> None:
    xy, labels, rows = points()
    circles = scatter(xy, labels, NAMES, rows, ("a", "b"), prior=True).layout.shapes
    assert [(shape.type, shape.x1, -shape.x0, shape.y1, -shape.y0) for shape in circles] == [("circle", k, k, k, k) for k in (1, 2, 3)]
    far = scatter(xy + 50, labels, NAMES, rows, ("a", "b"), prior=False).layout
    assert not far.shapes
    assert far.xaxis.range[0] > 40  # without circles the origin is no anchor


def test_class_names_stand_where_their_class_is_densest_not_at_its_mean() -> None:
    rng = np.random.default_rng(0)
    heap = np.concatenate([rng.normal(size=(200, 2)) * 0.1 + (4, 4), rng.uniform(-4, 4, (150, 2))])
    spot = densest(heap)
    assert np.hypot(*np.subtract(spot, (4, 4))) < 0.5 < np.hypot(*(heap.mean(0) - (4, 4)))
    tags = scatter(heap, np.zeros(350, int), ("boot",), np.arange(350), ("a", "b"), prior=False).layout.annotations
    assert [(tag.text, tag.x, tag.y) for tag in tags] == [("boot", *spot)]


def test_class_names_keep_apart() -> None:
    xy = np.random.default_rng(0).normal(size=(2000, 2))
    tags = scatter(xy, np.arange(2000) % 10, NAMES, np.arange(2000), ("a", "b"), prior=False).layout.annotations
    spots = np.array([(tag.x, tag.y) for tag in tags])
    apart = np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1)) + 9 * np.eye(10)
    assert apart.min() > 0.04 * np.ptp(xy, axis=0).max()


def test_more_than_ten_classes_leave_the_rest_grey_and_lose_no_point() -> None:
    xy, labels, rows = points(600, classes=14)
    names = [f"class {k}" for k in range(14)]
    fig = scatter(xy, labels, names, rows, ("a", "b"), prior=True, coloured=[2, 13])
    assert [trace.name for trace in fig.data] == ["other classes", "class 2", "class 13"]
    assert fig.data[0].marker.color == theme.QUIET
    assert sum(len(trace.x) for trace in fig.data) == 600
    colours = [trace.marker.color for trace in scatter(xy, labels, names, rows, ("a", "b"), prior=True).data[1:]]
    assert colours == list(CLASSES)


def test_without_labels_there_is_one_trace_and_no_legend() -> None:
    xy, _, rows = points()
    fig = scatter(xy, None, (), rows, ("a", "b"), prior=True)
    assert len(fig.data) == 1 and len(fig.data[0].x) == 300 and not fig.layout.showlegend


def test_strip_keeps_each_value_and_each_class_in_its_row() -> None:
    xy, labels, rows = points()
    fig = strip(xy[:, 0], labels, NAMES, rows)
    for k, trace in enumerate(fig.data):
        np.testing.assert_allclose(trace.x, xy[labels == k, 0], rtol=1e-6)
        assert np.abs(trace.y - k).max() < 0.5
    assert sorted(shape.x0 for shape in fig.layout.shapes) == [-3, -2, -1, 1, 2, 3]


def test_names_that_a_user_writes_are_shown_letter_by_letter() -> None:
    xy, labels, rows = points(classes=1)
    fig = scatter(xy, labels, ["<a href='http://x'>%{x}</a> $y$"], rows, ("a", "b"), prior=True)
    text = fig.to_json()
    assert "<a href" not in text and "%{x}</" not in text and "$y$" not in text


@pytest.mark.parametrize(("n", "kind"), [(MOST_SVG, "scatter"), (MOST_SVG + 1, "scattergl")])
def test_a_browser_without_webgl_draws_what_it_can(n: int, kind: str) -> None:
    xy, labels, rows = points(n)
    drawn = scatter(xy, labels, NAMES, rows, ("a", "b"), prior=True), strip(xy[:, 0], labels, NAMES, rows)
    assert {trace.type for fig in drawn for trace in fig.data} == {kind}


def test_on_one_spot_no_class_has_a_name() -> None:
    xy, labels, rows = points()
    spot = 0.01 * xy
    assert not [tag for tag in scatter(spot, labels, NAMES, rows, ("a", "b"), prior=True).layout.annotations if tag.text in NAMES]
    assert "Densest" in describe(xy, labels, NAMES, ("a", "b"), prior=True)
    assert "Densest" not in describe(spot, labels, NAMES, ("a", "b"), prior=True)
    near = scatter(spot, labels, NAMES, rows, ("a", "b"), prior=False)  # without a prior the axes come as close as the points
    assert len(near.layout.annotations) == 10


def test_strip_shows_the_prior_where_there_is_one() -> None:
    xy, labels, rows = points()
    low, high = strip(0.001 * xy[:, 0], labels, NAMES, rows).layout.xaxis.range
    assert low < -3 and high > 3
    bare = strip(0.001 * xy[:, 0], labels, NAMES, rows, prior=False).layout
    assert not bare.shapes and 0 < bare.xaxis.range[1] - bare.xaxis.range[0] < 0.01


# ---- manifold


def test_manifold_lays_one_picture_exactly_under_its_cells() -> None:
    x, y = quantile_axis(6, 0.9), quantile_axis(6, 0.9)[::-1]
    fig = manifold(b"PNG", x, y, (3, 1))
    (image,) = fig.layout.images
    assert (image.x, image.y, image.sizex, image.sizey, image.sizing) == (-0.5, 5.5, 6, 6, "stretch")
    assert list(fig.layout.xaxis.range) == list(fig.layout.yaxis.range) == [-0.5, 5.5]
    assert image.source.endswith("UE5H") and fig.layout.yaxis.scaleanchor == "x"
    assert "z₄" in fig.layout.xaxis.title.text and "z₂" in fig.layout.yaxis.title.text


def test_manifold_hover_gives_the_latent_values_of_the_cell() -> None:
    x, y = quantile_axis(4, 0.9), quantile_axis(5, 0.9)[::-1]
    cells = manifold(b"", x, y).data[0].customdata
    assert cells.shape == (5, 4, 2)
    np.testing.assert_allclose(cells[0, 2], (x[2], y[-1]))  # the heatmap counts its rows from below
    np.testing.assert_allclose(cells[-1, 0], (x[0], y[0]))


@pytest.mark.parametrize(("n", "coverage"), [(5, 0.5), (20, 0.95), (7, 0.999)])
def test_manifold_ticks_stand_at_the_priors_quantiles(n: int, coverage: float) -> None:
    x = quantile_axis(n, coverage)
    axis = manifold(b"", x, x[::-1]).layout.xaxis
    assert 3 <= len(axis.tickvals) <= 11
    for place, text in zip(axis.tickvals, axis.ticktext, strict=True):
        share = (1 - coverage) / 2 + place / (n - 1) * coverage
        assert NormalDist().inv_cdf(share) == pytest.approx(float(text.replace("−", "-")), abs=1e-6)


def test_one_dimension_makes_a_strip_without_y_axis() -> None:
    fig = manifold(b"", quantile_axis(8), np.zeros(1), (0, 0))
    assert fig.layout.yaxis.visible is False and fig.layout.images[0].sizey == 1
    assert fig.data[0].customdata.shape == (1, 8, 2) and "z₁" in fig.layout.xaxis.title.text


# ---- curves


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


# ---- colours


def test_placeholder_colours_are_those_of_the_page() -> None:
    from streamlit.elements.lib import streamlit_plotly_theme as page

    assert (theme.RECONSTRUCTION, theme.KL, theme.QUIET, theme.INK) == (page.CATEGORY_0, page.CATEGORY_1, page.CATEGORY_2, page.CATEGORY_3)
    assert (theme.PAPER, theme.FAINT) == (page.BG_COLOR, page.FADED_TEXT_05)
