"""Language, run, point and layout in the address, so that a copied link opens the same."""

from __future__ import annotations

import streamlit as st

from dashboard.i18n.texts import DEFAULT, LANGUAGES
from dashboard.session import workspace
from dashboard.session.widget_state import send_choices_again

IN_URL = ("lang", "run", "z", "look")
LONGEST = 1000  # letters of z; mail programs cut longer addresses, so a longer z is left out


def read_url() -> None:
    """Take language, run and z from the address where they are not those that this session wrote there."""
    written = st.session_state.setdefault("url", {})
    asked = {key: st.query_params[key] for key in IN_URL if key in st.query_params and st.query_params[key] != written.get(key)}
    if asked.get("lang") not in LANGUAGES:
        asked.pop("lang", None)
    if "run" in asked:
        st.session_state.pop("z", None)
    if "lang" in st.session_state and asked.get("lang", st.session_state["lang"]) != st.session_state["lang"]:
        send_choices_again()
    st.session_state.update(asked)
    workspace.read(st.query_params.to_dict())
    st.session_state.setdefault("lang", browser_language())


def write_url() -> None:
    """Put language, run, z and layout back into the address (a page switch wipes it), so that a copied link opens the same.

    English is left out where the browser would get it anyway: such a link speaks the language of whoever opens it, and it stays short.
    """
    if "run" not in st.session_state:
        return  # the first page has not chosen yet
    chosen = {key: st.session_state[key] for key in IN_URL if st.session_state.get(key)}
    if len(chosen.get("z", "")) > LONGEST:
        del chosen["z"]
    if chosen.get("lang") == browser_language() == DEFAULT:
        del chosen["lang"]
    others = {key: value for key, value in st.query_params.to_dict().items() if key not in IN_URL and key not in workspace.RULES}
    others |= workspace.in_address(st.query_params.to_dict())
    if st.query_params.to_dict() != others | chosen:
        st.query_params.from_dict(others | chosen)  # one message, so one step in the browser's history
    st.session_state["url"] = chosen


def browser_language() -> str:
    """Return the language that the browser asks for, where the pages speak it."""
    name = (st.context.locale or "").lower().split("-")[0]
    return name if name in LANGUAGES else DEFAULT


def keep_address() -> None:
    """Count the address as written by this session: that of a quick second message is older than the last choice, and no link to follow."""
    st.session_state["url"] = {key: st.query_params[key] for key in IN_URL if key in st.query_params}
    workspace.keep_address(st.query_params.to_dict())
