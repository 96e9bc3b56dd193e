"""The live latent map: one Streamlit component that decodes model.safetensors in the browser, and the hidden one that carries the bytes.

Two channels keep a move cheap: `carry` sends the heavy bytes once per page load, `latent_map` sends the few numbers that change.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.components import bundle

HERE = Path(__file__).parent
KEY = "latent_map"
DECODER = bundle.scripts(HERE, "safetensors", "layers", "network", "decoder")  # model.safetensors in the browser
FILES = (bundle.STAGE, *DECODER, *bundle.scripts(
    HERE, "space", "framing", "nats", "paint", "ground", "chore", "words", "badge", "film", "path", "pad", "album", "posterior",
    "bill", "drawing", "umap", "packets", "hand", "controls", "server", "explorer",
))  # fmt: skip


@cache
def _loader() -> Any:
    return st.components.v2.component("latent_lens_loader", js=(HERE / "loader.js").read_text(encoding="utf-8"), isolate_styles=False)


def carry(part: str, packet: bytes) -> None:
    """Send a packet to the browser, once per page load; the map finds it under its key, and it stays through page switches."""
    _loader()(key=f"carry/{part}", data=packet)


def latent_map(data: dict[str, Any], on_z: Callable[[], None], on_wanted: Callable[[], None]) -> NDArray[np.float64] | None:
    """Show the map and return the point that the hand let go of last, (d,), or None.

    Args:
        data: what explorer.js reads: run key, mode, z, revision, kl, ranges, order, names, colours, texts ...
        on_z: called when a new point has arrived.
        on_wanted: called when bytes are asked for that not everybody needs; `wanted()` says which.
    """
    result = bundle.component("map", FILES)(key=KEY, data=data, on_z_change=on_z, on_wanted_change=on_wanted)
    z = result.get("z")
    return None if z is None else np.asarray(z, float)


def wanted() -> str:
    """Return what the map has asked for, within `on_wanted`: film, drawing or umap."""
    return str(st.session_state[KEY].get("wanted"))
