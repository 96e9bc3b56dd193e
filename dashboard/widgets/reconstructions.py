"""Test images beside what the model redraws of them, wherever a page shows some."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from urllib.parse import urlencode

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.figures.reconstructions import Caption, grid
from dashboard.i18n.names import class_names
from dashboard.i18n.texts import t
from dashboard.session import cache
from dashboard.session.point import as_text
from dashboard.widgets import set_signs, thumbnails
from vae_core.arrays import Floats
from vae_core.runs.run import Run


def show(run: Run, at: NDArray[np.int64], nats: Floats, values: Sequence[str] = ()) -> None:
    """Show test images as a grid, or say why that cannot be; the first time it imports torch.

    Args:
        at: positions among the run's test images, as its latents have them.
        nats: what redrawing each of them costs.
        values: what stands below each of them instead of that.
    """
    points = cache.latents(run)
    rows = points.rows[at].tolist()
    originals, reason = thumbnails.real(run, rows)
    redrawn = None if originals is None else thumbnails.redrawn(run, rows)
    if originals is None or redrawn is None:
        st.info(t(f"inspect.no_pictures.{reason}"))
        return
    names = class_names(run)
    classes = ["" if points.labels is None else names[points.labels[i]] for i in at]
    captions = [
        Caption(row, name, float(cost), _explore(run, points.mu[i]), file, value, sign)
        for row, name, cost, i, file, value, sign in zip(
            rows, classes, nats, at, thumbnails.file_names(run, rows), values or [""] * len(rows), set_signs.signs(run, rows), strict=True
        )
    ]
    cache.show_alike(partial(_show_grid, originals, redrawn, captions))
    if legend := set_signs.legend(run, rows):
        st.markdown(legend)
    st.markdown(t("reconstructions.said_colour" if originals.ndim == 4 else "reconstructions.said"))


def _show_grid(originals: NDArray[np.uint8], redrawn: NDArray[np.uint8], captions: Sequence[Caption]) -> None:
    st.html(grid(originals, redrawn, captions))


def _explore(run: Run, z: NDArray[np.float32]) -> str:
    """Return the address at which Explore opens at a place of the run's map, in the language of this one."""
    lang = {"lang": st.query_params["lang"]} if "lang" in st.query_params else {}
    return "explore?" + urlencode({**lang, "run": run.id, "z": as_text(z)}, safe=",")
