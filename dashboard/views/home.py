"""The landing page: one sentence, and a map that answers the hand."""

from __future__ import annotations

import streamlit as st

from dashboard import live, state
from dashboard.text import t

st.title(t("home.title"), anchor=False)
live.show(state.current(), "landing")
with st.container(horizontal=True):
    st.page_link("views/story.py", label=t("home.story"))
    st.page_link("views/train.py", label=t("home.own"))
