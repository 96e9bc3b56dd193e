"""The map of a run as one HTML file to share: it decodes, colours and selects without a server."""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from dashboard.components import album, column_packets, live_map, run_packets
from dashboard.components.html_file import html_file
from dashboard.components.run_views import alone
from dashboard.i18n.names import run_name
from dashboard.i18n.texts import in_language
from vae_core.evaluation.known_columns import known_columns
from vae_core.latent.latents import Latents
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run

MAX_BYTES = 6_000_000  # of the file, beyond which it holds no more than the map needs


def map_file(run: Run, language: str) -> str:
    """Return the map of a run as Explore shows it, as one HTML page that needs neither server nor network.

    Weights are rounded to half of their bytes, as in the story's file. What would make it larger than MAX_BYTES is left out whole, and
    what needs it is not shown: first columns of dimensions, then the film of training, the pad and its pictures, and other columns.

    Raises:
        RunError: the run is not finished or has no map, or a file of it is missing or damaged.
    """
    with in_language(language):
        return _written(run, run_packets.points_to_draw(run))


def _written(run: Run, points: Latents) -> str:
    told, name, lines = alone(run, points), run_name(run.name), run_packets.provenance(run)
    above = f"<header>\n<h1>{html.escape(name)}</h1>\n<p>{html.escape(' · '.join(lines))}</p>\n</header>\n"
    packets = [*_needed(run, points)]
    room = MAX_BYTES - len(html_file(live_map.HERE, name, told, packets, above).encode())
    taken = set()
    for part, parcels in _wanted(run, points, told):
        if (size := sum(len(parcel) * 4 // 3 + 100 for parcel in parcels)) <= room:
            room -= size
            packets += parcels
            taken.add(part)
    told["columns"] = [column for column in told["columns"] if column["name"] == "class" or f"column/{column['name']}" in taken]
    told["umap"], told["has_film"] = "umap" in taken, "film" in taken
    kinds = {column.name: column.kind for column in known_columns(run)}
    told["sets"]["columns"] = [{"name": one["name"], "kind": kinds[one["name"]]} for one in told["columns"] if one["name"] != "class"]
    told["absent"] = ["answers"]
    told["absent"] += ["row"] if "draw" in taken else ["row", "draw"]
    return html_file(live_map.HERE, name, told, packets, above)


def _needed(run: Run, points: Latents) -> Iterator[bytes]:
    """Yield the packets without which there is no map."""
    yield run_packets.points_packet(run, points)
    yield run_packets.picture_packet(run)
    yield run_packets.weights_packet(run, is_halved=True)
    if run.has_normal_prior:
        yield run_packets.trust_packet(run, points)


def _wanted(run: Run, points: Latents, told: dict[str, Any]) -> Iterator[tuple[str, list[bytes]]]:
    """Yield what else there is, by name, what is missed most first."""
    if told["umap"]:
        yield "umap", [run_packets.umap_packet(run)]
    names = {column["name"] for column in told["columns"] if column["group"] != "place"} - {"class"}  # places take seconds to compute
    columns = [column for column in known_columns(run) if column.name in names]
    for column in columns:
        if column.group != "dimension":
            yield f"column/{column.name}", [column_packets.column_packet(run, column)]
    yield "draw", [run_packets.encoder_packet(run, points, is_halved=True), album.album_packet(run, points)]
    if told["has_film"]:
        with suppress(RunError):  # the frames are damaged: then there is no film
            yield "film", [run_packets.film_packet(run)]
    for column in columns:
        if column.group == "dimension":
            yield f"column/{column.name}", [column_packets.column_packet(run, column)]
