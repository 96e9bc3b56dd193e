"""The maps of several runs side by side: pointing at an image in one marks it in all. It runs in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.components import carrier, point_packets, registry
from dashboard.components.packet import pack
from dashboard.components.point_sets import PointSets, choice_words, take_choice
from dashboard.components.training_film.packets import LEAST_REACH
from dashboard.figures.colours import class_colours
from dashboard.i18n.texts import language, section
from dashboard.session import cache
from vae_core.latent.latents import Latents

HERE = Path(__file__).parent


def show(
    maps: Sequence[NDArray[Any]],
    words: Sequence[tuple[str, str]],
    rows: NDArray[Any],
    labels: NDArray[Any] | None,
    class_names: Sequence[str],
    costs: Sequence[NDArray[Any] | None],
    files: Sequence[str] = (),
    key: str = "twins",
    sets: PointSets | None = None,
) -> None:
    """Show maps of the same images.

    Args:
        maps: (N, 2) each, already aligned with the first one.
        words: what stands above and below each map.
        rows, labels: the images' row numbers and classes, (N,), or no classes.
        class_names: names of the classes.
        costs: nats per image (N,), or None where they are not computed.
        files: what the images' files are called, (N,), or nothing.
        key: one per page.
        sets: which sets and which choice hold the points, and what becomes of a lasso; see widgets/point_choice.py.
    """
    named = "\0".join(files) if any(files) else ""
    name, packet, reach = _packet(cache.digest(maps, rows, labels, costs, named), maps, rows, labels, costs, named)
    carrier.carry(key, packet)
    points = rows[point_packets.sent(len(rows), 2 * len(maps))]
    data = {
        "packet": name,
        "maps": [{"name": above, "words": below} for above, below in words],
        "priced": [cost is not None for cost in costs],
        "names": list(class_names),
        "colours": class_colours(len(class_names)),
        "reach": reach,
        "sets": sets.told(points) if sets else {},
        "texts": choice_words() | section("twins"),
        "language": language(),
    }
    heard = partial(take_choice, f"{key}/maps", sets, points)
    registry.component("twins", HERE / "linked_maps.js")(key=f"{key}/maps", data=data, on_choice_change=heard)


@st.cache_data(max_entries=16, show_spinner=False)
def _packet(
    mark: str,
    _maps: Sequence[NDArray[Any]],
    _rows: NDArray[Any],
    _labels: NDArray[Any] | None,
    _costs: Sequence[NDArray[Any] | None],
    _files: str,
) -> tuple[str, bytes, float]:
    """Return the name of the maps' packet, the packet, and where the maps end; `mark` tells all the values apart."""
    flat, name, named = np.concatenate(_maps, 1).astype("<f4"), f"twins/{mark[:16]}", _files.split("\0")
    chosen = np.arange(len(_rows))[point_packets.sent(*flat.shape)]
    blobs, facts = point_packets.blobs_of(Latents(flat, flat, _labels, _rows))
    blobs["costs"] = b"".join(cost[chosen].astype("<f4").tobytes() for cost in _costs if cost is not None)
    reach = max(LEAST_REACH, 1.06 * float(np.quantile(np.abs(flat), 0.9995)))  # all points but a wild one or two
    files = point_packets.names([named[n] for n in chosen] if _files else [])
    return name, pack(name, blobs, **files, **facts), reach
