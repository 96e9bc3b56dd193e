"""Inspect: where the nats go, how good the model really is, where not to trust the map; one part at a time."""

from __future__ import annotations

import streamlit as st

from dashboard.i18n.texts import t
from dashboard.inspection import bounds, cloud, nats, outliers, paper, plane, posterior, work
from dashboard.session.run_choice import current_run
from vae_core.inspection import store
from vae_core.inspection.subject import SPLITS

SHOW = {"nats": nats.show, "bounds": bounds.show, "gap": posterior.show, "holes": cloud.show, "outliers": outliers.show}
ORDER = ("nats", "rate-distortion", "bounds", "gap", "holes", "outliers")

run = current_run()
st.title(t("inspect.title"), anchor=False)
part = st.segmented_control(
    t("inspect.choose"), ORDER, default=ORDER[0], required=True, format_func=lambda name: t(f"inspect.part.{name}"), key="part",
    label_visibility="collapsed", persist_state="session",
)  # fmt: skip
split = "test"
if part != "rate-distortion" and run.summary.get("test_split") == "test":  # that one speaks of the runs; else there is nothing to choose
    split = st.radio(
        t("inspect.which"), SPLITS, format_func=lambda name: t(f"inspect.split.{name}"), horizontal=True, key="inspect_split",
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
result = store.read(run, part, split)
if part == "rate-distortion":  # what other runs say of this one needs no computation
    plane.show(run, result)
elif result is None:
    paper.say(t(f"inspect.promise.{part}"))
    st.write(t("inspect.promise_how"))
elif result.values:
    SHOW[part](run, result)
else:
    paper.refusals(result)
work.offer(run, part, split)
