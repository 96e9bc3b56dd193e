"""The page Manifold: the stored map at once, another one where another is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.i18n.texts import t
from tests.dashboard.pages import Open, alt, chart, is_calm, words


@pytest.mark.parametrize("run", ["tiny-2d", "tiny-5d"])
def test_the_map_shows_the_stored_picture_at_once(runs: Path, visit: Open, run: str) -> None:
    at = visit("manifold", run=run)
    assert is_calm(at) and t("manifold.title") in words(at)
    (image,) = chart(at)["layout"]["images"]
    assert image["source"].startswith("data:image/png;base64,") and image["sizex"] == image["sizey"] == 20
    assert "20 by 20 pictures" in alt(at) and "−2.0 to 2.0" in alt(at)


def test_the_map_is_drawn_anew_for_another_size_and_range(runs: Path, visit: Open) -> None:
    at = visit("manifold", run="tiny-2d")
    before = chart(at)["layout"]["images"][0]
    at.slider(key="side/tiny-2d").set_value(9).run()
    at.slider(key="coverage/tiny-2d").set_value(50.0).run()
    after = chart(at)["layout"]["images"][0]
    assert is_calm(at) and after["sizex"] == 9 and after["source"] != before["source"]
    assert "9 by 9 pictures" in alt(at) and "−0.7 to 0.7" in alt(at)


def test_the_map_of_five_dimensions_lets_two_be_chosen(runs: Path, visit: Open) -> None:
    at = visit("manifold", run="tiny-5d")
    box = at.selectbox(key="up/tiny-5d")
    before, other = chart(at), box.options.index(box.options[-1])
    box.select_index(other).run()
    assert is_calm(at) and chart(at)["layout"]["images"][0]["source"] != before["layout"]["images"][0]["source"]
    assert box.options[other].split(" ")[0] in chart(at)["layout"]["yaxis"]["title"]["text"]
