"""The images that were selected on a map, as ranges of their row numbers, so that every map can mark them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import streamlit as st

Ranges = Sequence[Sequence[int]]  # [first, end) each, in order and apart

MAX_RANGES = 100_000
MAX_ROW = 2**31 - 1  # row numbers travel as int32


def selected_ranges(dataset: str) -> Ranges:
    """Return the ranges that are selected of the images with this SHA-256; none where other images were selected last."""
    kept = st.session_state.get("selection", {})
    return kept["ranges"] if kept.get("dataset") == dataset else ()


def keep_selection(component: str, dataset: str) -> None:
    """Keep what was lassoed on a component, which shows the images with this SHA-256; what are no ranges of rows is left out."""
    sent = st.session_state[component].get("selected")
    if are_ranges(sent):
        st.session_state["selection"] = {"dataset": dataset, "ranges": sent}


def are_ranges(sent: object) -> bool:
    """Tell whether a value from the browser is a list of ranges [first, end) of row numbers, in order and apart, and not too many."""
    if not isinstance(sent, list) or len(sent) > MAX_RANGES:
        return False
    if not all(isinstance(one, list) and len(one) == 2 and all(type(edge) is int for edge in one) for one in sent):
        return False
    return all(0 <= first < end <= MAX_ROW for first, end in sent) and all(end < first for (_, end), (first, _) in pairwise(sent))
