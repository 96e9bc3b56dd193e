"""Asking for what is not computed yet, and how far it is: the page watches a process of its own and shows each part as it is done."""

from __future__ import annotations

import subprocess

import streamlit as st

from dashboard.i18n.format import fixed, plain
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import t, text_or
from vae_core.inspection import process, store
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run

POLL_SECONDS = 1.0
MIN_SHARE = 0.03  # of the work, after which the time left is shown


def show_controls(run: Run, part: str, split: str) -> None:
    """Offer to compute what is missing of these images, or show how far it is; `part` is the one that the page shows."""
    _collect()
    progress = process.progress(run)
    if progress is not None and progress.state == "running":
        st.fragment(_watch, run_every=POLL_SECONDS)(run, part, split, store.missing(run, split))
        return
    missing = store.missing(run, split)
    if progress is not None and progress.state in ("failed", "interrupted", "stopped") and part in missing:
        st.warning(t(f"inspect.work.{progress.state}", sentence=plain(translated(progress.sentence or ""))))
    _buttons(run, part, split, missing)


def _buttons(run: Run, part: str, split: str, missing: tuple[str, ...]) -> None:
    """Show one button for the part, where it is missing, and one for all that is."""
    with st.container(horizontal=True):
        if part in missing and st.button(t("inspect.work.one"), key="compute_one", type="primary"):
            _start(run, (part,), split)
        if len(missing) > (part in missing) and st.button(t("inspect.work.all", n=len(missing)), key="compute_all"):
            _start(run, (), split)


def _start(run: Run, parts: tuple[str, ...], split: str) -> None:
    try:
        started = process.start(run, parts, split)
    except RunError as error:
        st.warning(plain(translated(error)))
        return
    if started is not None:
        st.session_state.setdefault("inspecting", []).append(started)
    st.rerun()


def _collect() -> None:
    """Poll the processes that this session started, so that none stays behind as a zombie."""
    started: list[subprocess.Popen[bytes]] = st.session_state.get("inspecting", [])
    st.session_state["inspecting"] = [one for one in started if one.poll() is None]


def _watch(run: Run, part: str, split: str, missing: tuple[str, ...]) -> None:
    """Show how far the work is; draw the whole page anew where it has ended or the part in view is done."""
    progress = process.progress(run)
    if progress is None or progress.state != "running":
        st.rerun()
        return
    if part in missing and part not in store.missing(run, split):
        st.rerun()
    name = text_or(f"inspect.{progress.part}.name", progress.part)
    st.progress(min(1.0, max(0.0, progress.whole)), t("inspect.work.busy", name=name, left=_time_left(progress.whole, progress.seconds)))
    if st.button(t("inspect.work.stop"), key="compute_stop"):
        process.stop(run)


def _time_left(whole: float, seconds: float) -> str:
    """Say how long it will take at the pace so far."""
    if whole < MIN_SHARE:
        return t("inspect.work.left_unknown")
    left = seconds * (1 - whole) / whole
    return t("inspect.work.left_minutes", n=fixed(left / 60, 0)) if left > 90 else t("inspect.work.left_seconds", n=fixed(left, 0))
