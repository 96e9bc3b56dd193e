"""Some test images and what the model redraws of them: over the whole range of costs, the dearest, or by chance."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.i18n.texts import t
from dashboard.session import cache
from dashboard.session.errors import errors_as_sentences
from dashboard.widgets import reconstructions
from vae_core.arrays import Floats
from vae_core.runs.run import Run

SHOWN = 12  # images
WAYS = ("spread", "worst", "random")


def pick(costs: Floats, way: str, seed: int = 0) -> NDArray[np.int64]:
    """Return positions of at most SHOWN images of N.

    Args:
        costs: (N,) nats.
        way: "spread": from the cheapest to the dearest, as many images between any two; "worst": the dearest first; "random": by `seed`.
    """
    count = min(SHOWN, len(costs))
    if way == "random":
        return np.random.default_rng(seed).permutation(len(costs))[:count]
    order = np.argsort(costs, kind="stable")
    return order[::-1][:count] if way == "worst" else order[np.linspace(0, len(order) - 1, count).round().astype(np.int64)]


def show(run: Run) -> None:
    """Ask which images, and show them: what they cost may have to be computed first, so nothing is redrawn unasked."""
    st.subheader(t("losses.reconstructions"), anchor=False)
    st.fragment(_show)(run)


def _show(run: Run) -> None:
    way = st.segmented_control(
        t("losses.which_images"),
        WAYS,
        key="reconstructions/way",
        persist_state="session",
        format_func=lambda one: t(f"losses.images_{one}"),
    )
    if not way:
        st.markdown(t("losses.redraw_asked"))
        return
    with st.container(key="reconstructions"), errors_as_sentences():
        _redraw(run, way)


def _redraw(run: Run, way: str) -> None:
    seed = 0
    if way == "random":
        seed = st.number_input(t("losses.images_seed"), 0, 9999, key="reconstructions/seed", persist_state="session")
    with st.spinner(t("losses.redrawing")):
        costs = cache.costs(run).reconstruction
        reconstructions.show(run, at := pick(costs, way, int(seed)), costs[at])
