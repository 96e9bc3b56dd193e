"""The values of widgets, where Streamlit alone would lose them."""

from __future__ import annotations

import streamlit as st


def send_choices_again() -> None:
    """Send every chosen value to the browser again: it knows options by their words, which have just changed their language."""
    for key, value in st.session_state.to_dict().items():
        chosen = value if isinstance(value, list) else [value]
        if chosen and all(isinstance(one, str | int | float) and not isinstance(one, bool) for one in chosen):  # no button, no upload
            st.session_state[key] = value
