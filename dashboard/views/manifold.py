"""The map: what the model draws at each place, on the prior's quantiles."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.figures.manifold import describe, picture_map
from dashboard.figures.theme import STILL
from dashboard.i18n.format import fixed
from dashboard.i18n.texts import t
from dashboard.session import cache
from dashboard.session.run_choice import current_run
from dashboard.widgets import projection
from vae_core.latent.grids import pictures_per_side

FEWEST, MOST = 5, 40  # pictures per side; of large ones fewer are the most, as many as fit on a map

run = current_run()
d = run.config.model.latent_size
stored = run.summary["mosaic"]


def controls() -> tuple[int, float | None, tuple[int, int]]:
    """Ask for pictures per side, coverage and, above two dimensions, which two."""
    dims = projection.choose_dimensions(run, cache.latents(run)) if d > 2 else (0, d - 1)
    low, high = min(FEWEST, stored["side"] - 1), max(FEWEST, stored["side"], pictures_per_side(MOST, run.dataset["event_shape"]))
    n = st.slider(t("manifold.size"), low, high, stored["side"], key=f"side/{run.id}", persist_state="session")
    if not run.has_normal_prior:
        return n, None, dims
    percent = st.slider(
        t("manifold.coverage"), 50.0, 99.9, 100 * stored["coverage"], 0.1, "%.1f %%", key=f"coverage/{run.id}", persist_state="session",
        help=t("manifold.coverage_help"),
    )  # fmt: skip
    return n, percent / 100, dims


def draw(n: int, coverage: float | None, dims: tuple[int, int]) -> tuple[bytes, NDArray[np.float64], NDArray[np.float64]]:
    """Take the stored map where it is the one asked for (no torch), else decode."""
    if (n, coverage and round(coverage, 4), list(dims[:d])) == (stored["side"], stored["coverage"], stored["dims"][:d]):
        x = cache.axis_of(run, n, coverage)
        return cache.mosaic(run), x, x[::-1] if d > 1 else np.zeros(1)
    with st.spinner(t("manifold.busy")):
        return cache.manifold(run, n, coverage, dims)


st.title(t("manifold.title"), anchor=False)
left, right = st.columns([2, 1], gap="large")
with right:
    st.write(t(f"manifold.lead_{d if d < 3 else 'n'}", d=d))
    settings = controls()
    st.write(t("manifold.steps" if run.has_normal_prior else "manifold.steps_even"))
with left, st.container(key="square_map" if d > 1 else "strip_map"):
    picture, x, y = draw(*settings)
    fig, alt = picture_map(picture, x, y, settings[2]), describe(x, y, settings[2])
    st.plotly_chart(fig, height="stretch" if d > 1 else 120, config=STILL, alt=alt, key="map")
if settings[1] is not None:
    with right, st.expander(t("manifold.formula")):
        low, high = (fixed(edge, 4) for edge in ((1 - settings[1]) / 2, (1 + settings[1]) / 2))
        st.write(t("manifold.formula_text", low=low, high=high))
