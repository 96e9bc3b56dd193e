"""The run on screen: one for all pages, and the picker that shows and changes it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboard.i18n.names import distinct, run_name
from dashboard.i18n.texts import t
from dashboard.session.address import keep_address
from dashboard.session.navigation import current_page, link_to
from dashboard.session.widget_state import key_of, renew
from vae_core.jobs.queue import ACTIVE
from vae_core.runs.layout import default_root
from vae_core.runs.listing import BrokenRun, list_runs
from vae_core.runs.run import Run

FIRST = "mnist-2d"  # opens when nothing else was asked for
PICKER = "run_picker"
MOST = 10  # runs that the picker lists; the page Runs lists all


def choose_run() -> Run | BrokenRun | None:
    """Show the run picker and return the run on screen; None where the wanted one does not exist."""
    runs, broken = list_runs(default_root())
    options: dict[str, Run | BrokenRun] = {**{run.id: run for run in runs}, **{run.id: run for run in broken}}
    if current_page().key == "train":
        _begin_to_watch(runs)
    if not st.session_state.get("run"):
        st.session_state["run"] = _first(runs, broken)
    wanted = st.session_state["run"]
    key = key_of(PICKER)
    st.session_state[key] = wanted if wanted in options else None
    st.sidebar.selectbox(
        t("app.run"), _offered(options, wanted), key=key, on_change=_picked, placeholder=t("app.choose"), help=t("app.run_help"),
        format_func=distinct({run_id: _option(run) for run_id, run in options.items()}).__getitem__, disabled=not options,
    )  # fmt: skip
    if len(options) > MOST:
        with st.sidebar:
            link_to("runs", t("app.all_runs", n=len(options)))
    if wanted in options:
        st.session_state["seen"] = [*(one for one in st.session_state.get("seen", ()) if one != wanted), wanted]
    return options.get(wanted or "")


def put_on_screen(run_id: str) -> None:
    """Make a run the one that every page shows, whatever the picker says."""
    if run_id != st.session_state.get("run"):
        st.session_state[renew(PICKER)] = run_id
    _show(run_id)


def _show(run_id: str) -> None:
    st.session_state["run"] = run_id
    st.session_state.pop("z", None)


def current_run() -> Run:
    """Return the run that the page shows."""
    return st.session_state["open"]


def _begin_to_watch(runs: list[Run]) -> None:
    """Take, on the first visit to Train, the run of its address; where no run was asked for, one that trains or waits."""
    if "watch" in st.session_state:
        return
    active = {run.state: run.id for run in reversed(runs) if run.state in ACTIVE} if "run" not in st.session_state else {}
    watched = st.query_params.get("watch") or active.get("running") or active.get("queued")
    st.session_state["watch"] = watched
    if watched:
        put_on_screen(watched)


def _first(runs: list[Run], broken: list[BrokenRun]) -> str | None:
    finished = [run.id for run in runs if run.summary]
    ids = [FIRST] * (FIRST in finished) + finished + [run.id for run in runs] + [run.id for run in broken]
    return ids[0] if ids else None


def _offered(options: Mapping[str, object], wanted: str | None) -> list[str]:
    """Return the ids that the picker lists: all, or of many the one on screen, those seen last, and the first ones."""
    by_need = dict.fromkeys([one for one in (wanted, *reversed(st.session_state.get("seen", ()))) if one in options] + list(options))
    kept = set(list(by_need)[:MOST])
    return [one for one in options if one in kept]


def _option(run: Run | BrokenRun) -> str:
    if isinstance(run, BrokenRun):
        return t("run.option_broken", id=run.id)
    return run_name(run.name) if run.summary else t("run.option", name=run_name(run.name), more=t(f"state.{run.state}"))


def _picked() -> None:
    _show(st.session_state[key_of(PICKER)])
    st.session_state.pop("train_said", None)  # it answered a request about another run
    if current_page().key == "train":  # which then shows this run
        st.session_state["watch"] = st.session_state["run"]
    keep_address()
