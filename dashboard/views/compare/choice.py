"""Which runs are compared."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboard.figures.run_overlay import DASHES
from dashboard.i18n.format import plain
from dashboard.i18n.texts import t
from dashboard.session import cache
from dashboard.widgets.run_notes import collapse_warning
from vae_core.evaluation import paired
from vae_core.runs.run import Run


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=cache.KEY)
def incomparable_because(one: Run, other: Run) -> str:
    """Return why two runs cannot be compared, as a key of the texts, or nothing."""
    return paired.incomparable_because(one, other)


def choose_runs(first: Run, others: list[Run], names: Mapping[str, str]) -> list[Run]:
    """Ask with which runs to compare the open one; at first with one that it can be compared with."""
    by_id = {run.id: run for run in others}
    ids = st.pills(
        t("compare.choose", name=plain(names[first.id])), list(by_id), selection_mode="multi", help=t("compare.choose_help"),
        default=next((run.id for run in others if not incomparable_because(first, run)), None),
        format_func=lambda run_id: plain(names[run_id]), key=f"compare/{first.id}",
    )  # fmt: skip
    return [by_id[run_id] for run_id in ids]


def comparable_runs(first: Run, chosen: list[Run], names: Mapping[str, str]) -> list[Run]:
    """Return the open run and those that can be compared with it, as many as the lines tell apart; say of each other one why not."""
    comparable = [first]
    for other in chosen:
        if reason := incomparable_because(first, other):
            st.info(t(f"compare.refused_{reason}", first=plain(names[first.id]), other=plain(names[other.id])))
        elif len(comparable) < len(DASHES):
            comparable.append(other)
            if words := collapse_warning(other):
                st.warning(t("compare.collapsed", name=plain(names[other.id]), sentence=words))
        else:
            st.info(t("compare.too_many", other=plain(names[other.id]), n=len(DASHES)))
    return comparable
