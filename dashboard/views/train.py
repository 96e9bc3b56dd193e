"""Train: choose, start, watch. The training itself goes on in a process of its own, whatever happens to this page."""

from __future__ import annotations

import streamlit as st

from dashboard import orders, settings, watch
from dashboard.text import t
from vae_core.runs.listing import list_runs
from vae_core.runs.run import default_root

root = default_root()
st.title(t("train.title"), anchor=False)
is_allowed = orders.can_write(root)
orders.say_what_was_said()
runs = list_runs(root)[0]
if watched := watch.target(runs):
    watch.show(watched)
else:
    st.write(t("train.lead"))
    orders.offer(root, is_allowed)
    orders.others(runs)
    with st.expander(t("train.translate")):
        settings.ask_translation()
    orders.housekeeping(root, runs, is_allowed)
