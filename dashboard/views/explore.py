"""Explore: the live map with every layer, a slider per dimension, and the path between two places."""

from __future__ import annotations

import streamlit as st

from dashboard import live, state
from dashboard.text import t

run = state.current()
st.title(t("explore.title"), anchor=False)
live.show(run, "explore")
