"""Which of the points that the browser has are chosen, and which are in the kept sets, on their way to the browser."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence

import numpy as np

from dashboard.components.packet import pack
from dashboard.components.point_packets import sent
from vae_core.data.ranges import contains
from vae_core.latent.latents import Latents
from vae_core.latent.regions import Mask
from vae_core.runs.selections import MOST, Selection


def key_of(run_key: str, kind: str, content: bytes) -> str:
    """Return under which key a packet of this content travels, "choice" or "sets"."""
    return f"{run_key}/{kind}/{hashlib.sha256(content).hexdigest()[:16]}"


def choice_packet(run_key: str, points: Latents, mask: Mask) -> tuple[str, bytes]:
    """Return key and packet of a choice (N,): eight of the points that were sent to a byte."""
    bits = np.packbits(mask[sent(*points.mu.shape)]).tobytes()
    key = key_of(run_key, "choice", bits)
    return key, pack(key, {"bits": bits})


def sets_packet(run_key: str, points: Latents, sets: Sequence[Selection]) -> tuple[str, bytes]:
    """Return key and packet of the kept sets: a byte for each point that was sent, whose bit n says whether it is in the n-th set."""
    rows = points.rows[sent(*points.mu.shape)]
    marks = np.zeros(len(rows), np.uint8)
    for n, one in enumerate(sets[:MOST]):
        marks |= contains(one.ranges, rows).astype(np.uint8) << np.uint8(n)
    key = key_of(run_key, "sets", marks.tobytes())
    return key, pack(key, {"marks": marks.tobytes()})


def mask_of(points: Latents, text: object) -> Mask | None:
    """Return which test images, (N,), a text from the browser holds, which has those that were sent; None where it is no such text."""
    count, at = len(points.mu), sent(*points.mu.shape)
    if (bits := unpacked(text, count if isinstance(at, slice) else len(at))) is None:
        return None
    mask = np.zeros(count, bool)
    mask[at] = bits
    return mask


def unpacked(text: object, n: int) -> Mask | None:
    """Return which of n points, (n,), a text from the browser holds: base64 of eight points to a byte; None where it is no such text."""
    size = -(-n // 8)
    if not isinstance(text, str) or len(text) != 4 * -(-size // 3):
        return None
    try:
        bits = np.frombuffer(base64.b64decode(text, validate=True), np.uint8)
    except binascii.Error:
        return None
    return np.unpackbits(bits, count=n).astype(bool) if len(bits) == size else None
