"""The packets of a run by their names, as the browser asks for them."""

from __future__ import annotations

from dashboard.components import album, column_packets, run_packets
from vae_core.evaluation.known_columns import known_columns
from vae_core.latent.latents import Latents
from vae_core.runs.run import Run

MAP = ("points", "first", "weights", "trust")  # without which there is no map; trust where the prior is a bell curve
# What the browser asks for when it is needed, and the packets that answer.
ON_DEMAND = {"film": ("film",), "drawing": ("encoder", "images"), "umap": ("umap",)}


def part_packet(run: Run, points: Latents, part: str) -> bytes:
    """Return the packet of a part: one of those above, "row/123" of an image, or "column/kl" by which points are coloured.

    Raises:
        RunError: a file of the run is missing or damaged, or the image is not at hand.
        KeyError: there is no such part.
    """
    kind, _, name = part.partition("/")
    match kind:
        case "row":
            return album.row_packet(run, int(name))
        case "column":
            return column_packets.column_packet(run, {column.name: column for column in known_columns(run)}[name])
        case "first":
            return run_packets.picture_packet(run)
        case "weights":
            return run_packets.weights_packet(run)
        case "points":
            return run_packets.points_packet(run, points)
        case "trust":
            return run_packets.trust_packet(run, points)
        case "encoder":
            return run_packets.encoder_packet(run, points)
        case "images":
            return album.album_packet(run, points)
        case "umap":
            return run_packets.umap_packet(run)
        case "film":
            return run_packets.film_packet(run)
    raise KeyError(part)
