"""What can be done with a run: watch it, resume it, delete it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from dashboard.i18n.format import plain
from dashboard.i18n.messages import translated
from dashboard.session.run_choice import put_on_screen
from vae_core.jobs import queue, worker
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run


def watch(run_id: str | None) -> None:
    """Watch a run, which then is the one on screen; None goes back to the form."""
    st.session_state["watch"] = run_id
    if run_id:
        put_on_screen(run_id)
    st.session_state.pop("train_said", None)


def attempt(ask: Callable[[], object]) -> None:
    """Ask for something; where it is refused, the page says why until something else is asked."""
    st.session_state.pop("train_said", None)
    try:
        ask()
    except RunError as error:
        st.session_state["train_said"] = plain(translated(error))


def resume(run: Run) -> None:
    """Put a stopped run into the queue and make sure that a worker lives."""
    queue.resume(run)
    worker.start_worker(run.path.parent)
    watch(run.id)


def delete(runs: Sequence[Run]) -> None:
    """Move runs to the trash, up to the first that is refused, and keep the way back of all of them."""
    trashed: list[tuple[str, Path]] = []
    for run in runs:
        trashed.append((run.name, queue.delete(run)))
        st.session_state["trashed"] = trashed
        if st.session_state.get("watch") == run.id:
            watch(None)
        if st.session_state.get("run") == run.id:
            del st.session_state["run"]  # the other pages choose another one
