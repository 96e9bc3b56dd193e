"""What the browser gets of a run: small facts with every word, and the heavy bytes part by part."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.components import point_packets, registry
from dashboard.components.packet import pack
from dashboard.figures.colours import class_colours
from dashboard.i18n.format import fixed
from dashboard.i18n.names import class_names, dataset_title, pixels_name, run_name
from dashboard.i18n.texts import language, section, t, text_or
from vae_core.config import unknown_choice
from vae_core.data.binarisation import is_ink_dark
from vae_core.data.file_names import file_names
from vae_core.data.left_out import count_of
from vae_core.data.pictures import frame_file, mosaic_of, pixels_of, png, shrink
from vae_core.diagnostics import advice
from vae_core.latent.grids import pictures_per_side
from vae_core.latent.latents import ASLEEP, Latents
from vae_core.latent.projections import principal_axes
from vae_core.messages import reason
from vae_core.model.weights import halved, noise_sigma, part_of
from vae_core.registries import choices, traits
from vae_core.runs.errors import RunError
from vae_core.runs.layout import MISSHAPEN, RESTORE, UNUSABLE
from vae_core.runs.run import Run
from vae_core.storage.reading import Unreadable

MIN_RANGE = 2.0  # standard deviations of the prior that every slider spans at least
MOST_PICTURES = 40  # along a side of a map; of large ones fewer, as many as fit
LARGEST, TALLEST = 640, 20_000  # pixels along a frame of the film, and along all of them: browsers draw no more than 32,767
LONGEST = 1600  # pixels along the stored map as it is sent: twice those of its place on a page


def run_key(run: Run) -> str:
    """Return a name for the run's bytes that changes when they do."""
    return f"{run.id}@{run.weights_sha256[:12]}"


def is_drawable(run: Run) -> bool:
    """Tell whether the run's data are pictures, grey or in colour, which the map can draw."""
    return bool(run.summary) and run.image_shape is not None


def points_to_draw(run: Run) -> Latents:
    """Return the points of a run that has a map.

    Raises:
        RunError: it is not finished, was not trained on pictures, or a file of it is missing or damaged.
    """
    points = run.latents()  # first: it says of a run that is not finished that it is not
    if not is_drawable(run):
        raise RunError(t("live_map.not_pictures_alone"))
    return points


def map_data(run: Run, facts: Mapping[str, Any], session: Mapping[str, Any]) -> dict[str, Any]:
    """Return all that the live map reads beside its packets, JSON-ready.

    Args:
        run: a finished run.
        facts: `run_facts`, which callers keep from one call to the next.
        session: mode ("landing" or "explore"), z, revision (see dashboard/widgets/live_map.py) and touched (whether z was chosen).
    """
    texts = section("live_map") | dataset_words(run) | registry.shared_words()
    words = {"texts": texts, "names": class_names(run), "language": language()}
    return {**facts, **session, **words, "umap": has_umap(run)}


def dataset_words(run: Run) -> dict[str, str]:
    """Return the words that depend on what the pictures show; a dataset without words of its own gets plain ones."""
    name = run.config.data.dataset
    return {kind: text_or(f"dataset.{name}.{kind}", t(f"dataset.other.{kind}")) for kind in ("draw", "framed", "things", "images")}


def stage_words(run: Run) -> dict[str, str]:
    """Return the words of the landing page that depend on the run: what its pictures are, and where they come from."""
    name = run.config.data.dataset
    words = {kind: text_or(f"dataset.{name}.{kind}", t(f"dataset.other.{kind}")) for kind in ("line", "everywhere", "draw_one")}
    return words | {"product": t("app.title"), "provenance": f"{run_name(run.name)} · {' · '.join(provenance(run))}"}


def provenance(run: Run) -> list[str]:
    """Return on what data a run was trained, how many of them test it and were left out, how pixels are treated, and its latent dimensions.

    The data are not named where the run is called like them, as it stands beside its name.
    """
    d, data = run.config.model.latent_size, run.dataset
    images = t("app.test_images", n=fixed(data["n_test"], 0)) if data.get("n_test") else t("app.no_test_images")
    size = t("app.dimensions", d=d)
    title, gone = dataset_title(run), run.config.data.left_out
    out = [t("app.left_out", n=fixed(count_of(gone), 0))] if gone else []
    return [*([] if title == run.name else [title]), images, *out, pixels_name(run), size]


def has_umap(run: Run) -> bool:
    """Tell whether a UMAP of more than two dimensions is stored; another page may have stored it since the run was read."""
    with suppress(RunError):
        return run.config.model.latent_size > 2 and run.projection("umap") is not None
    return False


def run_facts(run: Run, points: Latents) -> dict[str, Any]:
    """Return the numbers that the map needs of a run, all of them small and JSON-ready."""
    d = points.mu.shape[1]
    kl = points.kl_per_dim.tolist() if run.has_normal_prior else [None] * d
    low, high = points.quantiles()
    mosaic = run.summary["mosaic"]
    return {
        "run": run_key(run),
        "kl": kl,
        "asleep": ASLEEP,
        "collapsed": advice.collapse(run.config, run.summary) is not None,
        "order": points.order,
        "ranges": np.stack([np.minimum(low, -MIN_RANGE), np.maximum(high, MIN_RANGE)], 1).round(2).tolist(),
        "axes": principal_axes(points.mu.astype(np.float64)).directions.tolist() if d > 2 else None,
        "has_labels": points.labels is not None,
        "colours": class_colours(len(run.dataset.get("class_names", []))),
        "dims": mosaic["dims"],
        "map": run.summary["map"],
        "shape": asdict(run.image_shape) if run.image_shape else None,
        "most_pictures": pictures_per_side(MOST_PICTURES, run.dataset["event_shape"]),
        "sigma": pixel_noise(run),
        "reach": run.summary.get("reach"),
        "support": pixel_support(run),
        "has_spread": run.has_kl,  # an autoencoder gives points: nothing trained their spread
        "has_prior": run.has_normal_prior,
        "is_held_out": run.summary.get("test_split") != "train",
        "dataset": run.config.data.dataset,
        "levels": grey_levels(run),
        "is_dark": is_dark_on_light(run),
        "pixels": run.config.data.pixels,
        "has_film": d == 2 and len(run.frames()) > 1,
    }


def pixel_support(run: Run) -> str:
    """Return which pixels the run's likelihood is made for.

    Raises:
        RunError: there is no such likelihood here.
    """
    likelihood = run.config.model.likelihood
    if not (family := traits("likelihood", likelihood)):
        why = unknown_choice("likelihood", likelihood, choices("model.likelihoods.LIKELIHOODS")).message
        raise RunError("config.json of run {run!r} cannot be used: {why}", run=run.id, why=why)
    return str(family["support"])


def pixel_noise(run: Run) -> float | None:
    """Return the standard deviation of the pixels' noise as the weights hold it; None where the likelihood has none."""
    try:
        return noise_sigma(run.weights(), run.config.model.likelihood, 1 / run.dataset["divisor"])
    except Unreadable as error:
        raise RunError(UNUSABLE, file="model.safetensors", run=run.id, why=reason(error), remedy=RESTORE) from error


def picture_packet(run: Run) -> bytes:
    """Return the packet of the stored map, the picture before the weights arrive; no larger than it is seen."""
    stored, across = run.map(), run.summary["map"]["side"] * max(run.dataset["event_shape"][-2:])
    if across > LONGEST:
        stored = png(shrink(pixels_of(stored), -(-across // LONGEST)), is_packed=False)
    return pack(f"{run_key(run)}/first", {"map": stored})


def points_packet(run: Run, points: Latents) -> bytes:
    """Return the packet of the test set's means, by which the stored map has its colours before the weights, and of its files' names."""
    blobs, facts = point_packets.blobs_of(points)
    rows = points.rows[point_packets.sent(*points.mu.shape)]
    files = file_names(run.config.data.dataset, run.dataset.get("sha256", ""), rows)
    return pack(f"{run_key(run)}/points", blobs, **point_packets.names(files), **facts)


def weights_packet(run: Run, is_halved: bool = False) -> bytes:
    """Return the packet of the decoder, whichever there is; weights rounded to half of their bytes where that is asked for."""
    atlas, shape, key = run.atlas(), run.image_shape, f"{run_key(run)}/weights"
    if atlas is None or shape is None:
        return pack(key, {"weights": _part(run, False, is_halved)})
    facts = {"axis": atlas.axis.tolist(), "picture": asdict(shape), "error": atlas.error}
    return pack(key, {"levels": atlas.levels.tobytes()}, atlas=facts)


def encoder_packet(run: Run, points: Latents, is_halved: bool = False) -> bytes:
    """Return the packet of what a picture's place and price take: the encoder's weights, and what is usual."""
    return pack(f"{run_key(run)}/encoder", {"weights": _part(run, True, is_halved)}, usual=run.summary.get("usual", {}))


def _part(run: Run, is_encoder: bool, is_halved: bool) -> bytes:
    part = part_of(run.weights(), is_encoder=is_encoder)
    return halved(part) if is_halved else part


def trust_packet(run: Run, points: Latents) -> bytes:
    """Return the packet of where the map may be trusted: the test set's spreads, and what log q/p is where its images lie."""
    blobs, facts = point_packets.trusted(points)
    return pack(f"{run_key(run)}/trust", blobs, **facts)


def grey_levels(run: Run) -> int:
    """Return in how many steps the run's data go from black to white; 0 where they are real numbers."""
    divisor = run.dataset["divisor"]
    is_older = "taken" not in run.dataset and divisor == 1  # before a run said so, only real numbers had this divisor
    return 0 if is_older or run.dataset.get("type") == "float32" else int(divisor)


def is_dark_on_light(run: Run) -> bool:
    """Tell whether a run's grey data are dark on light, by what it has learned to draw: the images themselves may not be at hand."""
    return run.image_shape is not None and not run.image_shape.is_colour and is_ink_dark(pictures_of_map(run))


def pictures_of_map(run: Run) -> NDArray[np.uint8]:
    """Return the pictures of the stored map, (N, [3,] H, W), row by row from the top."""
    pixels, side, (height, width) = pixels_of(run.map()), run.summary["map"]["side"], run.dataset["event_shape"][-2:]
    rows = 1 if run.config.model.latent_size == 1 else side
    high, wide = pixels.shape[-2] // rows, pixels.shape[-1] // side
    top, left = (high - height) // 2, (wide - width) // 2  # a picture that is not square lies in the middle of its cell
    cells = pixels[..., : rows * high, : side * wide].reshape(-1, rows, high, side, wide)
    pictures = np.moveaxis(cells, (1, 3), (0, 1)).reshape(rows * side, *pixels.shape[:-2], high, wide)
    return pictures[..., top : top + height, left : left + width]


def umap_packet(run: Run) -> bytes:
    """Return the packet of the stored UMAP of the test set's means."""
    xy = run.projection("umap")
    shown = np.empty(0) if xy is None else xy[point_packets.sent(len(xy), run.config.model.latent_size)]
    return pack(f"{run_key(run)}/umap", {"xy": shown.astype("<f4").tobytes()})


def film_packet(run: Run) -> bytes:
    """Return the packet of the snapshots: one tall picture of grids, and the probes' means frame by frame."""
    frames = run.snapshots()
    shapes = {(frame["mu"].shape, frame["grid"].shape if "grid" in frame else (0,)) for frame in frames}
    count = next(iter(shapes))[1][0] if len(shapes) == 1 else 0
    side = math.isqrt(count)
    if not count or side**2 != count:
        raise RunError(MISSHAPEN, file="snapshots", run=run.id)
    grids = [mosaic_of(frame["grid"].reshape(side, side, *frame["grid"].shape[1:])) for frame in frames]
    mu = np.stack([frame["mu"] for frame in frames]).astype("<f4").tobytes()
    steps = [int(frame["step"]) for frame in frames]
    shrunk = math.ceil(grids[0].shape[-1] * max(len(grids) / TALLEST, 1 / LARGEST))
    picture = frame_file(np.concatenate([shrink(grid, shrunk) for grid in grids], axis=-2))
    return pack(f"{run_key(run)}/film", {"film": picture, "mu": mu}, steps=steps, side=side)
