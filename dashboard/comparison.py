"""What the page Compare shows of several runs: who may be compared, what images cost, maps laid on one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard import state
from dashboard.text import called, fixed, t
from vae_core import compare
from vae_core.compare import Bills
from vae_core.latents import principal_axes
from vae_core.runs import Run, RunError


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=state.KEY)
def obstacle(one: Run, other: Run) -> str:
    """Return why two runs cannot be compared, in a word of vae_core.compare.obstacle, or nothing."""
    return compare.obstacle(one, other)


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=state.KEY)
def bills(run: Run) -> Bills:
    """Return what each test image costs, from the run's folder or worked out now; kept where the folder can be written."""
    if (known := compare.stored(run)) is not None:
        return known
    found = compare.bills(run)
    with suppress(RunError):
        compare.store(run, found)
    return found


def names_of(runs: Sequence[Run]) -> dict[str, str]:
    """Return what each run is called; two of one name get their folder's name too."""
    seen = Counter(run.name for run in runs)
    return {run.id: called(run.name) if seen[run.name] == 1 else t("compare.named", name=called(run.name), id=run.id) for run in runs}


def signed(value: float, error: float, *, plus: bool = True) -> str:
    """Return a difference with as many decimals as its error deserves, two digits of it, and its sign."""
    places = int(np.clip(1 - np.floor(np.log10(error)), 0, 6)) if error > 0 else 2
    return ("+" if plus and round(value, places) > 0 else "") + fixed(value, places)


def flat(run: Run) -> NDArray[Any]:
    """Return a run's map of the test set, (N, 2): its two dimensions, its main directions, or its one dimension on a line."""
    mu = state.latents(run).mu.astype(np.float64)
    if mu.shape[1] > 2:
        return principal_axes(mu).project(mu)
    return mu if mu.shape[1] == 2 else np.column_stack([mu, np.zeros(len(mu))])


def laid(runs: Sequence[Run]) -> tuple[list[NDArray[Any]], list[str]]:
    """Return the runs' maps, (N, 2) each, laid on the first one, and what was done to each in words."""
    first = flat(runs[0])
    maps, words = [first], [t("compare.map_first")]
    for run in runs[1:]:
        laying = compare.procrustes(first, flat(run))
        maps.append(laying(flat(run)))
        share = compare.agreement(first, maps[-1])
        agreement = t("compare.agreement", share=fixed(100 * share, 0)) if share > 0 else t("compare.agreement_none")
        key = "compare.map_mirrored" if laying.is_mirrored else "compare.map_turned"
        words.append(t(key, angle=fixed(laying.angle, 0), agreement=agreement))
    return maps, words
