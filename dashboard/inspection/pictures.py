"""Pictures of test images for contact sheets: the real ones where the dataset is at hand, else the model's redrawings of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard import state
from dashboard.components.explorer.message import is_drawable, own_images, run_key, treated
from vae_core.runs import Run


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=state.KEY)
def real(run: Run, rows: tuple[int, ...]) -> NDArray[np.uint8] | None:
    """Return images of the run's dataset (n, H, W) as the model saw them, or None where the dataset is not at hand or no pictures."""
    dataset = own_images(run) if is_drawable(run) else None
    if dataset is None or not rows:
        return None
    values, divisor = treated(dataset, np.array(rows, np.int64), run)
    return np.round(values * (255 / divisor)).astype(np.uint8)


def shown(run: Run, rows: Any) -> tuple[NDArray[np.uint8] | None, bool]:
    """Return pictures of rows of the dataset, and whether they are the real ones; None where they can be neither shown nor redrawn."""
    wanted = tuple(int(row) for row in rows)
    if not wanted or not is_drawable(run):
        return None, False
    found = real(run, wanted)
    return (found, True) if found is not None else (_redrawn(run, wanted), False)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=state.KEY)
def _redrawn(run: Run, rows: tuple[int, ...]) -> NDArray[np.uint8] | None:
    """Return what the model draws at the places of test images; imports torch."""
    points = state.latents(run)
    at = {int(row): i for i, row in enumerate(points.rows)}
    if not all(row in at for row in rows):
        return None
    drawn = state.decode(run, points.mu[[at[row] for row in rows]])
    return np.round(np.clip(drawn, 0, 1) * 255).astype(np.uint8)


def weights_key(run: Run) -> str:
    """Return under which name the live map's carrier keeps the decoder's weights in the browser."""
    return f"{run_key(run)}/weights"
