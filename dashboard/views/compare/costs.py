"""What the same test images cost several runs: computed once and stored with each, then compared image by image."""

from __future__ import annotations

import time
from contextlib import suppress

import numpy as np
import streamlit as st

from dashboard.i18n.format import fixed, number, percent, plain
from dashboard.i18n.texts import t
from dashboard.session import cache
from vae_core.evaluation import paired
from vae_core.evaluation.paired import ImageCosts, paired_difference
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=cache.KEY)
def costs_of(run: Run) -> ImageCosts:
    """Return what each test image costs, from the run's folder or computed now, and then stored where the folder can be written."""
    if (known := paired.stored_costs(run)) is not None:
        return known
    found = paired.compute_costs(run)
    with suppress(RunError):
        paired.store_costs(run, found)
    return found


def show_costs(runs: list[Run], names: dict[str, str]) -> dict[str, ImageCosts]:
    """Show the paired differences, or the button that computes them.

    Args:
        runs: the first one is the one that the others are compared with.
        names: what each run is called, by its id.

    Returns:
        the costs that are known, by the run's id.
    """
    st.subheader(t("compare.bills"), anchor=False)
    stored = {run.id: paired.stored_costs(run) for run in runs}
    known = {run_id: one for run_id, one in stored.items() if one is not None}
    asked = st.session_state.get("compare_asked", set())
    if len(known) < len(runs) and not asked.issuperset(run.id for run in runs):
        place = st.empty()
        with place.container():
            st.write(t("compare.ask", n=fixed(len(cache.latents(runs[0]).rows), 0)))
            if not st.button(t("compare.work"), type="primary"):
                return known
        place.empty()
        st.session_state["compare_asked"] = asked | {run.id for run in runs}
    found = _costs_of_all(runs, names)
    for other in runs[1:]:
        _show_difference(names[runs[0].id], names[other.id], found[runs[0].id], found[other.id])
    with st.expander(t("compare.how")):
        st.write(t("compare.how_text", n=fixed(len(found[runs[0].id].total), 0), samples=runs[0].summary["test"]["samples"]))
    return found


def _costs_of_all(runs: list[Run], names: dict[str, str]) -> dict[str, ImageCosts]:
    """Return every run's costs; say which run is being computed, and after the first how long the rest will take."""
    found: dict[str, ImageCosts] = {}
    place, start = st.empty(), time.monotonic()
    for i, run in enumerate(runs, 1):
        words = t("compare.busy", n=fixed(len(cache.latents(run).rows), 0), name=plain(names[run.id]), i=i, of=len(runs))
        spent = time.monotonic() - start
        if i > 1 and spent > 2:
            words += ", " + t("compare.left", seconds=fixed(spent / (i - 1) * (len(runs) - i + 1), 0))
        with place, st.spinner(words):
            found[run.id] = costs_of(run)
    place.empty()
    return found


def _show_difference(first: str, other: str, one: ImageCosts, two: ImageCosts) -> None:
    """Say by how much a run is cheaper or dearer than the first, and in which part."""
    gap = paired_difference(one.total, two.total)
    key = "same" if not gap.is_clear else "less" if gap.mean < 0 else "more"
    who = {"first": plain(first), "other": plain(other)}
    size = gap.mean if key == "same" else abs(gap.mean)
    says = t(f"compare.{key}", value=_signed(size, gap.standard_error, plus=False), error=number(gap.standard_error), **who)
    st.markdown(f"**{says}** " + t("compare.share", share=percent(gap.share), n=fixed(gap.n, 0)))
    if np.isnan(two.kl).any():
        return
    parts = {
        "sum": gap,
        "reconstruction": paired_difference(one.reconstruction, two.reconstruction),
        "kl": paired_difference(one.kl, two.kl),
    }
    for column, (part, found) in zip(st.columns(3), parts.items(), strict=True):
        digits = {"value": fixed(found.mean, 6), "error": number(found.standard_error, 3), "n": fixed(found.n, 0)}
        value = t("compare.metric", value=_signed(found.mean, found.standard_error), error=number(found.standard_error))
        column.metric(t(f"compare.metric_{part}"), value, help=t("compare.metric_help", **digits, **who))


def _signed(value: float, error: float, *, plus: bool = True) -> str:
    """Return a difference with as many decimals as its error deserves, two digits of it, and its sign."""
    places = int(np.clip(1 - np.floor(np.log10(error)), 0, 6)) if error > 0 else 2
    return ("+" if plus and round(value, places) > 0 else "") + fixed(value, places)
