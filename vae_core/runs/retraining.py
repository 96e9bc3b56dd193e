"""The settings of a run for a new one that learns from other rows of the same images: without some of them, or from some alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from vae_core.arrays import Ints
from vae_core.config import RunConfig
from vae_core.data import image_files, left_out, sources
from vae_core.data.rows import Rows
from vae_core.runs.run import Run

Way = Literal["without", "only"]


def settings_of(run: Run) -> RunConfig:
    """Return a run's settings without its name; a file of the user's own is named by its place, as several may have one name.

    Raises:
        MissingImages: that file is not at hand.
    """
    config = replace(run.config, name="")
    values = run.images().values if image_files.is_own(config.data.dataset) else None
    return config.with_settings(dataset=str(values.path.resolve())) if isinstance(values, Rows) else config


def settings_again(run: Run, rows: Ints, way: Way) -> RunConfig:
    """Return a run's settings, without its name, that leave out these rows of its dataset (n,), or all others; what it left out stays so.

    Raises:
        ConfigError: there are too many gaps between the rows, or none would be left.
        DataError, MissingImages: the images are not at hand.
    """
    config = settings_of(run)
    count = len(sources.placeholder(config.data.dataset).values)
    gone = np.zeros(count, bool)
    gone[np.setdiff1d(np.arange(count), left_out.kept_rows(run.config.data.left_out, count))] = True
    chosen = np.zeros(count, bool)
    chosen[np.asarray(rows, np.int64)] = True
    text = left_out.written(run.dataset["sha256"], np.flatnonzero(gone | (chosen if way == "without" else ~chosen)))
    left_out.kept_rows(text, count)
    return config.with_settings(left_out=text)
