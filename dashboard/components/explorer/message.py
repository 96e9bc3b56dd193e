"""What the browser is told about a run: small facts with every word, and the heavy bytes part by part. No Streamlit here."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

from dashboard.figures.colours import class_colour
from vae_core.latents import ASLEEP, Latents, png, principal_axes, tile
from vae_core.runs import Run

LEAST_RANGE = 2.0  # standard deviations of the prior that every slider spans at least


def run_key(run: Run) -> str:
    """Return a name for the run's bytes that changes when they do."""
    return f"{run.id}@{run.weights_sha256[:12]}"


def is_drawable(run: Run) -> bool:
    """Tell whether the run's data are pictures, which the map can draw."""
    return bool(run.summary) and len(run.dataset["event_shape"]) == 2


def facts(run: Run, points: Latents) -> dict[str, Any]:
    """Return what the map needs to know of a run, all of it small and JSON-ready."""
    kl = points.kl_per_dim
    d, model = len(kl), run.config.model
    low, high = points.quantiles()
    mosaic = run.summary["mosaic"]
    names = [str(name) for name in run.dataset.get("class_names", [])]
    return {
        "run": run_key(run),
        "kl": kl.tolist(),
        "asleep": ASLEEP,
        "order": np.argsort(-kl, kind="stable").tolist(),
        "ranges": np.stack([np.minimum(low, -LEAST_RANGE), np.maximum(high, LEAST_RANGE)], 1).round(2).tolist(),
        "axes": principal_axes(points.mu.astype(np.float64)).directions.tolist() if d > 2 else None,
        "names": names,
        "has_labels": points.labels is not None,
        "colours": [class_colour(index) for index in range(max(1, len(names)))],
        "dims": mosaic["dims"],
        "map": run.summary["map"],
        "sigma": noise(run),
        "reach": run.summary.get("reach"),
        "support": {"bernoulli": "binary", "continuous-bernoulli": "unit"}.get(model.likelihood, "real"),
        "has_film": d == 2 and len(list((run.path / "snapshots").glob("[0-9]*.npz"))) > 1,
    }


def noise(run: Run) -> float | None:
    """Return the standard deviation of the pixels' noise as it stands in the weights, learnt or fixed; None where the likelihood has none.

    Read without torch; a learnt variance has a floor, see vae_core.likelihoods.LearntGaussian.
    """
    header, start = safetensors_header(data := run.weights())
    if "likelihood.log_sigma" not in header:
        return None
    at = start + header["likelihood.log_sigma"]["data_offsets"][0]
    floor = run.dataset["divisor"] ** -2 / 12 if run.config.model.likelihood == "gaussian-learnt" else 0.0
    return float(np.sqrt(np.exp(2 * struct.unpack_from("<f", data, at)[0]) + floor))


def safetensors_header(weights: bytes) -> tuple[dict[str, Any], int]:
    """Return the JSON header of a safetensors file and where its tensors begin."""
    size = struct.unpack_from("<Q", weights)[0]
    return json.loads(weights[8 : 8 + size]), 8 + size


def packet(key: str, blobs: dict[str, bytes], **small: Any) -> bytes:
    """Join blobs and small facts into the bytes that loader.js takes apart: length, JSON header, blobs one after another."""
    header = json.dumps({"key": key, "sizes": [[name, len(blob)] for name, blob in blobs.items()], **small}).encode()
    return struct.pack("<I", len(header)) + header + b"".join(blobs.values())


def first(run: Run) -> bytes:
    """Return the packet of the stored map, the picture before the weights arrive."""
    return packet(f"{run_key(run)}/first", {"map": run.map()})


def weights(run: Run, points: Latents) -> bytes:
    """Return the packet of the weights and the test set's means."""
    labels = b"" if points.labels is None else points.labels.astype("<i4").tobytes()
    blobs = {"mu": points.mu.astype("<f4").tobytes(), "labels": labels, "rows": points.rows.astype("<i4").tobytes()}
    return packet(f"{run_key(run)}/weights", {**blobs, "weights": decoder_only(run.weights())})


def decoder_only(weights: bytes) -> bytes:
    """Return the same safetensors file without the encoder's tensors: half of the bytes, and all that drawing needs."""
    header, start = safetensors_header(weights)
    kept, blobs, at = {"__metadata__": header.pop("__metadata__")}, [], 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        if not name.startswith("encoder."):
            begin, end = entry["data_offsets"]
            kept[name] = {**entry, "data_offsets": [at, at + end - begin]}
            blobs.append(weights[start + begin : start + end])
            at += end - begin
    text = json.dumps(kept).encode()
    return struct.pack("<Q", len(text)) + text + b"".join(blobs)


def film(run: Run) -> bytes:
    """Return the packet of the snapshots: one tall PNG of grids, and the probes' means frame by frame."""
    frames = run.snapshots()
    side = int(len(frames[0]["grid"]) ** 0.5)
    grids = [tile(frame["grid"].reshape(side, side, *frame["grid"].shape[1:]) / 255) for frame in frames]
    mu = np.stack([frame["mu"] for frame in frames]).astype("<f4").tobytes()
    steps = [int(frame["step"]) for frame in frames]
    return packet(f"{run_key(run)}/film", {"film": png(np.concatenate(grids)), "mu": mu}, steps=steps)
