"""The pages as Streamlit knows them, by key: several of them may share a script, so a path does not name one."""

from __future__ import annotations

from copy import copy
from functools import cache

import streamlit as st
from streamlit.navigation.page import Page as Target
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.i18n.texts import t
from dashboard.pages import GROUPS, PAGES, UNKNOWN, Page


def open_navigation() -> Target:
    """Tell Streamlit which pages there are, remember which one is shown, and return it; it runs when asked."""
    pages = {t(f"app.group_{group}"): [_target(page) for page in PAGES if page.group == group] for group in GROUPS}
    if address := unknown_address():  # a page of ours there, hidden from the list, in place of Streamlit's dialog
        hidden = st.Page(UNKNOWN.script, title=t(f"{UNKNOWN.key}.nav"), url_path=address, visibility="hidden")
        pages[t(f"app.group_{UNKNOWN.group}")].append(hidden)
    target = st.navigation(pages, expanded=True)
    page = next((page for page in PAGES if page.address == target.url_path), UNKNOWN)
    st.session_state["is_new_page"] = page != st.session_state.get("page")
    st.session_state["page"] = page
    return target


def current_page() -> Page:
    """Return the page that is shown."""
    page: Page = st.session_state["page"]
    return page


def unknown_address() -> str:
    """Return the address that was asked for and is that of no page, as long as this session lasts; nothing where all were known."""
    context = get_script_run_ctx(suppress_warning=True)
    asked = (context.pages_manager.intended_page_name if context else "") or ""
    if asked and "/" not in asked and asked not in {page.address for page in PAGES}:
        st.session_state["unknown_address"] = asked
    return str(st.session_state.get("unknown_address", ""))


def has_just_opened() -> bool:
    """Tell whether the page that is shown was not yet shown by the last run of the script."""
    return bool(st.session_state["is_new_page"])


def go_to(key: str, query: dict[str, str] | None = None) -> None:
    """Leave this page for another one, at an address with these parameters."""
    st.switch_page(_target(_page(key)), query_params=query)


def link_to(key: str, label: str | None = None, query: dict[str, str] | None = None) -> None:
    """Show a link to a page, at an address with these parameters, with its name in the navigation where nothing else is said."""
    st.page_link(_target(_page(key)), label=label, query_params=query)


def _page(key: str) -> Page:
    return next(page for page in PAGES if page.key == key)


def _target(page: Page) -> Target:
    """Return a page as Streamlit knows it; of its own for each session, which notes in it whether it may run."""
    return copy(_known(page, t(f"{page.key}.nav")))


@cache
def _known(page: Page, title: str) -> Target:
    """Return what is the same for all sessions: Streamlit looks for the script on the disk."""
    return st.Page(page.script, title=title, url_path=page.address, default=not page.address)
