"""The training film of the chosen run, to scrub and play; a run that still trains adds to it by itself."""

from __future__ import annotations

import streamlit as st

from dashboard.components import training_film
from dashboard.i18n.texts import t
from dashboard.session.errors import errors_as_sentences
from dashboard.session.run_choice import current_run
from dashboard.widgets.point_choice import PointSets, lead_on
from dashboard.widgets.run_notes import density_note
from vae_core.jobs.queue import ACTIVE
from vae_core.runs.listing import open_run

run = current_run()
is_active = run.state in ACTIVE


@st.fragment(run_every=1.0 if is_active else None)
def show() -> None:
    """Show the film with what there is by now."""
    now = run
    with errors_as_sentences():
        now = open_run(run.path) if is_active else run
        training_film.show(now, key="film", sets=PointSets(now, "film"))
        lead_on(now)
    if now.state != run.state:
        st.rerun()


st.title(t("film.title"), anchor=False)
st.write(t("film.lead"))
if words := density_note(run.config.model.likelihood):
    st.write(words)
show()
