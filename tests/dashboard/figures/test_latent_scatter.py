"""Points of a latent space: every point, its class's colour, names that keep apart."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.figures import theme
from dashboard.figures.colours import CLASSES
from dashboard.figures.latent_scatter import MOST_SVG, densest, describe, scatter, strip

NAMES = tuple(str(digit) for digit in range(10))


def points(n: int = 300, classes: int = 10, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return points (n, 2) in one heap per class, labels (n,) and rows (n,)."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n)
    return rng.normal(size=(n, 2)) * 0.2 + np.stack([labels % 5, labels // 5], 1), labels, np.arange(n) + 1000


def traces(fig: go.Figure) -> dict[str, go.Scattergl]:
    """Return the figure's traces by name."""
    return {trace.name: trace for trace in fig.data}


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
