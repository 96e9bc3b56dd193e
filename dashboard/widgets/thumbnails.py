"""Pictures of test images: the real ones where the dataset is at hand, and the model's redrawings of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.components.album import as_tested
from dashboard.components.run_packets import run_key
from dashboard.i18n.names import class_names
from dashboard.i18n.texts import prose, t
from dashboard.session import cache
from vae_core.arrays import Ints
from vae_core.data import sources
from vae_core.data.file_names import file_names as file_names_of
from vae_core.data.pictures import to_pixels
from vae_core.runs.errors import MissingImages
from vae_core.runs.run import Run


def real(run: Run, rows: Sequence[int]) -> tuple[NDArray[np.uint8] | None, str]:
    """Return images of the run's dataset (n, [3,] H, W) as the model saw them, or None and why: no-pictures, no-data or other-data."""
    return _real(run, tuple(int(row) for row in rows), sources.fingerprint(run.config.data.dataset))


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=cache.KEY)
def _real(run: Run, rows: tuple[int, ...], at_hand: str) -> tuple[NDArray[np.uint8] | None, str]:
    """Do so; `at_hand` changes with what is at hand, so that a file which has come, gone or changed is seen."""
    if run.image_shape is None:
        return None, "no-pictures"
    try:
        values, divisor = as_tested(run.images(), np.array(rows, np.int64), run)
    except MissingImages as error:
        return None, error.reason
    return to_pixels(values / divisor), ""


def why_not(reason: str, *, are_redrawn: bool = False) -> str:
    """Say why the images themselves are not shown, and what stands there instead."""
    return prose(t(f"inspect.no_pictures.{reason}"), t("inspect.redrawn_pictures" if are_redrawn else "inspect.rows_stay"))


def shown(run: Run, rows: Any) -> tuple[NDArray[np.uint8] | None, str]:
    """Return pictures of rows of the dataset, redrawn ones with the reason why; None where they can be neither shown nor redrawn."""
    if not len(rows):
        return None, ""
    found, reason = real(run, rows)
    return (found, "") if found is not None else (redrawn(run, rows), reason)


def redrawn(run: Run, rows: Sequence[int]) -> NDArray[np.uint8] | None:
    """Return what the model draws at the places of these rows (n, [3,] H, W), or None where they are no test images; imports torch."""
    return _redrawn(run, tuple(int(row) for row in rows))


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=cache.KEY)
def _redrawn(run: Run, rows: tuple[int, ...]) -> NDArray[np.uint8] | None:
    """Do so."""
    if run.image_shape is None:
        return None
    points = cache.latents(run)
    at = {int(row): i for i, row in enumerate(points.rows)}
    if not all(row in at for row in rows):
        return None
    drawn = cache.decoder(run).decode_mean(points.mu[[at[row] for row in rows]])
    return to_pixels(drawn)


def class_of_rows(run: Run, rows: Sequence[int]) -> list[str]:
    """Return what the classes of rows of the dataset are called; "" where a class is not known."""
    points, names = cache.latents(run), class_names(run)
    known = {} if points.labels is None else dict(zip(points.rows.tolist(), points.labels.tolist(), strict=True))
    if not known.keys() >= set(rows):
        with suppress(MissingImages):
            labels = run.images().labels
            known = {} if labels is None else {row: int(labels[row]) for row in rows}
    found = [known.get(row, -1) for row in rows]
    return [names[label] if 0 <= label < len(names) else "" for label in found]


def file_names(run: Run, rows: Sequence[int] | Ints) -> list[str]:
    """Return which file each of these rows of the dataset was, fit to be shown; "" where that is not known."""
    return file_names_of(run.config.data.dataset, run.dataset.get("sha256", ""), rows)


def row_name(name: str, row: int) -> str:
    """Return the name of a row of the dataset: its class, where that is known, and its number."""
    return t("inspect.row_of_class", name=name, row=row) if name else t("inspect.row", row=row)


def weights_key(run: Run) -> str:
    """Return under which name the live map's carrier keeps the decoder's weights in the browser."""
    return f"{run_key(run)}/weights"
