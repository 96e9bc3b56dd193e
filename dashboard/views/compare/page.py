"""Compare: several runs on the same test images: settings that differ, what an image costs them, their curves and their maps."""

from __future__ import annotations

from functools import partial

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
from dashboard.views.compare.choice import LETTERS, choose_runs
from dashboard.views.compare.settings import show_settings
from dashboard.widgets import thumbnails
from dashboard.widgets.point_choice import PointSets, lead_on
from dashboard.widgets.run_notes import collapse_warning, density_note
from vae_core.evaluation.paired import ImageCosts
from vae_core.runs.layout import default_root
from vae_core.runs.listing import list_runs
from vae_core.runs.run import Run


def titled(letter: str, run: Run) -> str:
    """Return a run's letter and its name."""
    return t("compare.titled", letter=letter, name=names[run.id])


def warn_of_collapse(runs: list[Run]) -> None:
    """Say which of the other runs have collapsed; the frame of the page says it of the open one."""
    for other in runs[1:]:
        if words := collapse_warning(other):
            st.warning(t("compare.collapsed", name=plain(names[other.id]), sentence=words))


def show_curves(runs: list[Run]) -> None:
    """Draw the curves over one another."""
    st.subheader(t("compare.curves"), anchor=False)
    histories = [(titled(letter, run), cache.history(run)) for letter, run in zip(LETTERS, runs, strict=False)]
    cache.show_figure(partial(overlay, histories), height=420, config=STILL, alt=describe(histories), key="compare_curves")
    if words := density_note(runs[0].config.model.likelihood):
        st.write(words)


def show_maps(runs: list[Run], image_costs: dict[str, ImageCosts]) -> None:
    """Show the maps side by side, aligned with the first one."""
    st.subheader(t("compare.maps"), anchor=False)
    st.write(t("compare.maps_lead"))
    st.markdown(t("compare.maps_r2"))
    if any(run.config.model.latent_size > 2 for run in runs):
        st.write(t("compare.maps_principal"))
    maps, words = aligned(runs)
    points = cache.latents(runs[0])
    priced = [image_costs[run.id].total if run.id in image_costs else None for run in runs]
    titles = [(titled(letter, run), below) for letter, run, below in zip(LETTERS, runs, words, strict=False)]
    files = thumbnails.file_names(runs[0], points.rows)
    sets = PointSets(runs[0], "compare")
    linked_maps.show(maps, titles, points.rows, points.labels, class_names(runs[0]), priced, files, sets=sets)
    lead_on(runs[0])


st.title(t("compare.title"), anchor=False)
st.write(t("compare.lead"))
run = current_run()
finished = [one for one in list_runs(default_root())[0] if one.summary]
names = distinct({one.id: run_name(one.name) for one in (*finished, run)})
if not run.summary:
    st.info(t("compare.unfinished", name=plain(run_name(run.name))))
elif len(finished) < 2:
    st.info(t("compare.none"))
elif len(runs := choose_runs(run, finished, names)) > 1:
    image_costs: dict[str, ImageCosts] = {}
    warn_of_collapse(runs)
    left, right = st.columns(2, gap="large")
    with left:
        show_settings(runs, names)
    with right, errors_as_sentences():
        image_costs = costs.show_costs(runs, names)
    show_curves(runs)
    show_maps(runs, image_costs)
