"""The chosen test images, below the map: their classes, costs and columns beside those of others, their pictures and files."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.i18n.format import fixed, percent, plain
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import prose, t
from dashboard.session import cache, choice
from dashboard.views.explore import chosen_again, chosen_answers, chosen_files, chosen_tables
from dashboard.widgets import map_sets
from vae_core.inspection import rules
from vae_core.latent.regions import Mask
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run
from vae_core.runs.selections import Selection


def show(run: Run) -> None:
    """Say what the chosen images are, where some are chosen."""
    mask = choice.chosen(run)
    if mask is None or not mask.any():
        return
    with st.container(key="chosen"):
        _answers(run)


@st.fragment
def _answers(run: Run) -> None:
    """Do so; paging, and what they are held against, run this part alone."""
    mask = choice.chosen(run)
    if mask is None or not mask.any():
        return
    sets, _ = map_sets.kept(run)
    own = next((one.name for one in sets if np.array_equal(rules.of_ranges(run, one.ranges), mask)), "")
    n, of = int(mask.sum()), len(mask)
    st.subheader(t("chosen.title_set" if own else "chosen.title", name=plain(own), n=fixed(n, 0)), anchor=False)
    st.markdown(t("chosen.share", share=percent(n / of), of=fixed(of, 0)))
    beside, others = _beside(run, sets, own, mask)
    chosen = mask & ~others
    answers = chosen_answers.of(run, chosen, others, against=bool(beside))
    left, right = st.columns([2, 3], gap="large")
    with left:
        chosen_files.show_means(run, mask)
        chosen_tables.show_classes(run, answers, n, of)
    with right:
        _costs(run, answers, beside)
        chosen_tables.show_effects(run, answers, beside)
        if beside:
            chosen_tables.show_way(answers, beside)
    chosen_files.show_sheet(run, mask)
    chosen_files.offer(run, mask, own)
    chosen_again.offer(run, mask, own)


def _beside(run: Run, sets: tuple[Selection, ...], own: str, mask: Mask) -> tuple[str, Mask]:
    """Ask what the images are held against; return the name of a set, or "" for all others, and which images these are."""
    names = ["", *(one.name for one in sets if one.name != own)]
    name = ""
    if len(names) > 1:
        name = st.selectbox(
            t("chosen.beside"), names, key="chosen_beside", format_func=lambda one: one or t("chosen.beside_rest"), width=320,
            persist_state="session",
        )  # fmt: skip
    if not name:
        return "", ~mask
    others = rules.of_ranges(run, next(one.ranges for one in sets if one.name == name))
    if both := int((others & mask).sum()):
        st.markdown(t("chosen.both", n=fixed(both, 0)))
    return name, others


def _costs(run: Run, answers: chosen_answers.Answers, beside: str) -> None:
    """Show what the images cost, and offer to compute what is not known of it."""
    chosen_tables.show_costs(answers, beside)
    if chosen_answers.are_priced(run):
        return
    st.markdown(t("chosen.no_costs"))
    if st.button(t("chosen.compute")):
        try:
            with st.spinner(t("chosen.computing")):
                chosen_answers.price(run, cache.costs(run))
        except RunError as error:
            st.info(prose(plain(translated(error))))
            return
        st.rerun()
