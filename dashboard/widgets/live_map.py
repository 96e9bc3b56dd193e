"""The live map on a page: the bytes and numbers that it gets, and the way of a chosen point into session and address."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from dashboard.components import album, carrier, live_map, run_packets
from dashboard.i18n.texts import t
from dashboard.session import address, cache
from dashboard.session.point import chosen_point, set_point
from dashboard.widgets.stage_look import choose_look, look
from vae_core.data import sources
from vae_core.runs.run import Run

# What the browser asks for when it is needed, and the packets that answer.
ON_DEMAND = {"film": ("film",), "drawing": ("encoder", "images"), "umap": ("umap",)}


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=cache.KEY)
def _facts(run: Run) -> dict[str, Any]:
    return run_packets.run_facts(run, cache.latents(run))


@st.cache_data(max_entries=12, show_spinner=False, hash_funcs=cache.KEY)
def _packet(run: Run, part: str, fingerprint: str = "") -> bytes:
    """Return the bytes of a part; `fingerprint` changes when other images of the dataset become available."""
    match part:
        case "first":
            return run_packets.picture_packet(run)
        case "weights":
            return run_packets.weights_packet(run)
        case "points":
            return run_packets.points_packet(run, cache.latents(run))
        case "trust":
            return run_packets.trust_packet(run, cache.latents(run))
        case "encoder":
            return run_packets.encoder_packet(run, cache.latents(run))
        case "images":
            return album.album_packet(run, cache.latents(run))
        case "umap":
            return run_packets.umap_packet(run)
        case _:
            return run_packets.film_packet(run)


def carry_picture(run: Run) -> None:
    """Send points and the stored mosaic, so that there is a picture in its colours before the weights arrive."""
    if not run_packets.is_drawable(run):
        return
    for part in ("points", "first"):
        carrier.carry(part, _packet(run, part))


def carry_weights(run: Run) -> None:
    """Send the weights, where the map may be trusted, and what was asked for on this page load."""
    if not run_packets.is_drawable(run):
        return
    carrier.carry("weights", _packet(run, "weights"))
    if run.has_normal_prior:
        carrier.carry("trust", _packet(run, "trust"))
    asked = st.session_state.get("wanted", {})
    for part in [part for name, parts in ON_DEMAND.items() if asked.get(name) == run.id for part in parts]:
        carrier.carry(part, _packet(run, part, sources.fingerprint(run.config.data.dataset) if part == "images" else ""))


def _wanted(run_id: str) -> None:
    st.session_state["wanted"] = {**st.session_state.get("wanted", {}), live_map.said("wanted"): run_id}


def show(run: Run, mode: str) -> None:
    """Show the map in the mode of the landing page or of the Explore page."""
    if not run_packets.is_drawable(run):
        st.info(t("live_map.not_pictures"))
        return
    d = run.config.model.latent_size
    session = {"mode": mode, "look": look(), "z": chosen_point(d).tolist(), "revision": _revision(), "touched": "z" in st.session_state}
    data = run_packets.map_data(run, _facts(run), session)
    if mode == "landing":
        data["texts"] |= run_packets.stage_words(run)
    heard: dict[str, Callable[[], None]] = {"on_z": partial(_released, d), "on_wanted": partial(_wanted, run.id)}
    heard |= {"on_door": _at_the_door, "on_look": _looked}
    released = live_map.latent_map(data, **heard)
    # After a restart of the server the map sends its point before this session has a callback to call.
    if released is not None and "z_released" not in st.session_state:
        _released(d)
        address.write_url()


def _at_the_door() -> None:
    st.session_state["door"] = live_map.said("door")


def _looked() -> None:
    choose_look(live_map.said("look"))
    address.keep_address()


def _revision() -> int:
    """Count the points that were not chosen on the map: it takes over only those, since its own has moved on before it comes back."""
    session, z = st.session_state, st.session_state.get("z", "")
    if z not in (session.get("z_shown", ""), session.get("z_released")):
        session["z_revision"] = session.get("z_revision", 0) + 1
    session["z_shown"] = z
    return int(session.get("z_revision", 0))


def _released(d: int) -> None:
    z = st.session_state["latent_map"].get("z")
    if z is not None and len(z) == d and np.isfinite(z).all():
        set_point(np.asarray(z, float))
        st.session_state["z_released"] = st.session_state["z"]
