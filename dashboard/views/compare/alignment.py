"""The maps of several runs, shifted, turned and mirrored until they lie on the first one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.i18n.format import fixed
from dashboard.i18n.texts import language, prose, t
from dashboard.session import cache
from vae_core.latent import projections
from vae_core.latent.projections import principal_axes
from vae_core.runs.run import Run


def flat_map(run: Run) -> NDArray[Any]:
    """Return a run's map of the test set, (N, 2): its two dimensions, its main directions, or its one dimension on a line."""
    mu = cache.latents(run).mu.astype(np.float64)
    if mu.shape[1] > 2:
        return principal_axes(mu).project(mu)
    return mu if mu.shape[1] == 2 else np.column_stack([mu, np.zeros(len(mu))])


def aligned(runs: Sequence[Run]) -> tuple[list[NDArray[Any]], list[str]]:
    """Return the runs' maps, (N, 2) each, aligned with the first one, and what was done to each in words, with how near it then lies."""
    return _aligned(list(runs), language())


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=cache.KEY)
def _aligned(runs: list[Run], spoken: str) -> tuple[list[NDArray[Any]], list[str]]:
    """Do so in the language that is spoken."""
    first = flat_map(runs[0])
    maps, words = [first], [t("compare.map_first")]
    for run in runs[1:]:
        alignment = projections.procrustes(first, flat_map(run))
        maps.append(alignment(flat_map(run)))
        r2 = projections.agreement(first, maps[-1])
        key = "compare.map_mirrored" if alignment.is_mirrored else "compare.map_turned"
        near = t("compare.agreement_none")
        if math.isfinite(r2):
            near = t("compare.agreement", r2=fixed(r2, 2), distance=fixed(100 * math.sqrt(max(0.0, 1 - r2)), 0))
        words.append(prose(t(key, angle=fixed(alignment.angle, 0)), near))
    return maps, words
