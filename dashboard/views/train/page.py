"""Train: choose, start, watch. The training itself goes on in a process of its own, whatever happens to this page."""

from __future__ import annotations

import streamlit as st

from dashboard.i18n.texts import t
from dashboard.views.train import effective_beta, monitor, new_run, run_list
from vae_core.runs.layout import default_root
from vae_core.runs.listing import list_runs

root = default_root()
st.title(t("train.title"), anchor=False)
is_allowed = new_run.can_write(root)
run_list.show_last_answer()
runs = list_runs(root)[0]
if watched := monitor.watched_run():
    monitor.show_run(watched)
else:
    st.write(t("train.lead"))
    new_run.show_form(root, is_allowed)
    run_list.show_active_runs(runs)
    with st.expander(t("train.translate")):
        effective_beta.show_effective_beta()
