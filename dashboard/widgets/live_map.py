"""The live map on a page: what it is told, and how a point that the hand let go of reaches session and address."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from dashboard.components import carrier, live_map, registry
from dashboard.components.live_map import message
from dashboard.i18n.names import class_names
from dashboard.i18n.texts import language, section, t, text_or
from dashboard.session import address, cache
from dashboard.session.point import chosen_point, set_point
from vae_core.data import sources
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=cache.KEY)
def _facts(run: Run) -> dict[str, Any]:
    return message.facts(run, cache.latents(run))


# What the browser asks for when it is needed, and the packets that answer.
ON_DEMAND = {"film": ("film",), "drawing": ("encoder", "images"), "umap": ("umap",)}


@st.cache_data(max_entries=12, show_spinner=False, hash_funcs=cache.KEY)
def _packet(run: Run, part: str, at_hand: str = "") -> bytes:
    """Return the bytes of a part; `at_hand` changes with what is at hand of the images, where they are in it."""
    if part in ("weights", "encoder", "images"):
        return getattr(message, part)(run, cache.latents(run))
    return getattr(message, part)(run)


def carry_picture(run: Run) -> None:
    """Send the stored mosaic, so that there is a picture before the weights arrive."""
    if message.is_drawable(run):
        carrier.carry("first", _packet(run, "first"))


def carry_weights(run: Run) -> None:
    """Send weights and points, and what was asked for on this page load."""
    if not message.is_drawable(run):
        return
    carrier.carry("weights", _packet(run, "weights"))
    asked = st.session_state.get("wanted", {})
    for part in [part for name, parts in ON_DEMAND.items() if asked.get(name) == run.id for part in parts]:
        carrier.carry(part, _packet(run, part, sources.fingerprint(run.config.data.dataset) if part == "images" else ""))


def _wanted(run_id: str) -> None:
    st.session_state["wanted"] = {**st.session_state.get("wanted", {}), live_map.wanted(): run_id}


def show(run: Run, mode: str) -> None:
    """Show the map in the mode of the landing page or of the Explore page."""
    if not message.is_drawable(run):
        st.info(t("explorer.not_pictures"))
        return
    d = run.config.model.latent_size
    z = chosen_point(d)
    told = {"z": z.tolist(), "revision": _revision(), "touched": "z" in st.session_state}
    words = {"texts": section("explorer") | words_of(run) | registry.refusals(), "names": class_names(run), "language": language()}
    how = {"mode": mode, "umap": has_umap(run)}
    released = live_map.latent_map({**_facts(run), **told, **words, **how}, on_z=partial(_released, d), on_wanted=partial(_wanted, run.id))
    # After a restart of the server the map tells where it is before this session has a callback to call.
    if released is not None and "z_released" not in st.session_state:
        _released(d)
        address.write_url()


def words_of(run: Run) -> dict[str, str]:
    """Return the words that depend on what the pictures show; a dataset without words of its own gets plain ones."""
    name = run.config.data.dataset
    return {kind: text_or(f"dataset.{name}.{kind}", t(f"dataset.other.{kind}")) for kind in ("draw", "framed", "things")}


def has_umap(run: Run) -> bool:
    """Tell whether a UMAP of more than two dimensions is stored; another page may have stored it since the run was read."""
    with suppress(RunError):
        return run.config.model.latent_size > 2 and run.projection("umap") is not None
    return False


def _revision() -> int:
    """Count the points that came from elsewhere: the map adopts z only then, since the hand is farther on when its own release returns."""
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
