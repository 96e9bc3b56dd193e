"""The landing page: one sentence, and a map that follows the pointer."""

from __future__ import annotations

import streamlit as st

from dashboard.i18n.texts import t
from dashboard.pages import SCRIPTS
from dashboard.session.run_choice import current_run
from dashboard.widgets import live_map

st.title(t("home.title"), anchor=False)
live_map.show(current_run(), "landing")
with st.container(horizontal=True):
    st.page_link(SCRIPTS["story"], label=t("home.story"))
    st.page_link(SCRIPTS["train"], label=t("home.own"))
