"""The small pictures on the cards of Inspect, against the numbers from which they are drawn."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from dashboard.figures import miniatures
from dashboard.figures.prior_holes import THICKER, THINNER
from tests.dashboard.views.inspect.conftest import Stored, bounds_values, holes_result, kl_values


def test_the_parts_of_a_whole_follow_one_another_as_long_as_they_are() -> None:
    whole, *parts = miniatures.miniature(Stored(kl_values(), part="kl-decomposition"))
    widths = [part["width"] for part in parts]
    assert widths == pytest.approx([whole["width"] * share / 6.5 for share in (5.1, 1.1, 0.3)], abs=0.1)
    assert [part["x"] for part in parts[1:]] == pytest.approx(np.cumsum([parts[0]["x"] + widths[0], widths[1]]), abs=0.2)
    assert miniatures.bars([0, 0, -1]) == [] == miniatures.miniature(Stored({"mean_kl": 6.5}, part="kl-decomposition"))


def test_bounds_fall_from_left_to_right() -> None:
    _, line, *dots = miniatures.miniature(Stored(bounds_values(), part="bounds"))
    places = np.array([[float(one) for one in pair.split(",")] for pair in line["points"].split()])
    assert len(dots) == 3 and (np.diff(places[:, 0]) > 0).all() and (np.diff(places[:, 1]) > 0).all()
    assert miniatures.falling([1.0]) == []


def test_the_cloud_is_red_where_it_is_thin_and_lies_as_the_large_map_does() -> None:
    result = holes_result([1])
    result.part = "prior-holes"
    result.arrays["log_ratio"] = np.where(np.arange(21)[:, None] < 5, -9.0, 3.0) * np.ones((21, 21))  # thin below
    picture, *rings = miniatures.miniature(result)
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture["href"].partition(",")[2]))))
    assert pixels.shape == (21, 21, 4)
    assert ",".join(map(str, pixels[-1, 0, :3])) == THINNER and ",".join(map(str, pixels[0, 0, :3])) == THICKER
    assert [ring["r"] for ring in rings] == pytest.approx([32 / 3, 64 / 3], abs=0.1), "the rings at 1 and 2; that at 3 is the edge"
    line = miniatures.cloud(np.linspace(-3, 3, 5), np.array([-9.0, 0, 9, 0, 0]), {"threshold": -4.0})[1]
    heights = [float(pair.split(",")[1]) for pair in line["points"].split()]
    assert heights[0] > heights[1] > heights[2]


def test_a_leaning_posterior_lies_under_an_upright_one() -> None:
    covariance = np.array([[1.0, 0.8], [0.8, 1.0]])
    wide, narrow, _, _ = miniatures.ellipses(np.zeros(2), covariance, np.array([0.5, 0.0]), np.array([0.6, 0.6]))
    assert wide["transform"].startswith("rotate(-45.0 ") or wide["transform"].startswith("rotate(135.0 "), "up to the right, y points down"
    assert wide["rx"] / wide["ry"] == pytest.approx(3, abs=0.1) and wide["rx"] == pytest.approx(2 * narrow["rx"], abs=0.1)


def test_what_has_no_small_figure_keeps_its_drawing() -> None:
    assert miniatures.miniature(Stored({}, part="bounds")) == [] == miniatures.miniature(Stored({"x": 1}, part="outliers"))
    assert miniatures.miniature(Stored(holes_result([1], 3).values, part="prior-holes")) == []
