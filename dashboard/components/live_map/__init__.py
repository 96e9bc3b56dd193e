"""The live latent map: one Streamlit component that decodes model.safetensors in the browser.

Two channels keep a move cheap: `carrier.carry` sends the heavy bytes once per page load, `latent_map` sends the few numbers that change.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.components import registry

HERE = Path(__file__).parent
KEY = "latent_map"


def latent_map(data: dict[str, Any], on_z: Callable[[], None], on_wanted: Callable[[], None]) -> NDArray[np.float64] | None:
    """Show the map and return the point where the map was released last, (d,), or None.

    Args:
        data: what live_map.js reads: run key, mode, z, revision, kl, ranges, order, names, colours, texts ...
        on_z: called when a new point has arrived.
        on_wanted: called when bytes are asked for that not everybody needs; `wanted()` says which.
    """
    result = registry.component("map", HERE / "live_map.js")(key=KEY, data=data, on_z_change=on_z, on_wanted_change=on_wanted)
    z = result.get("z")
    return None if z is None else np.asarray(z, float)


def wanted() -> str:
    """Return what the map has asked for, within `on_wanted`: film, drawing or umap."""
    return str(st.session_state[KEY].get("wanted"))
