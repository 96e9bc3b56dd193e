"""What the page Compare shows of several runs: who may be compared, what they are called, maps laid on one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.i18n.format import fixed
from dashboard.i18n.texts import t
from dashboard.session import cache
from vae_core.evaluation import paired
from vae_core.latent import projections
from vae_core.latent.projections import principal_axes
from vae_core.runs.run import Run


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=cache.KEY)
def obstacle(one: Run, other: Run) -> str:
    """Return why two runs cannot be compared, in a word of vae_core.evaluation.paired.obstacle, or nothing."""
    return paired.incomparable_because(one, other)


def flat(run: Run) -> NDArray[Any]:
    """Return a run's map of the test set, (N, 2): its two dimensions, its main directions, or its one dimension on a line."""
    mu = cache.latents(run).mu.astype(np.float64)
    if mu.shape[1] > 2:
        return principal_axes(mu).project(mu)
    return mu if mu.shape[1] == 2 else np.column_stack([mu, np.zeros(len(mu))])


def laid(runs: Sequence[Run]) -> tuple[list[NDArray[Any]], list[str]]:
    """Return the runs' maps, (N, 2) each, laid on the first one, and what was done to each in words."""
    first = flat(runs[0])
    maps, words = [first], [t("compare.map_first")]
    for run in runs[1:]:
        laying = projections.procrustes(first, flat(run))
        maps.append(laying(flat(run)))
        share = projections.agreement(first, maps[-1])
        agreement = t("compare.agreement", share=fixed(100 * share, 0)) if share > 0 else t("compare.agreement_none")
        key = "compare.map_mirrored" if laying.is_mirrored else "compare.map_turned"
        words.append(t(key, angle=fixed(laying.angle, 0), agreement=agreement))
    return maps, words
