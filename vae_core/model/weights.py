"""What model.safetensors holds, read without torch."""

from __future__ import annotations

import json
import math
import struct

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
