"""Some test images and what the model redraws of them: over the whole range of costs, the dearest, or by chance."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.components.run_packets import run_key
from dashboard.i18n.texts import t
from dashboard.session import cache
from dashboard.session.errors import errors_as_sentences
from dashboard.widgets import reconstructions
from vae_core.arrays import Floats
from vae_core.runs.run import Run

SHOWN = 12  # images
FIRST_LOOK = 0.5  # seconds after the page stands
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
    """Show the images after the rest of the page: what they cost may have to be computed first."""
    st.subheader(t("losses.reconstructions"), anchor=False)
    is_known = _stages().get(run_key(run)) == "known"
    st.fragment(_look, run_every=None if is_known else FIRST_LOOK)(run)


def _stages() -> dict[str, str]:
    """Return how far this session is with each run, by its key: "asked" once the page stands, "known" once there is something to show."""
    return st.session_state.setdefault("reconstructions/stages", {})


def _look(run: Run) -> None:
    """Keep the room at the first look, and show the images at every later one."""
    stages, key = _stages(), run_key(run)
    stage = stages.get(key)
    stages[key] = "known" if stage else "asked"
    with st.container(key="reconstructions"), errors_as_sentences():
        if stage:
            _show(run)
        else:
            st.markdown(t("losses.redrawing"))
    if stage == "asked":
        st.rerun()  # the whole page: the clock stops


def _show(run: Run) -> None:
    way = st.segmented_control(
        t("losses.which_images"), WAYS, default=WAYS[0], required=True, key="reconstructions/way",
        format_func=lambda one: t(f"losses.images_{one}"),
    )  # fmt: skip
    seed = st.number_input(t("losses.images_seed"), 0, 9999, key="reconstructions/seed") if way == "random" else 0
    with st.spinner(t("losses.redrawing")):
        costs = cache.costs(run).reconstruction
        reconstructions.show(run, at := pick(costs, way, int(seed)), costs[at])
