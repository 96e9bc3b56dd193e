"""Runs: every run of the folder in a table, and what can be done with those that were chosen."""

from __future__ import annotations

import streamlit as st

from dashboard.i18n.format import plain
from dashboard.i18n.names import run_name
from dashboard.i18n.texts import t
from dashboard.session.navigation import link_to
from dashboard.views.runs import actions, table
from dashboard.views.train import new_run, run_list
from vae_core.runs.layout import default_root
from vae_core.runs.listing import list_runs

root = default_root()
st.title(t("runs.title"), anchor=False)
run_list.show_last_answer()
runs, broken = list_runs(root)
if not runs and not broken:
    st.info(t("runs.none"))
    link_to("train")
else:
    on_screen = next((run for run in runs if run.id == st.session_state.get("run")), None)
    st.write(t("runs.lead", name=plain(run_name(on_screen.name))) if on_screen else t("runs.lead_none"))
    place = st.container()  # what can be done stands above a table that may be long, and needs to know what was chosen in it
    chosen = table.choose(runs, broken, on_screen)
    with place:
        actions.show_actions(chosen or [run for run in runs if run is on_screen], new_run.can_write(root))
actions.show_trash(root)
