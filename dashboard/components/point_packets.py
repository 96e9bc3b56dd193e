"""Where test images lie, on its way to the browser: as stored up to MANY of them, beyond that in as few bytes as the screen can show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vae_core.arrays import Floats, Ints
from vae_core.latent import aggregate_posterior
from vae_core.latent.latents import Latents

MANY = 70_000  # images up to which every number is sent as it is stored; js/engine/grid_index.js has the same
MOST_BYTES = 3_500_000  # of coordinates: a million images in two dimensions
POSTERIORS = 20_000  # of many images, from which the browser works out q(z)
MOST_LETTERS = 1_500_000  # of the names of all files: beyond that a map would wait for them longer than for its points
BITS = 14  # of a quantised number
OUTSIDE = 2**BITS - 1  # the code of a number that follows apart
NIBBLES = 16  # classes, up to which two labels share a byte


def sent(count: int, d: int) -> Ints | slice:
    """Return which of so many images are sent: all whose coordinates fit into MOST_BYTES, else as many as do, drawn by a fixed seed."""
    most = 8 * MOST_BYTES // (BITS * d)
    return slice(None) if count <= max(MANY, most) else _drawn(count, most)


def _drawn(count: int, most: int) -> Ints:
    return np.sort(np.random.default_rng(0).choice(count, most, replace=False)).astype(np.int64)


def blobs_of(points: Latents) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Return the parts of a packet of points, which js/engine/point_packet.js takes apart, and the facts beside them."""
    count, d = points.mu.shape
    labels = b"" if points.labels is None else points.labels.astype("<i4").tobytes()
    if count <= MANY:
        return {"mu": points.mu.astype("<f4").tobytes(), "labels": labels, "rows": points.rows.astype("<i4").tobytes()}, {}
    chosen = sent(count, d)
    blobs, box = quantised(points.mu[chosen])
    if points.labels is not None:
        blobs["labels"] = narrow(points.labels[chosen])
    rows = points.rows[chosen]
    facts = {"box": box.tolist(), "count": len(rows), "of": count, "first": int(rows[0])}
    is_ascending = (np.diff(rows) > 0).all()  # as those of every run are: see vae_core.data.dataset.split
    blobs |= {"gaps": gaps(rows)} if is_ascending else {"rows": rows.astype("<i4").tobytes()}
    return {"labels": b"", **blobs}, facts


def quantised(mu: Floats) -> tuple[dict[str, bytes], Floats]:
    """Return coordinates (N, d) in BITS each, and the box (2, d) over which they count: where the central 99 % of each lie.

    A map opens on a window no narrower than 1.08 times this box and enlarges it 40 times at most (js/canvas/view.js), so that a point,
    which is drawn larger than a pixel, lies within one of its place at the closest zoom on every map up to 884 pixels across, and within a
    fortieth of one as the map opens. What lies outside the box follows as it is stored.
    """
    low, high = np.quantile(mu, [0.005, 0.995], axis=0)
    low, size = low.astype(np.float32), np.maximum(high - low, 1e-6).astype(np.float32)
    codes = np.rint((mu - low.astype(np.float64)) / size * (OUTSIDE - 1))
    is_outside = ~((codes >= 0) & (codes < OUTSIDE))
    codes[is_outside] = OUTSIDE
    return {"codes": joined(codes), "outside": mu[is_outside].astype("<f4").tobytes()}, np.stack([low, size])


def joined(codes: Floats) -> bytes:
    """Return whole numbers of BITS each, one after another from the lowest bit on: four in seven bytes."""
    fours = np.zeros((-(-codes.size // 4), 4), np.uint64)
    fours.reshape(-1)[: codes.size] = codes.reshape(-1)
    shifted = fours << (BITS * np.arange(4, dtype=np.uint64))
    return np.bitwise_or.reduce(shifted, 1).astype("<u8").view(np.uint8).reshape(-1, 8)[:, :7].tobytes()


def names(files: Sequence[str]) -> dict[str, Any]:
    """Return the facts of what the images' files are called: nothing where no name is known, their letters where these are too many."""
    letters = sum(map(len, files))
    return {"files": [], "unnamed": letters} if letters > MOST_LETTERS else {"files": list(files) if letters else []}


def narrow(labels: Ints) -> bytes:
    """Return labels in four bits each (the first in the low ones), in a byte or in four, whichever holds them."""
    if labels.min() < 0 or labels.max() >= 256:
        return bytes(labels.astype("<i4").tobytes())
    short = labels.astype(np.uint8)
    if short.max() >= NIBBLES:
        return short.tobytes()
    padded = np.append(short, np.zeros(len(short) % 2, np.uint8))
    return bytes((padded[::2] | padded[1::2] << 4).tobytes())


def gaps(rows: Ints) -> bytes:
    """Return how far each row number lies from the one before, a byte each of which 255 goes on in the next; nothing where all are 1."""
    steps = np.diff(rows)
    if (steps == 1).all():
        return b""
    ends = np.cumsum(steps // 255 + 1) - 1
    coded = np.full(ends[-1] + 1, 255, np.uint8)
    coded[ends] = steps % 255
    return coded.tobytes()


def trusted(points: Latents) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Return by which posteriors the browser works out q(z), and how log q/p is spread over the images' own places.

    Of many images these are POSTERIORS of those that are sent, drawn by a fixed seed; `error` is the median error, in nats, that this
    gives log q(z) where images lie.
    """
    count, d = points.mu.shape
    mu, log_var = points.mu, points.log_var
    blobs: dict[str, bytes] = {}
    facts: dict[str, Any] = {}
    if count > MANY:
        chosen = sent(count, d)
        mu, log_var = mu[chosen], log_var[chosen]
        rows = _drawn(len(mu), min(POSTERIORS, len(mu)))
        mu, log_var = mu[rows], log_var[rows]
        blobs, facts = {"gaps": gaps(rows)}, {"of": count, "first": int(rows[0]), "count": len(rows)}
    quantiles = aggregate_posterior.calibration(mu, log_var)
    facts |= {"quantiles": quantiles.tolist(), "rim": aggregate_posterior.rim(d)}
    if not blobs:
        return {"log_var": log_var.astype("<f4").tobytes()}, facts
    if len(quantiles):  # an autoencoder has no spread, and no fog
        spreads, box = quantised(log_var)
        blobs, facts = blobs | spreads, facts | {"box": box.tolist(), "error": aggregate_posterior.sampling_error(mu, log_var)}
    return blobs, facts
