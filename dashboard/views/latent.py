"""Latent space: where the encoder puts each test image."""

from __future__ import annotations

import streamlit as st

from dashboard.figures.colours import CLASSES
from dashboard.figures.latent_scatter import describe, scatter, strip
from dashboard.figures.theme import CONFIG
from dashboard.i18n.format import fixed
from dashboard.i18n.names import class_names
from dashboard.i18n.texts import t
from dashboard.session import cache
from dashboard.session.run_choice import current_run
from dashboard.widgets import projection
from dashboard.widgets.run_notes import is_held_out

run = current_run()
points = cache.latents(run)
names = class_names(run)
n, d = points.mu.shape

st.title(t("latent.title"), anchor=False)
left, right = st.columns([2, 1], gap="large")
with right:
    lead = "lead_train" if not is_held_out(run) else "lead_plain" if points.labels is None else "lead"
    st.write(t(f"latent.{lead}", n=fixed(n, 0)))
    view = projection.choose_projection(run, points, left)
    coloured = None
    if len(names) > len(CLASSES):
        few, ask = len(CLASSES), t("latent.coloured")
        coloured = st.multiselect(ask, range(len(names)), range(few), lambda k: names[k], max_selections=few)
    for sentence in view.sentences if view else ():
        st.write(sentence)
    if view and points.labels is not None and d > 1:
        st.write(t("latent.legend"))
with left, st.container(key="square_scatter"):
    if view:
        draw = strip(points.mu[:, 0], points.labels, names, points.rows, prior=view.prior) if d == 1 else None
        fig = draw or scatter(view.xy, points.labels, names, points.rows, view.titles, prior=view.prior, coloured=coloured)
        st.plotly_chart(
            fig, height="stretch", config=CONFIG, alt=describe(view.xy, points.labels, names, view.titles, prior=view.prior), key="scatter"
        )
