"""Explore: one workspace that four addresses open, each laid out in its own way; what is chosen stays from one to the next."""

from __future__ import annotations

import streamlit as st

from dashboard.i18n.format import fixed
from dashboard.i18n.texts import t
from dashboard.session import cache, workspace
from dashboard.session.navigation import current_page
from dashboard.session.run_choice import current_run
from dashboard.views.explore import chosen
from dashboard.widgets import live_map, umap_request
from dashboard.widgets.run_notes import is_held_out

run, preset = current_run(), current_page().key
st.title(t(f"{preset}.title"), anchor=False)
live_map.show(run, preset)
points = cache.latents(run)
is_by_class = points.labels is not None and workspace.coloured_by() == "class"
lead = "points_train" if not is_held_out(run) else "points" if is_by_class else "points_plain"
notes = [t(f"explore.{lead}", n=fixed(len(points.mu), 0))] if preset in ("explore", "latent") else []
notes += [] if run.has_normal_prior else [t("explore.no_prior")]
if notes:
    st.caption(t("language.between_sentences").join(notes))
umap_request.offer(run)
if preset != "sample":
    chosen.show(run)
