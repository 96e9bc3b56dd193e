"""Explore: the live map with every layer, a slider per dimension, and the path between two places."""

from __future__ import annotations

import streamlit as st

from dashboard.i18n.texts import t
from dashboard.session.run_choice import current_run
from dashboard.widgets import live_map

run = current_run()
st.title(t("explore.title"), anchor=False)
live_map.show(run, "explore")
