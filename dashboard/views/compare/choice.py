"""Which runs are compared: A, the open one, and up to three that saw the same images."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboard.figures.run_overlay import DASHES
from dashboard.i18n.format import plain
from dashboard.i18n.texts import listed, t
from dashboard.session import cache
from dashboard.session.address import keep_address
from dashboard.session.run_choice import put_on_screen
from vae_core.evaluation import paired
from vae_core.runs.run import Run

LETTERS = "ABCD"  # what the runs are called beside their names; no more lines than these are told apart
MOST = len(DASHES) - 1  # runs beside A
ADDRESS = "with"  # where the address says which runs stand beside A


@st.cache_data(max_entries=4096, show_spinner=False, hash_funcs=cache.KEY)
def incomparable_because(one: Run, other: Run) -> str:
    """Return why two runs cannot be compared, as a key of the texts, or nothing."""
    return paired.incomparable_because(one, other)


def choose_runs(first: Run, finished: list[Run], names: Mapping[str, str]) -> list[Run]:
    """Ask which run is A and which stand beside it, and return them, A first; runs that cannot stand beside A are named with the reason.

    Args:
        first: the open run.
        finished: all that have ended, the open one among them.
        names: what each run is called, by its id.
    """
    reasons = {run.id: incomparable_because(first, run) for run in finished if run.id != first.id}
    offered = [run for run in finished if reasons.get(run.id) == ""]
    left, right = st.columns(2)
    with left:
        _choose_first(first, finished, names)
    with right:
        ids = _choose_others(first, [run.id for run in offered], names)
    _left_out({run_id: reason for run_id, reason in reasons.items() if reason}, names)
    return [first, *(run for run in offered if run.id in ids)]


def _choose_first(first: Run, finished: list[Run], names: Mapping[str, str]) -> None:
    """Ask which run is A; it is the open one, so that the choice on the left follows."""

    def take() -> None:
        put_on_screen(st.session_state["compare_a"])
        keep_address()

    st.session_state["compare_a"] = first.id
    ids, words = [run.id for run in finished], names.__getitem__
    st.selectbox(LETTERS[0], ids, format_func=words, key="compare_a", on_change=take, help=t("compare.a_help"))


def _choose_others(first: Run, offered: list[str], names: Mapping[str, str]) -> list[str]:
    """Ask which runs stand beside A: at first those that the address names, else one; what is chosen is kept in the address."""
    key, asked = f"compare/{first.id}", st.query_params.get(ADDRESS)
    is_new = asked is not None and asked != st.session_state.get("compare_address")  # a link, or a step back in the browser
    if key not in st.session_state or is_new:
        wanted = [run_id for run_id in (asked or "").split(",") if run_id in offered]
        st.session_state[key] = (wanted or offered[:1])[:MOST]
        st.session_state["compare_address"] = asked
    st.session_state[key] = [run_id for run_id in st.session_state[key] if run_id in offered]
    return st.multiselect(
        t("compare.others", n=MOST), offered, format_func=names.__getitem__, key=key, max_selections=MOST, on_change=_keep, args=(key,),
        placeholder=t("compare.choose_one" if offered else "compare.none_comparable"), help=t("compare.others_help"), disabled=not offered,
        persist_state="session",
    )  # fmt: skip


def _keep(key: str) -> None:
    """Write what was chosen into the address; only then, so that a step back in the browser leaves the page."""
    st.session_state["compare_address"] = st.query_params[ADDRESS] = ",".join(st.session_state[key])


def _left_out(reasons: Mapping[str, str], names: Mapping[str, str]) -> None:
    """Name the runs that cannot be compared with A, by the reason."""
    if not reasons:
        return
    with st.expander(t("compare.left_out", n=len(reasons))):
        for reason in dict.fromkeys(reasons.values()):
            alike = [plain(names[run_id]) for run_id, why in reasons.items() if why == reason]
            st.markdown(t("compare.left_out_line", why=t(f"compare.why_{reason}"), names=listed(alike)))
