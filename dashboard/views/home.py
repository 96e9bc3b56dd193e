"""The landing page: one sentence, and a map that follows the pointer."""

from __future__ import annotations

import streamlit as st

from dashboard.i18n.texts import t
from dashboard.session.navigation import link_to
from dashboard.session.run_choice import current_run
from dashboard.widgets import live_map

st.title(t("home.title"), anchor=False)
live_map.show(current_run(), "landing")
with st.container(horizontal=True):
    link_to("story", t("home.story"))
    link_to("train", t("home.own"))
