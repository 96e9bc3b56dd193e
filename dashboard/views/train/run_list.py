"""The runs that are there: those under way, and the renaming and deleting of all."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from dashboard.i18n.format import plain
from dashboard.i18n.names import run_name
from dashboard.i18n.texts import t
from dashboard.views.train import actions
from vae_core.jobs import queue
from vae_core.jobs.queue import ACTIVE, RESUMABLE
from vae_core.runs.run import Run


def show_last_answer() -> None:
    """Say why the last request was refused, and offer the way back from a deletion."""
    if sentence := st.session_state.get("train_said"):
        st.info(sentence)
    if trashed := st.session_state.get("trashed"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.write(t("train.deleted", name=plain(run_name(trashed[0]))))
            st.button(t("train.undo"), on_click=_undo, args=(trashed[1],))


def _undo(trashed: Path) -> None:
    del st.session_state["trashed"]
    actions.attempt(lambda: queue.restore(trashed))


def show_active_runs(runs: list[Run]) -> None:
    """Point to runs that are under way, and to those that were stopped and can go on."""
    for run in runs:
        if run.state in ACTIVE or (run.state in RESUMABLE and not run.summary):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.write(t("train.now_active" if run.state in ACTIVE else "train.stopped_here", name=plain(run_name(run.name))))
                st.button(t("train.watch"), key=f"train/watch/{run.id}", on_click=actions.watch, args=(run.id,))


def show_run_management(root: Path, runs: list[Run], is_allowed: bool) -> None:
    """Rename and delete runs, and empty the trash."""
    with st.expander(t("train.runs")):
        if runs:
            by_id = {run.id: run for run in runs}
            chosen = st.selectbox(
                t("train.runs_which"), list(by_id), format_func=lambda one: f"{run_name(by_id[one].name)} ({one})", key="train/which"
            )
            run, key = by_id[chosen], f"train/name/{chosen}"
            st.text_input(t("train.runs_name"), run.name, key=key, max_chars=200, help=t("train.runs_name_help"))
            with st.container(horizontal=True):
                st.button(t("train.rename"), disabled=not is_allowed, on_click=_rename, args=(run, key))
                st.button(t("train.delete"), disabled=not is_allowed, on_click=actions.attempt, args=(partial(actions.delete, run),))
        if trashed := list((root / ".trash").glob("*")):
            st.write(t("train.trash", n=len(trashed)))
            st.button(t("train.empty_trash"), disabled=not is_allowed, on_click=_empty, args=(root,))


def _rename(run: Run, key: str) -> None:
    actions.attempt(lambda: queue.rename(run, st.session_state[key]))


def _empty(root: Path) -> None:
    st.session_state.pop("trashed", None)
    actions.attempt(lambda: queue.empty_trash(root))
