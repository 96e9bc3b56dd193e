"""Report: what a run is worth on its own images, after training."""

from __future__ import annotations

import streamlit as st

from dashboard.i18n.texts import t
from dashboard.session import cache
from dashboard.session.errors import errors_as_sentences
from dashboard.session.navigation import go_to
from dashboard.session.run_choice import current_run
from dashboard.views.inspect import computing
from dashboard.views.report import answers, images, next_steps
from dashboard.views.report.answers import Answer
from vae_core.inspection import store

PARTS = ("redrawing", "outliers")  # of Inspect, that the report rests on


def show_answer(answer: Answer) -> None:
    """Show a question, its answer, what it rests on, and the way to more."""
    with st.container(border=True, height="stretch", key=f"answer_{answer.key}"):
        st.markdown(answer.question)
        st.markdown(f"#### {answer.short}")
        for sentence in answer.sentences:
            st.markdown(sentence)
        page, _, part = answer.more.partition("/")
        if page and st.button(t(f"report.more_{page}"), key=f"report/{answer.key}", type="tertiary", icon=":material/arrow_forward:"):
            if part:
                st.session_state["part"] = part
            go_to(page)


def show_missing(key: str, part: str) -> None:
    """Keep the place of an answer that is not computed yet, and offer to compute it."""
    with st.container(border=True, height="stretch", key=f"answer_{key}"):
        st.markdown(t(f"report.{key}.question"))
        computing.show_wait(run, part)


run = current_run()
st.title(t("report.title"), anchor=False)
st.write(t("report.lead"))
computing.show_work(run, PARTS)
redrawing, outliers = (store.read(run, part) for part in PARTS)
points = cache.latents(run)
left, right = st.columns(2)
with left:
    if redrawing:
        show_answer(answers.redraws(run, redrawing))
    else:
        show_missing("redraws", "redrawing")
with right:
    show_answer(answers.overfitted(run, cache.history(run), redrawing))
left, right = st.columns(2)
with left:
    show_answer(answers.asleep(run, points))
with right:
    show_answer(answers.separates(run, points))
st.subheader(t("report.next"), anchor=False)
next_steps.show(run, redrawing.values or None if redrawing else None)
st.subheader(t("report.images"), anchor=False)
if outliers is None:
    computing.show_wait(run, "outliers")
else:
    with errors_as_sentences():
        images.show(run, outliers)
st.markdown(t("report.errors_said"))
