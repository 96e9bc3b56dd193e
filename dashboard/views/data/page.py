"""Data: a user's own images are found, looked at, imported and trained on; nothing is written before a button is pressed."""

from __future__ import annotations

import streamlit as st

from dashboard.i18n.format import plain
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import t
from dashboard.session.background import Work, words_of
from dashboard.views.data import importing, library, looking, options, preview, source_choice
from dashboard.views.data.looking import Looked
from dashboard.views.train import new_run
from vae_core.data.errors import DataError
from vae_core.runs.layout import default_root
from vae_core.runs.listing import list_runs

SECONDS = 1.0  # between two looks at a source that is being looked at


def main() -> None:
    """Show what there is to do: an import on its way, or where images are and what they would bring; below, the imported sets."""
    root = default_root()
    st.title(t("data.title"), anchor=False)
    is_allowed = new_run.can_write(root)
    if sentence := st.session_state.pop("data_said", None):
        st.warning(sentence)
    one = importing.under_way()
    if one is not None:
        importing.show(one)
    if one is None or one.work.is_over:
        _show_source(is_allowed)
    library.show(list_runs(root)[0])


def _show_source(is_allowed: bool) -> None:
    """Ask where the images are, and show what importing them would bring."""
    st.write(t("data.lead"))
    path, folder = source_choice.choose_source()
    try:
        how = options.ask_options(None if folder is None else folder.path, source_choice.is_local())
    except DataError as error:
        st.warning(plain(translated(error)))
        return
    if path is None:
        st.caption(t("data.takes_not"))
        return
    work = looking.look(path, how, folder)
    if not work.is_over:
        st.fragment(_wait, run_every=SECONDS)(work)
    elif work.result is None:
        st.warning(words_of(work.error))
    else:
        preview.show(work.result, is_allowed)


def _wait(work: Work[Looked]) -> None:
    """Say that the images are being looked at, until they have been."""
    if work.is_over:
        st.rerun()
    st.progress(0.0, text=t("data.looking"))


main()
