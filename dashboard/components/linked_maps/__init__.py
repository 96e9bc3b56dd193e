"""The maps of several runs side by side: pointing at an image in one marks it in all. It runs in the browser."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.components import carrier, point_packets, registry
from dashboard.components.packet import pack
from dashboard.components.training_film.packets import LEAST_REACH
from dashboard.figures.colours import class_colours
from dashboard.i18n.texts import language, section
from dashboard.session.selection import Ranges
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
    selections: Sequence[Ranges] = (),
    on_selected: Callable[[], None] = lambda: None,
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
        selections: of row numbers; images of any of them are shown in full and all others faintly, where there are any.
        on_selected: called when images were lassoed; `session.selection` keeps them.
    """
    flat = np.concatenate(maps, 1).astype("<f4")
    chosen = np.arange(len(rows))[point_packets.sent(*flat.shape)]
    blobs, facts = point_packets.blobs_of(Latents(flat, flat, labels, rows))
    blobs["costs"] = b"".join(cost[chosen].astype("<f4").tobytes() for cost in costs if cost is not None)
    named = point_packets.names([files[n] for n in chosen] if files else [])
    name = (
        "twins/" + hashlib.sha256(b"".join([*blobs.values(), *(one.encode(errors="replace") for one in named["files"])])).hexdigest()[:16]
    )
    carrier.carry(key, pack(name, blobs, **named, **facts))
    reach = max(LEAST_REACH, 1.06 * float(np.quantile(np.abs(flat), 0.9995)))  # all points but a wild one or two
    data = {
        "packet": name,
        "maps": [{"name": above, "words": below} for above, below in words],
        "priced": [cost is not None for cost in costs],
        "names": list(class_names),
        "colours": class_colours(len(class_names)),
        "reach": reach,
        "selections": selections,
        "texts": section("twins"),
        "language": language(),
    }
    registry.component("twins", HERE / "linked_maps.js")(key=f"{key}/maps", data=data, on_selected_change=on_selected)
