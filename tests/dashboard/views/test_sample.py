"""The page Sample: a slider per dimension, a random point, zero."""

from __future__ import annotations

from pathlib import Path

from dashboard.i18n.texts import t
from tests.dashboard.pages import Open, address, alt, is_calm, words


def test_sample_has_a_slider_for_every_dimension_and_draws_what_they_say(runs: Path, visit: Open, as_a_browser: None) -> None:
    at = visit("sample", run="tiny-5d")
    assert is_calm(at) and t("sample.title") in words(at) and len(at.slider) == 5
    before, source = alt(at, "image"), at.image[0].value[0]
    assert source.startswith("data:image/png")  # what Streamlit takes for a photograph it blurs into a JPEG
    at.slider[0].set_value(2.5).run()
    # A slider that the server set would jump back under a hand that has moved on meanwhile.
    assert not any(slider.proto.set_value for slider in at.slider)
    assert is_calm(at) and at.image[0].value[0] != source
    assert "2.50" in alt(at, "image") and "0.00, 0.00" in before
    assert sorted(float(part) for part in address(at)["z"].split(",")) == [0, 0, 0, 0, 2.5]


def test_sample_draws_at_random_and_goes_back_to_zero(runs: Path, visit: Open, as_a_browser: None) -> None:
    at = visit("sample", run="tiny-2d")
    draw, zero = at.button
    draw.click().run()
    first = address(at)["z"]
    assert first == ",".join(f"{value:.2f}".rstrip("0").rstrip(".") for value in (s.value for s in sorted(at.slider, key=lambda s: s.key)))
    at.button[0].click().run()
    assert address(at)["z"] != first
    at.button[1].click().run()
    assert zero.label == t("sample.centre") and [s.value for s in at.slider] == [0, 0] and is_calm(at)
