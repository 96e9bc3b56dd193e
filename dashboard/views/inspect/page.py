"""Inspect: where the nats go, how good the model really is, where not to trust the map; one part at a time."""

from __future__ import annotations

import streamlit as st

from dashboard.i18n.texts import t
from dashboard.session.run_choice import current_run
from dashboard.views.inspect import (
    blocks,
    bounds,
    computing,
    inference_gap,
    kl_decomposition,
    outliers,
    prior_holes,
    rate_distortion,
)
from vae_core.inspection import store
from vae_core.inspection.subject import SPLITS

SHOW = {  # in the order of the page
    "kl-decomposition": kl_decomposition.show,
    "rate-distortion": rate_distortion.show,
    "bounds": bounds.show,
    "inference-gap": inference_gap.show,
    "prior-holes": prior_holes.show,
    "outliers": outliers.show,
}
ABOUT_RUNS = "rate-distortion"  # has something to show before anything is computed, and nothing that depends on the images

run = current_run()
st.title(t("inspect.title"), anchor=False)
part = computing.part_in_view(SHOW)
has_choice = part != ABOUT_RUNS and run.summary.get("test_split") == "test"  # of the images
split = st.session_state.get("inspect_split", "test") if has_choice else "test"
computing.show_parts(run, SHOW, part, split)
left, right = st.columns([3, 2], vertical_alignment="center")
with left:
    st.subheader(t(f"inspect.{part}.name"), anchor=False)
with right:
    if has_choice:
        split = st.radio(
            t("inspect.which"), SPLITS, format_func=lambda name: t(f"inspect.split.{name}"), horizontal=True, key="inspect_split",
            label_visibility="collapsed", persist_state="session",
        )  # fmt: skip
result = store.read(run, part, split)
if part == ABOUT_RUNS:
    rate_distortion.show(run, result)
elif result is None:
    computing.show_place(run, part, split)
elif result.values:
    SHOW[part](run, result)
else:
    blocks.refusals(result)
