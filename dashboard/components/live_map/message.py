"""What the browser is told about a run: small facts with every word, and the heavy bytes part by part. No Streamlit here."""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.figures.colours import class_colours
from dashboard.i18n.texts import t
from vae_core.data import sources
from vae_core.data.binarisation import is_ink_dark, prepare, static_uniforms
from vae_core.data.dataset import Dataset
from vae_core.data.pictures import mosaic_of, pixels_of, png, shrink
from vae_core.diagnostics import advice
from vae_core.latent import aggregate_posterior as density
from vae_core.latent.latents import ASLEEP, Latents
from vae_core.latent.projections import principal_axes
from vae_core.model.weights import noise_sigma, part_of
from vae_core.registries import choices, traits
from vae_core.runs.errors import RunError
from vae_core.runs.layout import RESTORE
from vae_core.runs.run import Run
from vae_core.storage.reading import Unreadable

LEAST_RANGE = 2.0  # standard deviations of the prior that every slider spans at least
LARGEST, TALLEST = 640, 20_000  # pixels along a frame of the film, and along all of them: browsers draw no more than 32,767
MOST_IMAGES, MOST_BYTES = 300, 1_000_000  # of each dataset, to pick from: of MNIST's a few hundred kilobytes, of large pictures fewer


def run_key(run: Run) -> str:
    """Return a name for the run's bytes that changes when they do."""
    return f"{run.id}@{run.weights_sha256[:12]}"


def is_drawable(run: Run) -> bool:
    """Tell whether the run's data are grey pictures, which the map can draw."""
    return bool(run.summary) and run.image_shape is not None and not run.image_shape.is_colour


def facts(run: Run, points: Latents) -> dict[str, Any]:
    """Return what the map needs to know of a run, all of it small and JSON-ready."""
    d = points.mu.shape[1]
    kl = points.kl_per_dim.tolist() if run.has_normal_prior else [None] * d
    low, high = points.quantiles()
    mosaic = run.summary["mosaic"]
    names = [str(name) for name in run.dataset.get("class_names", [])]
    return {
        "run": run_key(run),
        "kl": kl,
        "asleep": ASLEEP,
        "collapsed": advice.collapse(run.config, run.summary) is not None,
        "order": points.order,
        "ranges": np.stack([np.minimum(low, -LEAST_RANGE), np.maximum(high, LEAST_RANGE)], 1).round(2).tolist(),
        "axes": principal_axes(points.mu.astype(np.float64)).directions.tolist() if d > 2 else None,
        "names": names,
        "has_labels": points.labels is not None,
        "colours": class_colours(len(names)),
        "dims": mosaic["dims"],
        "map": run.summary["map"],
        "sigma": noise(run),
        "reach": run.summary.get("reach"),
        "support": support(run),
        "has_spread": run.has_kl,  # an autoencoder gives points: nothing trained their spread
        "has_prior": run.has_normal_prior,
        "dataset": run.config.data.dataset,
        "levels": levels(run),
        "is_dark": is_dark(run),
        "pixels": run.config.data.pixels,
        "has_film": d == 2 and len(run.frames()) > 1,
    }


def support(run: Run) -> str:
    """Return which pixels the run's likelihood is made for.

    Raises:
        RunError: there is no such likelihood here.
    """
    likelihood = run.config.model.likelihood
    if not (family := traits("likelihood", likelihood)):
        known = ", ".join(choices("model.likelihoods.LIKELIHOODS"))
        raise RunError(f"config.json of run {run.id!r} cannot be used: likelihood is {likelihood!r}; choose one of {known}.")
    return str(family["support"])


def noise(run: Run) -> float | None:
    """Return the standard deviation of the pixels' noise as the weights hold it; None where the likelihood has none."""
    try:
        return noise_sigma(run.weights(), run.config.model.likelihood, 1 / run.dataset["divisor"])
    except Unreadable as error:
        raise RunError(
            f"likelihood.log_sigma in model.safetensors of run {run.id!r} holds a number that is not finite; {RESTORE}"
        ) from error


def packet(key: str, blobs: dict[str, bytes], **small: Any) -> bytes:
    """Join blobs and small facts into the bytes that store.js takes apart: length, JSON header, blobs one after another."""
    header = json.dumps({"key": key, "sizes": [[name, len(blob)] for name, blob in blobs.items()], **small}).encode()
    return struct.pack("<I", len(header)) + header + b"".join(blobs.values())


def first(run: Run) -> bytes:
    """Return the packet of the stored map, the picture before the weights arrive."""
    return packet(f"{run_key(run)}/first", {"map": run.map()})


def weights(run: Run, points: Latents) -> bytes:
    """Return the packet of the decoder's weights and the test set's means: all that drawing the map needs."""
    labels = b"" if points.labels is None else points.labels.astype("<i4").tobytes()
    blobs = {"mu": points.mu.astype("<f4").tobytes(), "labels": labels, "rows": points.rows.astype("<i4").tobytes()}
    return packet(f"{run_key(run)}/weights", {**blobs, "weights": part_of(run.weights(), is_encoder=False)})


def encoder(run: Run, points: Latents) -> bytes:
    """Return the packet of what a picture's place and price take: the encoder's weights, the test set's spreads, and what is usual."""
    blobs = {
        "weights": part_of(run.weights(), is_encoder=True),
        "log_var": points.log_var.astype("<f4").tobytes(),
        "places": density.calibration(points.mu, points.log_var).astype("<f8").tobytes(),
    }
    return packet(f"{run_key(run)}/encoder", blobs, usual=run.summary.get("usual", {}))


def images(run: Run, points: Latents) -> bytes:
    """Return the packet of pictures to pick from: the run's own test images where they are at hand, and what needs no network.

    They stay bytes from 0 to `divisor`, or float32; the run's own are treated as they were when it was tested, so black or white stay so.
    """
    try:
        own = run.images()
    except RunError:
        own = None
    others = [dataset for dataset in (sources.load("digits"), sources.load("glyphs")) if not own or dataset.name != own.name]
    chosen = [(dataset, _spread(dataset, np.arange(len(dataset.values)))) for dataset in others]
    if own:
        chosen.insert(0, (own, _spread(own, points.rows.astype(np.int64))))
    blobs: dict[str, bytes] = {}
    facts: list[dict[str, Any]] = []
    for dataset, rows in chosen:
        is_own = dataset is own
        values, divisor = treated(dataset, rows, run) if is_own else (dataset.values[rows], dataset.divisor)
        labels = np.zeros(0) if dataset.labels is None else dataset.labels[rows]
        is_real = values.dtype != np.uint8
        arrays = {"values": values.astype("<f4") if is_real else values, "rows": rows.astype("<i4"), "labels": labels.astype("<i4")}
        blobs |= {f"{name}/{dataset.name}": np.ascontiguousarray(array).tobytes() for name, array in arrays.items()}
        shape = {"height": values.shape[1], "width": values.shape[2], "divisor": divisor, "is_real": is_real}
        facts.append({"name": dataset.name, "own": is_own, "names": list(dataset.class_names), **shape})
    return packet(f"{run_key(run)}/images", blobs, sources=facts)


def levels(run: Run) -> int:
    """Return in how many steps the run's data go from black to white; 0 where they are real numbers."""
    divisor = run.dataset["divisor"]
    is_older = "taken" not in run.dataset and divisor == 1  # before a run said so, only real numbers had this divisor
    return 0 if is_older or run.dataset.get("type") == "float32" else int(divisor)


def is_dark(run: Run) -> bool:
    """Tell whether a run's data are dark on light, by what it has learnt to draw: the images themselves may not be at hand."""
    pixels, side, (height, width) = pixels_of(run.map()), run.summary["map"]["side"], run.dataset["event_shape"]
    rows = 1 if run.config.model.latent_size == 1 else side
    high, wide = pixels.shape[0] // rows, pixels.shape[1] // side
    top, left = (high - height) // 2, (wide - width) // 2  # a picture that is not square lies in the middle of its cell
    cells = pixels[: rows * high, : side * wide].reshape(rows, high, side, wide).swapaxes(1, 2).reshape(-1, high, wide)
    return is_ink_dark(cells[:, top : top + height, left : left + width])


def treated(dataset: Dataset, rows: NDArray[np.int64], run: Run) -> tuple[NDArray[Any], float]:
    """Return images of the run's own dataset as the run was tested on them, uint8 or float32, and their divisor."""
    data = run.config.data
    if len(rows) and not 0 <= rows.min() <= rows.max() < len(dataset.values):
        raise RunError(t("app.no_such_row", dataset=dataset.name))
    if data.pixels == "grey":
        return dataset.values[rows], dataset.divisor
    uniforms = None if data.pixels == "thresholded" else static_uniforms(rows, dataset.event_shape, data.split_seed)
    kind = "thresholded" if uniforms is None else "static"
    return prepare(dataset.values[rows], dataset.divisor, kind, uniforms).astype(np.uint8), 1.0


def _spread(dataset: Dataset, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return some of the rows of a dataset, evenly from first to last."""
    most = max(10, min(MOST_IMAGES, MOST_BYTES // (math.prod(dataset.event_shape) * dataset.values.dtype.itemsize)))
    return rows[np.linspace(0, len(rows) - 1, min(len(rows), most)).round().astype(np.int64)]


def umap(run: Run) -> bytes:
    """Return the packet of the stored UMAP of the test set's means."""
    xy = run.projection("umap")
    return packet(f"{run_key(run)}/umap", {"xy": b"" if xy is None else xy.astype("<f4").tobytes()})


def film(run: Run) -> bytes:
    """Return the packet of the snapshots: one tall PNG of grids, and the probes' means frame by frame."""
    frames = run.snapshots()
    shapes = {(frame["mu"].shape, frame["grid"].shape if "grid" in frame else (0,)) for frame in frames}
    count = next(iter(shapes))[1][0] if len(shapes) == 1 else 0
    side = math.isqrt(count)
    if not count or side**2 != count:
        raise RunError(f"snapshots of run {run.id!r} has the wrong shape; train the run again.")
    grids = [mosaic_of(frame["grid"].reshape(side, side, *frame["grid"].shape[1:])) for frame in frames]
    mu = np.stack([frame["mu"] for frame in frames]).astype("<f4").tobytes()
    steps = [int(frame["step"]) for frame in frames]
    shrunk = math.ceil(len(grids[0]) * max(len(grids) / TALLEST, 1 / LARGEST))
    picture = png(np.concatenate([shrink(grid, shrunk) for grid in grids]))
    return packet(f"{run_key(run)}/film", {"film": picture, "mu": mu}, steps=steps, side=side)
