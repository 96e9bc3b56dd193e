"""Compare: several runs on the same test images, their curves, their bills image by image, and their maps."""

from __future__ import annotations

import time

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.comparison import bills, laid, names_of, obstacle, signed
from dashboard.components import twins
from dashboard.figures.compare import DASHES, describe, overlay
from dashboard.figures.theme import STILL
from dashboard.report import class_names
from dashboard.text import called, fixed, number, plain, t
from vae_core.compare import Bills, difference, stored
from vae_core.runs import Run, default_root, list_runs


def chosen(first: Run, others: list[Run]) -> list[Run]:
    """Let the viewer choose whom to compare the open run with; at first one that it can be compared with."""
    by_id = {run.id: run for run in others}
    ids = st.pills(
        t("compare.choose", name=plain(names[first.id])), list(by_id), selection_mode="multi", help=t("compare.choose_help"),
        default=[run.id for run in others if not obstacle(first, run)][:1], format_func=lambda run_id: plain(names[run_id]),
        key=f"compare/{first.id}",
    )  # fmt: skip
    return [by_id[run_id] for run_id in ids]


def fitting(first: Run, picked: list[Run]) -> list[Run]:
    """Return the open run and those that can be compared with it, as many as are told apart; say of each other one why not."""
    kept = [first]
    for other in picked:
        if reason := obstacle(first, other):
            st.info(t(f"compare.refused_{reason}", first=plain(names[first.id]), other=plain(names[other.id])))
        elif len(kept) < len(DASHES):
            kept.append(other)
        else:
            st.info(t("compare.too_many", other=plain(names[other.id]), n=len(DASHES)))
    return kept


def show_curves(runs: list[Run]) -> None:
    """Draw the curves over one another."""
    st.subheader(t("compare.curves"), anchor=False)
    histories = [(names[run.id], state.history(run)) for run in runs]
    st.plotly_chart(overlay(histories), height=420, config=STILL, alt=describe(histories), key="compare_curves")


def show_bills(runs: list[Run]) -> dict[str, Bills]:
    """Show the paired differences, or the button that works them out; return the bills that are known."""
    st.subheader(t("compare.bills"), anchor=False)
    kept = {run.id: stored(run) for run in runs}
    known = {run_id: one for run_id, one in kept.items() if one is not None}
    asked = st.session_state.get("compare_asked", set())
    if len(known) < len(runs) and not asked.issuperset(run.id for run in runs):
        place = st.empty()
        with place.container():
            st.write(t("compare.ask", n=fixed(len(state.latents(runs[0]).rows), 0)))
            if not st.button(t("compare.work"), type="primary"):
                return known
        place.empty()
        st.session_state["compare_asked"] = asked | {run.id for run in runs}
    found = priced(runs)
    for other in runs[1:]:
        show_difference(runs[0], other, found[runs[0].id], found[other.id])
    with st.expander(t("compare.how")):
        st.write(t("compare.how_text", n=fixed(len(found[runs[0].id].total), 0), samples=runs[0].summary["test"]["samples"]))
    return found


def priced(runs: list[Run]) -> dict[str, Bills]:
    """Return every run's bills; say which one is being worked out, and after the first how long the rest will take."""
    found: dict[str, Bills] = {}
    place, start = st.empty(), time.monotonic()
    for i, run in enumerate(runs, 1):
        words = t("compare.busy", n=fixed(len(state.latents(run).rows), 0), name=plain(names[run.id]), i=i, of=len(runs))
        spent = time.monotonic() - start
        if i > 1 and spent > 2:
            words += ", " + t("compare.left", seconds=fixed(spent / (i - 1) * (len(runs) - i + 1), 0))
        with place, st.spinner(words):
            found[run.id] = bills(run)
    place.empty()
    return found


def show_difference(first: Run, other: Run, one: Bills, two: Bills) -> None:
    """Say by how much a run is cheaper or dearer than the first, and in which part."""
    gap = difference(one.total, two.total)
    key = "same" if not gap.is_clear else "less" if gap.mean < 0 else "more"
    who = {"first": plain(names[first.id]), "other": plain(names[other.id])}
    size = gap.mean if key == "same" else abs(gap.mean)
    says = t(f"compare.{key}", value=signed(size, gap.standard_error, plus=False), error=number(gap.standard_error), **who)
    st.markdown(f"**{says}** " + t("compare.share", share=fixed(100 * gap.share, 0), n=fixed(gap.n, 0)))
    if np.isnan(two.kl).any():
        return
    parts = {
        "sum": gap,
        "reconstruction": difference(one.reconstruction, two.reconstruction),
        "kl": difference(one.kl, two.kl),
    }
    for column, (part, found) in zip(st.columns(3), parts.items(), strict=True):
        digits = {"value": fixed(found.mean, 6), "error": number(found.standard_error, 3), "n": fixed(found.n, 0)}
        value = t("compare.metric", value=signed(found.mean, found.standard_error), error=number(found.standard_error))
        column.metric(t(f"compare.metric_{part}"), value, help=t("compare.metric_help", **digits, **who))


def show_maps(runs: list[Run], costs: dict[str, Bills]) -> None:
    """Show the maps side by side, laid on the first one."""
    st.subheader(t("compare.maps"), anchor=False)
    st.write(t("compare.maps_lead"))
    if any(run.config.model.latent_size > 2 for run in runs):
        st.write(t("compare.maps_principal"))
    maps, words = laid(runs)
    points = state.latents(runs[0])
    priced = [costs[run.id].total if run.id in costs else None for run in runs]
    titles = [(names[run.id], below) for run, below in zip(runs, words, strict=True)]
    twins.show(maps, titles, points.rows, points.labels, class_names(runs[0]), priced)


st.title(t("compare.title"), anchor=False)
st.write(t("compare.lead"))
run = state.current()
others = [one for one in list_runs(default_root())[0] if one.summary and one.id != run.id]
names = names_of([run, *others])
if not run.summary:
    st.info(t("compare.unfinished", name=plain(called(run.name))))
elif not others:
    st.info(t("compare.none"))
elif not (picked := chosen(run, others)):
    st.info(t("compare.choose_one"))
elif len(fit := fitting(run, picked)) > 1:
    costs: dict[str, Bills] = {}
    show_curves(fit)
    with state.calm():
        costs = show_bills(fit)
    show_maps(fit, costs)
