"""The colours of figures."""

from __future__ import annotations

from dashboard.figures import theme


def test_placeholder_colours_are_those_of_the_page() -> None:
    from streamlit.elements.lib import streamlit_plotly_theme as page

    assert (theme.RECONSTRUCTION, theme.KL, theme.QUIET, theme.INK) == (page.CATEGORY_0, page.CATEGORY_1, page.CATEGORY_2, page.CATEGORY_3)
    assert (theme.PAPER, theme.FAINT) == (page.BG_COLOR, page.FADED_TEXT_05)
