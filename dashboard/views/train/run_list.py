"""What the last request led to, and the runs that are under way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from dashboard.i18n.format import plain
from dashboard.i18n.names import run_name
from dashboard.i18n.texts import listed, t
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
            st.write(t("train.deleted", names=listed(plain(run_name(name)) for name, _ in trashed)))
            st.button(t("train.undo"), on_click=_undo, args=([path for _, path in trashed],))


def _undo(trashed: Sequence[Path]) -> None:
    del st.session_state["trashed"]
    actions.attempt(lambda: [queue.restore(path) for path in trashed])


def show_active_runs(runs: list[Run]) -> None:
    """Point to runs that are under way, and to those that were stopped and can go on."""
    for run in runs:
        if run.state in ACTIVE or (run.state in RESUMABLE and not run.summary):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.write(t("train.now_active" if run.state in ACTIVE else "train.stopped_here", name=plain(run_name(run.name))))
                st.button(t("train.watch"), key=f"train/watch/{run.id}", on_click=actions.watch, args=(run.id,))
