"""Explore: the live map with every layer, the path between two places, and native sliders as another way to the same point."""

from __future__ import annotations

import streamlit as st

from dashboard import live, state
from dashboard.text import t

run = state.current()
st.title(t("explore.title"), anchor=False)
live.show(run, "explore")
