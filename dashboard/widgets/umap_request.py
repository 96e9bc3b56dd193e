"""The way to a UMAP that a run does not have yet: asked for, computed once, stored with the run, or refused in a sentence."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.i18n.format import fixed, plain
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import t
from dashboard.session import cache
from vae_core.latent.projections import count_in_heaps, umap, umap_obstacle
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run


def offer(run: Run) -> None:
    """Offer to compute a UMAP of more than two dimensions where there is none, and say of one that is there what it does with heaps."""
    if run.config.model.latent_size < 3:
        return
    obstacle, heaped = umap_facts(run)
    if run.projection("umap") is not None:
        if heaped:
            st.caption(t("explore.umap_heaps", n=fixed(heaped, 0)))
        return
    if obstacle:
        st.caption(plain(translated(obstacle)))
        return
    asked = f"umap/{run.id}/{run.version}"
    if not st.session_state.pop(asked, False):  # after a failure the page asks again
        st.caption(t("explore.umap_ask"))
        st.button(t("explore.umap_button"), on_click=st.session_state.update, kwargs={asked: True})
        return
    with st.spinner(t("explore.umap_busy", n=fixed(len(cache.latents(run).mu), 0))):
        xy = compute_umap(run)
    try:
        run.store_projection("umap", xy)
    except RunError as error:
        st.caption(plain(translated(error)))
        return
    st.rerun()


@st.cache_data(max_entries=8, show_spinner=False, hash_funcs=cache.KEY)
def umap_facts(run: Run) -> tuple[str, int]:
    """Return why the run can have no UMAP, or "", and how many of its images UMAP would draw as islands of their own."""
    points = cache.latents(run)
    return umap_obstacle(points), count_in_heaps(points.mu)


@st.cache_data(max_entries=8, show_spinner=False, hash_funcs=cache.KEY)
def compute_umap(run: Run) -> NDArray[np.float32]:
    """Lay the means of the test set out by UMAP; imports umap, minutes on a large set."""
    return umap(cache.latents(run).mu)
