"""Use: what a trained model is good for, each time measured beside a simpler way; one application at a time."""

from __future__ import annotations

import streamlit as st

from dashboard.i18n.texts import t
from dashboard.session.run_choice import current_run
from dashboard.views.inspect import blocks, computing
from dashboard.views.use import anomaly, completion, compression, denoising, editing, features, few_labels, generation, search
from vae_core.inspection import store

SHOW = {  # in the order of the page
    "features": features.show,
    "few-labels": few_labels.show,
    "search": search.show,
    "generation": generation.show,
    "denoising": denoising.show,
    "completion": completion.show,
    "editing": editing.show,
    "anomaly": anomaly.show,
    "compression": compression.show,
}
LIVE = {"denoising": denoising.lay_noise, "completion": completion.erase}  # what can be tried without anything computed

run = current_run()
st.title(t("use.title"), anchor=False)
part = computing.part_in_view(SHOW)
computing.show_parts(run, SHOW, part, "test")
st.subheader(t(f"inspect.{part}.name"), anchor=False)
if part in LIVE:
    LIVE[part](run)
result = store.read(run, part)
if result is None:
    computing.show_place(run, part, "test")
elif result.values:
    if result.protocol["split"] == "train":
        st.warning(t("use.learned"))
    SHOW[part](run, result)
else:
    blocks.refusals(result)
if part == "editing":
    editing.by_sets(run)
