"""What stands at an address that is that of no page."""

from __future__ import annotations

import streamlit as st

from dashboard.i18n.format import plain
from dashboard.i18n.texts import t
from dashboard.session.navigation import link_to, unknown_address

st.title(t("unknown.title"), anchor=False)
st.write(t("unknown.said", address=plain(unknown_address())))
for key in ("home", "story", "explore"):
    link_to(key)
