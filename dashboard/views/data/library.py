"""The sets that were imported: how large each is, which runs learned from it, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.i18n.format import fixed, number, plain
from dashboard.i18n.messages import translated
from dashboard.i18n.names import dataset_name, distinct, run_name
from dashboard.i18n.texts import listed, t
from dashboard.session.navigation import go_to
from dashboard.views.train import actions, form
from vae_core.data import imported
from vae_core.data.errors import DataError
from vae_core.data.imported import Damaged, Imported
from vae_core.importing.preview import preview
from vae_core.importing.stored import StoredImages
from vae_core.importing.suggestion import suggest
from vae_core.runs.run import Run

MOST_NAMED = 3  # runs of a set that are named


def show(runs: Sequence[Run]) -> None:
    """List the sets, each with the runs that learned from it; what cannot be used says why."""
    found, damaged = imported.survey()
    if not found and not damaged:
        return
    st.subheader(t("data.library"), anchor=False)
    names = distinct({one.id: dataset_name(one.id) for one in found})
    for one in found:
        _show_one(one, names[one.id], [run for run in runs if run.dataset.get("sha256") == one.sha256])
    for broken in damaged:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(plain(translated(broken.sentence)), width="stretch")
            _show_remove(broken)


def _show_one(one: Imported, name: str, runs: Sequence[Run]) -> None:
    height, width = one.event_shape[-2:]
    what = t("data.what_colour" if len(one.event_shape) == 3 else "data.what_grey", height=height, width=width)
    facts = t("data.set", name=plain(name), n=fixed(one.count, 0), what=what, size=number(one.stamp[0] / 1e6))
    used = t("data.used_by", names=listed(plain(run_name(run.name)) for run in runs[:MOST_NAMED])) if runs else t("data.unused")
    more = t("data.used_more", n=fixed(len(runs) - MOST_NAMED, 0)) if len(runs) > MOST_NAMED else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{facts}  \n{used}{more}", width="stretch")
        if st.button(t("data.train"), key=f"data/train/{one.id}"):
            _train(one)
        _show_remove(one)


def _train(one: Imported) -> None:
    """Go to the form of Train, filled with what suits this set."""
    seen = preview(StoredImages(one))
    form.fill(suggest(seen, one.name).config.with_settings(dataset=one.id))
    actions.watch(None)
    go_to("train")


def _show_remove(one: Imported | Damaged) -> None:
    """Offer to remove a set, with the question whether that is meant."""
    with st.popover(t("data.remove")):
        st.markdown(t("data.remove_said"))
        st.button(t("data.remove_sure"), key=f"data/remove/{one.id}", on_click=_remove, args=(one,))


def _remove(one: Imported | Damaged) -> None:
    try:
        imported.remove(one if isinstance(one, Imported) else one.id)
    except DataError as error:
        st.session_state["data_said"] = plain(translated(error))
