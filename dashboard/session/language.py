"""The language of the session: the viewer's choice, else the browser's."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.i18n.texts import DEFAULT, LANGUAGES, set_language_source, t
from dashboard.session.address import keep_address
from dashboard.session.widget_state import send_choices_again


def _of_session() -> str:
    """Return the language of the session that runs at this moment; fragments run without app.py."""
    return DEFAULT if get_script_run_ctx(suppress_warning=True) is None else st.session_state.get("lang", DEFAULT)


set_language_source(_of_session)


def choose_language() -> None:
    """Show the languages, each named in itself."""
    st.session_state["lang_picker"] = st.session_state["lang"]
    st.sidebar.segmented_control(
        t("app.language"), list(LANGUAGES), key="lang_picker", required=True, on_change=_spoke, label_visibility="collapsed",
        format_func=LANGUAGES.__getitem__,
    )  # fmt: skip


def _spoke() -> None:
    st.session_state["lang"] = st.session_state["lang_picker"]
    keep_address()
    send_choices_again()
