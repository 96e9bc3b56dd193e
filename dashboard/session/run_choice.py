"""The run picker, and the run that the page shows."""

from __future__ import annotations

import streamlit as st

from dashboard.i18n.names import distinct, run_name
from dashboard.i18n.texts import t
from dashboard.session.address import keep_address
from vae_core.runs.layout import default_root
from vae_core.runs.listing import BrokenRun, list_runs
from vae_core.runs.run import Run

FIRST = "mnist-2d"  # opens when nothing else was asked for


def choose_run() -> Run | BrokenRun | None:
    """Show the run picker and return the chosen run; None where the wanted one does not exist."""
    runs, broken = list_runs(default_root())
    options: dict[str, Run | BrokenRun] = {**{run.id: run for run in runs}, **{run.id: run for run in broken}}
    wanted = st.session_state.setdefault("run", _first(runs, broken))
    st.session_state["run_picker"] = wanted if wanted in options else None
    st.sidebar.selectbox(
        t("app.run"), list(options), key="run_picker", on_change=_picked, placeholder=t("app.choose"), help=t("app.run_help"),
        format_func=distinct({run_id: _option(run) for run_id, run in options.items()}).__getitem__, disabled=not options,
    )  # fmt: skip
    if wanted in options:
        st.session_state.setdefault("seen", set()).add(wanted)
    return options.get(wanted or "")


def _first(runs: list[Run], broken: list[BrokenRun]) -> str | None:
    finished = [run.id for run in runs if run.summary]
    ids = [FIRST] * (FIRST in finished) + finished + [run.id for run in runs] + [run.id for run in broken]
    return ids[0] if ids else None


def _option(run: Run | BrokenRun) -> str:
    if isinstance(run, BrokenRun):
        return t("run.option_broken", id=run.id)
    return run_name(run.name) if run.summary else t("run.option", name=run_name(run.name), more=t(f"state.{run.state}"))


def _picked() -> None:
    st.session_state["run"] = st.session_state["run_picker"]
    st.session_state.pop("z", None)
    keep_address()


def current_run() -> Run:
    """Return the run that the page shows."""
    return st.session_state["open"]
