"""A test image to try something on by hand: which one, and its way into the browser."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.components import by_hand, carrier
from dashboard.i18n.texts import t
from dashboard.session import cache
from dashboard.widgets import live_map, thumbnails
from vae_core.arrays import Ints
from vae_core.data import sources
from vae_core.runs.errors import MissingImages
from vae_core.runs.run import Run

OFFERED = 30  # images


def show(run: Run, kind: str, *parts: str) -> None:
    """Ask for a test image and show the instrument `kind` for it, or say why the image is not at hand.

    Args:
        parts: packets of the run that it needs beside those that are on every page.
    """
    points = cache.latents(run)
    rows = _offered(points.rows, points.labels)
    words = dict(zip(rows, thumbnails.class_of_rows(run, rows), strict=True))
    name = t(f"inspect.{kind}.live.image")
    row = st.selectbox(
        name, rows, format_func=lambda row: thumbnails.row_name(words[row], row), key=f"{kind}_row/{run.id}", persist_state="session"
    )
    try:
        picture = live_map.packet(run, f"row/{row}", sources.fingerprint(run.config.data.dataset))
    except MissingImages as error:
        st.info(thumbnails.why_not(error.reason))
        return
    with st.container(key="carrier"):
        carrier.carry("by_hand", picture)
        for part in parts:
            carrier.carry(f"by_hand/{part}", live_map.packet(run, part))
    by_hand.show(kind, live_map.facts(run), row)


def _offered(rows: Ints, labels: Ints | None) -> list[int]:
    """Return rows of test images to choose from: the first of each class, then others."""
    first = [] if labels is None else np.sort(np.unique(labels, return_index=True)[1]).tolist()
    return list(dict.fromkeys(int(rows[at]) for at in [*first[:OFFERED], *range(min(OFFERED, len(rows)))]))
