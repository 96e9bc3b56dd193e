"""Train: choose, start, watch. The training itself goes on in a process of its own, whatever happens to this page."""

from __future__ import annotations

import streamlit as st

from dashboard.i18n.texts import t
from dashboard.views.train import form, monitor, new_run
from vae_core.runs.layout import default_root
from vae_core.runs.listing import list_runs

root = default_root()
st.title(t("train.title"), anchor=False)
is_allowed = new_run.can_write(root)
new_run.say_what_was_said()
runs = list_runs(root)[0]
if watched := monitor.target(runs):
    monitor.show(watched)
else:
    st.write(t("train.lead"))
    new_run.offer(root, is_allowed)
    new_run.others(runs)
    with st.expander(t("train.translate")):
        form.ask_translation()
    new_run.housekeeping(root, runs, is_allowed)
