"""The colours of figures."""

from __future__ import annotations

import tomllib

from dashboard.figures import theme
from tests.places import ROOT


def test_placeholder_colours_are_those_of_the_page() -> None:
    from streamlit.elements.lib import streamlit_plotly_theme as page

    assert (theme.RECONSTRUCTION, theme.KL, theme.QUIET, theme.INK) == (page.CATEGORY_0, page.CATEGORY_1, page.CATEGORY_2, page.CATEGORY_3)
    assert (theme.PAPER, theme.FAINT) == (page.BG_COLOR, page.FADED_TEXT_05)


def test_the_typeface_is_shipped_with_its_licence_and_nothing_else_is_served() -> None:
    config = tomllib.loads((ROOT / "dashboard" / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    served = {f"app/static/{path.name}" for path in (ROOT / "dashboard" / "static").iterdir()}
    assert served == {config["theme"]["fontFaces"][0]["url"], "app/static/inter-licence.txt"}
    assert config["theme"]["font"].startswith(config["theme"]["fontFaces"][0]["family"])
