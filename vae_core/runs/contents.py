"""Readers of a run's files of numbers, which refuse what no page could draw."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.data.pictures import ImageShape
from vae_core.latent.inference import AtlasDecoder
from vae_core.latent.latents import Latents
from vae_core.runs.layout import COLUMNS
from vae_core.storage import shapes
from vae_core.storage.reading import MB, Unreadable, read_npz, read_table

Arrays = dict[str, NDArray[Any]]
MAX_FRAME_BYTES = MAX_ATLAS_BYTES = 64 * MB
MAX_VALUE = 1e12  # of a mean or a spread: its square is a number in single precision, too
SENSELESS = "it holds a number that makes no sense"


def history(path: Path) -> Arrays:
    """Return history.csv by column; empty fields are NaN, `split` is text.

    Raises:
        FileNotFoundError, Unreadable: see reading.py; so of all functions here.
    """
    columns = read_table(path, COLUMNS, ("split",))
    whole = np.concatenate([columns["step"], columns["epoch"]])
    if not ((whole >= 0) & (whole < 2**53)).all() or not set(columns["split"].tolist()) <= {"train", "validation"}:
        raise Unreadable(SENSELESS)
    return columns


def latents(path: Path, latent_size: int, classes: int, count: int, *, has_kl: bool, has_normal_prior: bool) -> Latents:
    """Return the posteriors of `count` test images; an autoencoder has no spread, which is written as NaN."""
    arrays = read_npz(path, shapes.LATENTS, d=latent_size, n=count)
    found = Latents(arrays["mu"], arrays["log_var"], arrays.get("labels"), arrays["rows"], has_normal_prior)
    spread = np.exp(0.5 * np.minimum(found.log_var.astype(np.float64), 99.0)) if has_kl else np.zeros(1)
    is_sound = (np.abs(found.mu) < MAX_VALUE).all() and (spread < MAX_VALUE).all() and _within(found.rows, 2**32)
    if not is_sound or (found.labels is not None and not _within(found.labels, classes)):
        raise Unreadable(SENSELESS)
    return found


def _within(whole: NDArray[Any], end: int) -> bool:
    return bool(whole.min() >= 0 and whole.max() < end)


def epochs(path: Path, latent_size: int) -> Arrays:
    """Return kl_per_dim and mu_variance, each (epochs, d), and what the objective logged; without validation there are no epochs."""
    arrays = read_npz(path, shapes.EPOCHS)
    for name in arrays.keys() & {"kl_per_dim", "mu_variance"}:
        if arrays[name].size and arrays[name].shape[1:] != (latent_size,):
            raise Unreadable("{name} is missing or makes no sense", name=name)
        arrays[name] = arrays[name].reshape(-1, latent_size)
    return arrays


def frame(path: Path, latent_size: int, event_shape: Sequence[int]) -> Arrays:
    """Return one frame of the film: step and epoch (), mu and log_var (P, d), and of pictures grid (G, [C,] H, W)."""
    arrays = read_npz(path, shapes.FRAME, most=MAX_FRAME_BYTES, d=latent_size)
    grid = arrays.get("grid")
    if grid is not None and ImageShape.of(event_shape) and (grid.shape[1:] != tuple(event_shape) or not len(grid)):
        raise Unreadable("{name} is missing or makes no sense", name="grid")
    if not len(arrays["mu"]) or not np.isfinite(arrays["mu"]).all() or min(arrays["step"], arrays["epoch"]) < 0:
        raise Unreadable(SENSELESS)
    return arrays


def atlas(path: Path, event_shape: Sequence[int]) -> AtlasDecoder:
    """Return the pictures that are stored over a plane: axis (n,), levels (n, n, *event) of a byte each, and their error."""
    dims = shapes.Dims({"axis": "f n", "levels": " ".join(["u n n", *map(str, event_shape)]), "error": "f"})
    arrays = read_npz(path, dims, most=MAX_ATLAS_BYTES)
    axis, levels, error = arrays["axis"].astype(np.float64), arrays["levels"], float(arrays["error"])
    is_rising = len(axis) > 1 and bool((np.abs(axis) < MAX_VALUE).all() and (np.diff(axis) > 0).all())
    if not is_rising or levels.dtype != np.uint8 or not 0 <= error < MAX_VALUE:
        raise Unreadable(SENSELESS)
    return AtlasDecoder(axis, levels, error)
