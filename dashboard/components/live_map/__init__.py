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


def latent_map(data: dict[str, Any], **heard: Callable[[], None]) -> NDArray[np.float64] | None:
    """Show the map and return the point where the map was released last, (d,), or None.

    Args:
        data: what live_map.js reads: run key, mode, z, revision, kl, ranges, order, names, colours, texts ...
        heard: what is called when the map has something to say: on_z when a new point has arrived, on_wanted when bytes are asked for that
            not everybody needs, on_layout when an Explore page has been laid out otherwise (`layout` says how), on_door when a door of the
            landing page was pressed, on_look when the stage is to look otherwise; of wanted, door and look `said` says which; on_sets when
            images are chosen or a set of them changed (`asked_of_sets` says how).
    """
    result = registry.component("map", HERE / "live_map.js")(key=KEY, data=data, **{f"{name}_change": act for name, act in heard.items()})
    z = result.get("z")
    return None if z is None else np.asarray(z, float)


def said(name: str) -> str:
    """Return what the map has said, within what is called for it: wanted (film, drawing, umap), door (story, draw, data), look."""
    return str(st.session_state[KEY].get(name))


def layout() -> dict[str, Any]:
    """Return how an Explore page has been laid out, within `on_layout`: texts by name, and the serial number of the message."""
    told = st.session_state[KEY].get("layout")
    return told if isinstance(told, dict) else {}


def asked_of_sets() -> dict[str, Any]:
    """Return what the map asks for of sets of images, within `on_sets`: what to do, and a serial number."""
    asked = st.session_state[KEY].get("sets")
    return asked if isinstance(asked, dict) else {}
