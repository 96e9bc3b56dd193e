"""What can be done with the runs that were chosen: open, compare, rename, delete."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard.i18n.texts import listed, t
from dashboard.session.navigation import go_to
from dashboard.session.run_choice import put_on_screen
from dashboard.views.runs.table import named
from dashboard.views.train import actions
from vae_core.jobs import queue
from vae_core.runs.listing import BrokenRun
from vae_core.runs.run import Run


def show_actions(chosen: Sequence[Run | BrokenRun], is_allowed: bool) -> None:
    """Name what was chosen and show the buttons; those that make no sense of it are grey."""
    runs = [run for run in chosen if isinstance(run, Run)]
    is_whole = len(runs) == len(chosen)
    one = runs[0] if len(chosen) == 1 and is_whole else None
    st.markdown(t("runs.chosen", names=listed(map(named, chosen))) if chosen else t("runs.choose"))
    with st.container(horizontal=True):
        if st.button(t("runs.open"), type="primary", disabled=one is None) and one:
            _open(one)
        is_pair = len(chosen) > 1 and is_whole and all(run.summary for run in runs)
        if st.button(t("runs.compare"), disabled=not is_pair, help=t("runs.compare_help")):
            put_on_screen(runs[0].id)
            go_to("compare", {"with": ",".join(run.id for run in runs[1:])})
        with st.popover(t("train.rename"), disabled=one is None or not is_allowed):
            if one and is_allowed:
                _show_name(one)
        may_delete = is_allowed and is_whole and runs
        st.button(t("train.delete"), disabled=not may_delete, on_click=actions.attempt, args=(partial(actions.delete, runs),))


def _open(run: Run) -> None:
    """Show a run: a finished one on its map, another one as it trains."""
    put_on_screen(run.id)
    if run.summary:
        go_to("explore")
    actions.watch(run.id)
    go_to("train")


def _show_name(run: Run) -> None:
    key = f"runs/name/{run.id}"
    st.text_input(t("train.runs_name"), run.name, key=key, max_chars=200, help=t("train.runs_name_help"))
    st.button(t("runs.keep_name"), on_click=_rename, args=(run, key))


def _rename(run: Run, key: str) -> None:
    actions.attempt(lambda: queue.rename(run, st.session_state[key]))


def show_trash(root: Path) -> None:
    """Say what lies in the trash, and empty it where that is asked."""
    if trashed := list((root / ".trash").glob("*")):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.write(t("train.trash", n=len(trashed)))
            st.button(t("train.empty_trash"), on_click=_empty, args=(root,))


def _empty(root: Path) -> None:
    st.session_state.pop("trashed", None)
    actions.attempt(lambda: queue.empty_trash(root))
