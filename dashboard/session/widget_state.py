"""The values of widgets, where Streamlit alone would lose them."""

from __future__ import annotations

import streamlit as st


def send_choices_again() -> None:
    """Send every chosen value to the browser again: it knows options by their words, which have just changed their language."""
    for key, value in st.session_state.to_dict().items():
        chosen = value if isinstance(value, list) else [value]
        if chosen and all(isinstance(one, str | int | float) and not isinstance(one, bool) for one in chosen):  # no button, no upload
            st.session_state[key] = value


def key_of(widget: str) -> str:
    """Return the key of a widget that the program sets, too: another one each time, see `renew`."""
    turn = st.session_state.get(f"{widget}/turn", 0)
    return f"{widget}/{turn}" if turn else widget


def renew(widget: str) -> str:
    """Let a widget that the program is about to set begin anew, and return its new key.

    A fragment that looks once a second how far work is lets the browser send the values of all widgets along. Sent before the answer to a
    press has come, that is the value before the press, which under the same key would count as the viewer's choice.
    """
    st.session_state[f"{widget}/turn"] = st.session_state.get(f"{widget}/turn", 0) + 1
    return key_of(widget)
