"""The landing page, a stage: one line, a map that follows the hand, and doors."""

from __future__ import annotations

import streamlit as st

from dashboard.i18n.texts import t
from dashboard.session.navigation import go_to
from dashboard.session.run_choice import current_run
from dashboard.widgets import live_map

DOORS = {"story": ("story", {}), "draw": ("explore", {"tab": "draw"}), "data": ("data", {})}

if door := DOORS.get(st.session_state.pop("door", "")):
    go_to(*door)
run = current_run()
if not run.image_shape:  # which the map does not draw
    st.title(t("app.title"), anchor=False)
live_map.show(run)
