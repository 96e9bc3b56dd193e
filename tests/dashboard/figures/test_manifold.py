"""The map of pictures lies exactly under its axes."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from dashboard.figures.manifold import picture_map
from vae_core.latent.grids import quantile_axis


def test_manifold_lays_one_picture_exactly_under_its_cells() -> None:
    x, y = quantile_axis(6, 0.9), quantile_axis(6, 0.9)[::-1]
    fig = picture_map(b"PNG", x, y, (3, 1))
    (image,) = fig.layout.images
    assert (image.x, image.y, image.sizex, image.sizey, image.sizing) == (-0.5, 5.5, 6, 6, "stretch")
    assert list(fig.layout.xaxis.range) == list(fig.layout.yaxis.range) == [-0.5, 5.5]
    assert image.source.endswith("UE5H") and fig.layout.yaxis.scaleanchor == "x"
    assert "z₄" in fig.layout.xaxis.title.text and "z₂" in fig.layout.yaxis.title.text


def test_manifold_hover_gives_the_latent_values_of_the_cell() -> None:
    x, y = quantile_axis(4, 0.9), quantile_axis(5, 0.9)[::-1]
    cells = picture_map(b"", x, y).data[0].customdata
    assert cells.shape == (5, 4, 2)
    np.testing.assert_allclose(cells[0, 2], (x[2], y[-1]))  # the heatmap counts its rows from below
    np.testing.assert_allclose(cells[-1, 0], (x[0], y[0]))


@pytest.mark.parametrize(("n", "coverage"), [(5, 0.5), (20, 0.95), (7, 0.999)])
def test_manifold_ticks_stand_at_the_priors_quantiles(n: int, coverage: float) -> None:
    x = quantile_axis(n, coverage)
    axis = picture_map(b"", x, x[::-1]).layout.xaxis
    assert 3 <= len(axis.tickvals) <= 11
    for place, text in zip(axis.tickvals, axis.ticktext, strict=True):
        share = (1 - coverage) / 2 + place / (n - 1) * coverage
        assert NormalDist().inv_cdf(share) == pytest.approx(float(text.replace("−", "-")), abs=1e-6)


def test_one_dimension_makes_a_strip_without_y_axis() -> None:
    fig = picture_map(b"", quantile_axis(8), np.zeros(1), (0, 0))
    assert fig.layout.yaxis.visible is False and fig.layout.images[0].sizey == 1
    assert fig.data[0].customdata.shape == (1, 8, 2) and "z₁" in fig.layout.xaxis.title.text
