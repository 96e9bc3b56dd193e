"""Compare: several runs on the same test images, their curves, what each test image costs them, and their maps."""

from __future__ import annotations

import streamlit as st

from dashboard.components import linked_maps
from dashboard.figures.run_overlay import describe, overlay
from dashboard.figures.theme import STILL
from dashboard.i18n.format import plain
from dashboard.i18n.names import class_names, distinct, run_name
from dashboard.i18n.texts import t
from dashboard.session import cache
from dashboard.session.errors import errors_as_sentences
from dashboard.session.run_choice import current_run
from dashboard.views.compare import costs
from dashboard.views.compare.alignment import aligned
from dashboard.views.compare.choice import choose_runs, comparable_runs
from dashboard.widgets.run_notes import density_note
from vae_core.evaluation.paired import ImageCosts
from vae_core.runs.layout import default_root
from vae_core.runs.listing import list_runs
from vae_core.runs.run import Run


def show_curves(runs: list[Run]) -> None:
    """Draw the curves over one another."""
    st.subheader(t("compare.curves"), anchor=False)
    histories = [(names[run.id], cache.history(run)) for run in runs]
    st.plotly_chart(overlay(histories), height=420, config=STILL, alt=describe(histories), key="compare_curves")
    if words := density_note(runs[0].config.model.likelihood):
        st.write(words)


def show_maps(runs: list[Run], image_costs: dict[str, ImageCosts]) -> None:
    """Show the maps side by side, aligned with the first one."""
    st.subheader(t("compare.maps"), anchor=False)
    st.write(t("compare.maps_lead"))
    if any(run.config.model.latent_size > 2 for run in runs):
        st.write(t("compare.maps_principal"))
    maps, words = aligned(runs)
    points = cache.latents(runs[0])
    priced = [image_costs[run.id].total if run.id in image_costs else None for run in runs]
    titles = [(names[run.id], below) for run, below in zip(runs, words, strict=True)]
    linked_maps.show(maps, titles, points.rows, points.labels, class_names(runs[0]), priced)


st.title(t("compare.title"), anchor=False)
st.write(t("compare.lead"))
run = current_run()
others = [one for one in list_runs(default_root())[0] if one.summary and one.id != run.id]
names = distinct({one.id: run_name(one.name) for one in (run, *others)})
if not run.summary:
    st.info(t("compare.unfinished", name=plain(run_name(run.name))))
elif not others:
    st.info(t("compare.none"))
elif not (chosen := choose_runs(run, others, names)):
    st.info(t("compare.choose_one"))
elif len(runs := comparable_runs(run, chosen, names)) > 1:
    image_costs: dict[str, ImageCosts] = {}
    show_curves(runs)
    with errors_as_sentences():
        image_costs = costs.show_costs(runs, names)
    show_maps(runs, image_costs)
