"""One slider per latent dimension, by which the chosen point z is moved."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.i18n.format import axis
from dashboard.i18n.texts import t
from dashboard.session.point import chosen_point, set_point
from dashboard.widgets.projection import name_dimension
from vae_core.latent.latents import ASLEEP, Latents
from vae_core.runs.run import Run

SHOWN = 64  # sliders at most; a page of thousands helps nobody
SEES = 3.0  # standard deviations of the prior that every slider spans at least
ONE_COLUMN = 6  # sliders that fit beside the picture


def choose_random_point(run: Run, points: Latents) -> None:
    """Choose a point at random: from the prior, or where there is none the place of a test image."""
    generator = np.random.default_rng()
    if run.has_normal_prior:
        set_point(generator.standard_normal((points.mu.shape[1],)))
    else:
        set_point(points.mu[generator.integers(len(points.mu))])


def show_sliders(run: Run, points: Latents, z: NDArray[Any]) -> None:
    """Show a slider for every dimension, those with most KL first, those asleep in a fold."""
    kl, d = points.kl_per_dim, len(z)
    order = points.order[:SHOWN]
    awake = [dim for dim in order if not kl[dim] < ASLEEP]  # an autoencoder's KL is not a number
    columns = st.columns(1 if len(awake) <= ONE_COLUMN else 2)
    for i, dim in enumerate(awake):
        with columns[i % len(columns)]:
            _slider(run, points, dim, z)
    if asleep := order[len(awake) :]:
        with st.expander(t("sample.asleep", n=len(asleep))):
            st.write(t("sample.asleep_said"))
            for dim in asleep:
                _slider(run, points, dim, z)
    if d > 1:
        st.write(t("sample.order" if run.has_normal_prior else "sample.order_by_spread"))
    if d > SHOWN:
        st.write(t("sample.more", n=d - SHOWN))


def _slider(run: Run, points: Latents, dim: int, z: NDArray[Any]) -> None:
    """Show the slider of one dimension: it spans the test images' means, the prior and the chosen point."""
    key, kl = f"z/{run.id}/{dim}", float(points.kl_per_dim[dim])
    if round(st.session_state.get(key, math.inf), 2) != z[dim]:  # else the slider would be set back while the viewer moves it on
        st.session_state[key] = float(z[dim])
    filled = points.quantiles()[:, dim]
    low, high = min(filled[0], -SEES, z[dim]), max(filled[1], SEES, z[dim])
    edges = float(np.floor(10 * low) / 10), float(np.ceil(10 * high) / 10)
    label = t("sample.slider_asleep", name=axis(dim)) if kl < ASLEEP else name_dimension(run, points, dim)
    st.slider(label, *edges, step=0.01, key=key, on_change=_moved, args=(dim, len(z), key))


def _moved(dim: int, d: int, key: str) -> None:
    """Take one slider's new value into the chosen point."""
    z = chosen_point(d)
    z[dim] = st.session_state[key]
    set_point(z)
