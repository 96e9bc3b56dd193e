"""An image's cost beside simpler models, tighter bounds and published numbers of the same protocol."""

from __future__ import annotations

import numpy as np

from dashboard.figures import bounds
from dashboard.i18n.format import plain
from dashboard.i18n.texts import t
from dashboard.views.inspect.bounds import _sentence
from tests.dashboard.pages import is_calm
from tests.dashboard.views.inspect.conftest import (
    Stored,
    Visit,
    bounds_values,
    charts,
    estimate,
    gap_values,
    words,
)
from vae_core.evaluation import closed_forms


def test_bounds_say_the_price_and_never_print_a_foreign_number(visit: Visit) -> None:
    at = visit("bounds", bounds=Stored(bounds_values()), inference_gap=Stored(gap_values()))
    assert is_calm(at)
    assert t("inspect.bounds.said", cost="25.4 ± 0.30", name=t("inspect.bounds.reference.class-mixture"), other="33.2") in words(at)
    assert t("inspect.bounds.published.grey") in words(at)
    assert "24.10" in words(at) and "24.10" in charts(at)["tiny-2d-bounds"][1]


def test_published_numbers_of_the_same_protocol_are_listed(visit: Visit) -> None:
    row = {"model": "VAE, k=1", "nats": 86.76, "source": "Burda 2015", "url": "", "note": "784-200-200-50"}
    at = visit("bounds", bounds=Stored(bounds_values(published=[row], published_reason="")))
    assert is_calm(at) and t("inspect.bounds.published.same") in words(at) and "86" in words(at) and "Burda 2015" in words(at)
    drawn = words(visit("bounds", bounds=Stored(bounds_values(published=[row], published_reason="draw"))))
    assert t("inspect.bounds.published.draw") in drawn and "Burda 2015" in drawn and t("inspect.bounds.published.same") not in drawn
    assert t("inspect.bounds.tightest", k="50", gained="0.20", value="25.2") in words(at)


def test_the_exact_price_stands_beside_bounds_of_the_same_images_only(visit: Visit) -> None:
    rows = np.arange(3)
    at = visit("bounds", bounds=Stored(bounds_values(), {"rows": rows}), inference_gap=Stored(gap_values(), {"rows": rows}))
    assert "24.10" in words(at) and "24.10" in charts(at)["tiny-2d-bounds"][1]
    at = visit("bounds", bounds=Stored(bounds_values(), {"rows": rows}), inference_gap=Stored(gap_values(), {"rows": rows[:2]}))
    assert is_calm(at) and "24.10" not in words(at) and "24.10" not in charts(at)["tiny-2d-bounds"][1]


def test_a_simpler_model_that_cannot_be_fitted_is_named_with_the_reason(visit: Visit) -> None:
    entry = {"what": "ppca", "reason": "no-fit", "sentence": closed_forms.MEANINGLESS}
    at = visit("bounds", bounds=Stored(bounds_values(), unavailable=[entry]))
    assert is_calm(at) and t("losses.left_out", name=t("reference.ppca"), sentence=plain(closed_forms.MEANINGLESS)) in words(at)


def test_a_model_that_is_worse_than_a_simpler_one_is_told_so(visit: Visit) -> None:
    at = visit("bounds", bounds=Stored(bounds_values(negative_elbo=estimate(40.0, 0.3))))
    assert t("inspect.bounds.said_worse", cost="40.0 ± 0.30", name=t("inspect.bounds.reference.class-mixture"), other="33.2") in words(at)


def test_what_prints_the_same_is_no_difference() -> None:
    same = t("inspect.bounds.said_same", cost="33.2 ± 0.30", name=t("inspect.bounds.reference.class-mixture"))
    assert [_sentence(bounds_values(negative_elbo=estimate(cost, 0.3))) == same for cost in (33.16, 33.24, 33.3)] == [True, True, False]


def test_the_mean_of_one_image_has_no_error() -> None:
    values = bounds_values(negative_elbo={"value": 25.4, "standard_error": None})
    alone = [row | {"standard_error": None} for row in values["bounds"]]
    assert "±" not in _sentence(values) and "25.4 nats" in _sentence(values)
    figures = [bounds.draw_references(values, []), bounds.draw_bounds(alone, None)]
    assert not any("±" in "".join(trace.hovertemplate or "") for figure in figures for trace in figure.data)
    known = [bounds.draw_references(bounds_values(), []), bounds.draw_bounds(values["bounds"], None)]
    assert all(any("±" in "".join(trace.hovertemplate or "") for trace in figure.data) for figure in known)


def test_the_bound_falls_toward_the_exact_line() -> None:
    fig = bounds.draw_bounds(bounds_values()["bounds"], {"value": -24.1, "standard_error": 0.3, "error": 0.001})
    line = next(trace for trace in fig.data if trace.mode == "lines+markers")
    assert list(line.x) == [1, 5, 50] and line.y[0] == 25.4 and fig.layout.shapes[0].y0 == 24.1
    assert len(bounds.draw_bounds(bounds_values()["bounds"], None).layout.shapes) == 0
