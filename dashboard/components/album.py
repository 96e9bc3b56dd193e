"""The pictures that the browser offers to pick from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.components.packet import pack
from dashboard.components.run_packets import pictures_of_map, run_key
from dashboard.i18n.names import class_name
from dashboard.i18n.texts import t
from vae_core.data import sources
from vae_core.data.binarisation import treated
from vae_core.data.dataset import Dataset
from vae_core.data.palette import palette
from vae_core.data.pictures import ImageShape, to_pixels
from vae_core.latent.latents import Latents
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run

OWN = "own"  # what the run's own images are called in a packet
MAX_IMAGES, MAX_BYTES = 300, 1_000_000  # of each dataset, to pick from: of MNIST's a few hundred kilobytes, of large pictures fewer


def album_packet(run: Run, points: Latents) -> bytes:
    """Return the packet of pictures to pick from: the run's own test images where they are at hand, and of grey ones what needs no network.

    Their values stay bytes from 0 to `divisor`, or float32. The run's own have their pixels treated as when it was tested. A run in colour
    also gets the colours to paint with.
    """
    try:
        own = run.images()
    except RunError:
        own = None
    is_colour = run.image_shape is not None and run.image_shape.is_colour
    offered = () if is_colour else (sources.load("digits"), sources.load("glyphs"))
    others = [dataset for dataset in offered if not own or dataset.sha256 != own.sha256]  # somebody's own may be called like one of ours
    chosen = [(dataset, _spread(dataset, np.arange(len(dataset.values)))) for dataset in others]
    if own:
        chosen.insert(0, (own, _spread(own, points.rows.astype(np.int64))))
    blobs, facts = _sources(chosen, own, run)
    colours = _palette(run, own, points) if is_colour else []
    return pack(f"{run_key(run)}/images", blobs, sources=facts, palette=colours)


def row_packet(run: Run, row: int) -> bytes:
    """Return the packet of one of the run's test images, as those of `album_packet`.

    Raises:
        RunError: the image is not at hand.
    """
    own = run.images()
    blobs, facts = _sources([(own, np.array([row], np.int64))], own, run)
    return pack(f"{run_key(run)}/row/{row}", blobs, sources=facts)


def _sources(
    chosen: Sequence[tuple[Dataset, NDArray[np.int64]]], own: Dataset | None, run: Run
) -> tuple[dict[str, bytes], list[dict[str, Any]]]:
    """Return the bytes of rows of datasets, and what must be known to read them."""
    blobs: dict[str, bytes] = {}
    facts: list[dict[str, Any]] = []
    for dataset, rows in chosen:
        is_own = dataset is own
        key = OWN if is_own else dataset.name
        values, divisor = as_tested(dataset, rows, run) if is_own else (dataset.values[rows], dataset.divisor)
        labels = np.zeros(0) if dataset.labels is None else dataset.labels[rows]
        is_real = values.dtype != np.uint8
        arrays = {"values": values.astype("<f4") if is_real else values, "rows": rows.astype("<i4"), "labels": labels.astype("<i4")}
        blobs |= {f"{name}/{key}": np.ascontiguousarray(array).tobytes() for name, array in arrays.items()}
        picture = ImageShape.of(values.shape[1:])
        shape = asdict(picture) if picture else {}
        facts.append({
            "name": key, "own": is_own, "names": [class_name(one) for one in dataset.class_names], **shape, "divisor": divisor,
            "is_real": is_real,
        })  # fmt: skip
    return blobs, facts


def _palette(run: Run, own: Dataset | None, points: Latents) -> list[str]:
    """Return the colours that a run's test images are made of, or where they are not at hand those that it draws, as #rrggbb."""
    if own is None:
        pictures = pictures_of_map(run)
    else:
        values, divisor = as_tested(own, _spread(own, points.rows.astype(np.int64)), run)
        pictures = to_pixels(values / divisor)
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in palette(pictures).tolist()]


def as_tested(dataset: Dataset, rows: NDArray[np.int64], run: Run) -> tuple[NDArray[Any], float]:
    """Return images of the run's own dataset as the run was tested on them, uint8 or float32, and their divisor."""
    if len(rows) and not 0 <= rows.min() <= rows.max() < len(dataset.values):
        raise RunError(t("app.no_such_row", dataset=dataset.name))
    return treated(dataset, rows, run.config.data)


def _spread(dataset: Dataset, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return some of the rows of a dataset, evenly from first to last."""
    most = max(10, min(MAX_IMAGES, MAX_BYTES // (math.prod(dataset.event_shape) * dataset.values.dtype.itemsize)))
    return rows[np.linspace(0, len(rows) - 1, min(len(rows), most)).round().astype(np.int64)]
