"""What model.safetensors holds, read without torch."""

from __future__ import annotations

import json
import math
import struct

import numpy as np

from vae_core.registries import traits
from vae_core.storage.reading import Unreadable, tensors_of

MOST_LOG_SIGMA = 300.0  # beyond it a standard deviation is 0 or infinite in a float


def noise_sigma(weights: bytes, likelihood: str, quantum: float) -> float | None:
    """Return the standard deviation of the pixels' noise, learned or fixed; None where the likelihood has none.

    Args:
        weights: the bytes of model.safetensors.
        likelihood: its name; a learned variance has a floor, see likelihoods.LearntGaussian.
        quantum: distance between two grey levels, which sets the floor.

    Raises:
        Unreadable: the number is not finite.
    """
    header, start = tensors_of(weights)
    if "likelihood.log_sigma" not in header:
        return None
    begin, end = header["likelihood.log_sigma"]["data_offsets"]
    value = struct.unpack_from("<f", weights, start + begin)[0] if end - begin == 4 else math.nan
    if not abs(value) < MOST_LOG_SIGMA:
        raise Unreadable("{tensor} holds a number that is not finite", tensor="likelihood.log_sigma")
    floor = quantum**2 / 12 if traits("likelihood", likelihood).get("learns_sigma") else 0.0
    return math.sqrt(math.exp(2 * value) + floor)


def part_of(weights: bytes, *, is_encoder: bool) -> bytes:
    """Return the same safetensors file with the tensors of the encoder alone, or with all others: half of the bytes."""
    header, start = tensors_of(weights)
    kept, blobs, at = {"__metadata__": header.pop("__metadata__", {})}, [], 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        if name.startswith("encoder.") == is_encoder:
            begin, end = entry["data_offsets"]
            kept[name] = {**entry, "data_offsets": [at, at + end - begin]}
            blobs.append(weights[start + begin : start + end])
            at += end - begin
    text = json.dumps(kept).encode()
    return struct.pack("<Q", len(text)) + text + b"".join(blobs)


def halved(weights: bytes) -> bytes:
    """Return the same safetensors file with every number of 32 bits rounded to 16: eleven binary digits are kept.

    Raises:
        ValueError: a number is too large for that.
    """
    header, start = tensors_of(weights)
    kept, blobs, at = {"__metadata__": header.pop("__metadata__", {})}, [], 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = entry["data_offsets"]
        values = np.frombuffer(weights, "<f4", (end - begin) // 4, start + begin)
        if np.abs(values).max(initial=0.0) > np.finfo(np.float16).max:
            raise ValueError(f"{name} holds numbers that 16 bits cannot hold.")
        blobs.append(values.astype("<f2").tobytes())
        kept[name] = {**entry, "dtype": "F16", "data_offsets": [at, at := at + len(blobs[-1])]}
    text = json.dumps(kept).encode()
    return struct.pack("<Q", len(text)) + text + b"".join(blobs)
