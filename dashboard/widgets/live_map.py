"""The live map on a page: the bytes and numbers that it gets, and the way of a chosen point into session and address."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from dashboard.components import carrier, live_map, parts, run_packets
from dashboard.components.run_views import run_views
from dashboard.i18n.texts import t
from dashboard.session import address, cache, workspace
from dashboard.session.point import chosen_point, set_point
from dashboard.widgets import map_sets
from dashboard.widgets.stage_look import choose_look, look
from vae_core.data import sources
from vae_core.evaluation import known_columns
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run

COLUMN, MOST_COLUMNS = "column", 8  # so many by which points are coloured, of one run, are kept on their way
ROW = "row"  # of the image that was asked for


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=cache.KEY)
def facts(run: Run) -> dict[str, Any]:
    """Return the numbers that components in the browser need of a run."""
    return run_packets.run_facts(run, cache.latents(run))


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=cache.KEY)
def _views(run: Run, mark: str) -> dict[str, Any]:
    """Return how the points may be seen."""
    return run_views(run, cache.latents(run))


def _columns_mark(run: Run) -> str:
    """Return what changes when other images, what is kept beside them, or what they cost a run become available."""
    return f"{sources.fingerprint(run.config.data.dataset)}/{known_columns.mark(run)}"


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=cache.KEY)
def packet(run: Run, part: str, fingerprint: str = "") -> bytes:
    """Return the bytes of a part; `fingerprint` changes when other images of the dataset become available."""
    return parts.part_packet(run, cache.latents(run), part)


def carry_picture(run: Run) -> None:
    """Send points, what is chosen of them, and the stored mosaic, so that there is a picture in its colours before the weights arrive."""
    if not run_packets.is_drawable(run):
        return
    for part in ("points", "first"):
        carrier.carry(part, packet(run, part))
    map_sets.carry(run)


def carry_weights(run: Run) -> None:
    """Send the weights, where the map may be trusted, and what was asked for on this page load."""
    if not run_packets.is_drawable(run):
        return
    carrier.carry("weights", packet(run, "weights"))
    if run.has_normal_prior:
        carrier.carry("trust", packet(run, "trust"))
    asked = st.session_state.get("wanted", {})
    for part in [part for name, several in parts.ON_DEMAND.items() if asked.get(name) == run.id for part in several]:
        carrier.carry(part, packet(run, part, sources.fingerprint(run.config.data.dataset) if part == "images" else ""))
    for column in _columns_asked(run):
        carrier.carry(f"{COLUMN}/{column}", packet(run, f"{COLUMN}/{column}", _columns_mark(run)))
    if (row := asked.get(ROW)) and row[0] == run.id and row[1] in cache.latents(run).rows:
        with suppress(RunError):  # the image has gone: then nothing comes
            carrier.carry(ROW, packet(run, f"row/{row[1]}", sources.fingerprint(run.config.data.dataset)))


def _columns_asked(run: Run) -> tuple[str, ...]:
    """Return by which columns the points of a run were coloured of late, in the order in which they were chosen first."""
    owner, columns = st.session_state.get("wanted", {}).get(COLUMN) or ("", ())
    if owner != run.id:
        return ()
    known = {column["name"] for column in _views(run, _columns_mark(run))["columns"]}
    return tuple(column for column in columns if column in known)  # what is kept beside the images may have gone


def _wanted(run_id: str) -> None:
    """Keep what the browser asks for; of an image by its row, "row/123", which one."""
    kind, _, row = live_map.said("wanted").partition("/")
    asked: object = run_id if kind != ROW else (run_id, int(row)) if row.isascii() and row.isdigit() and len(row) < 10 else None
    st.session_state["wanted"] = {**st.session_state.get("wanted", {}), kind: asked}


def show(run: Run, preset: str = "") -> None:
    """Show the map as on the landing page, or as one of the pages of Explore."""
    if not run_packets.is_drawable(run):
        st.info(t("live_map.not_pictures"))
        return
    d = run.config.model.latent_size
    session = {"look": look(), "z": chosen_point(d).tolist(), "revision": _revision(), "touched": "z" in st.session_state}
    session |= _layout(run, preset) if preset else {"mode": "landing"}
    data = run_packets.map_data(run, facts(run), session)
    if not preset:
        data["texts"] |= run_packets.stage_words(run)
    heard: dict[str, Callable[[], None]] = {"on_z": partial(_released, d), "on_wanted": partial(_wanted, run.id)}
    if preset:
        data["sets"] = map_sets.told(run)
        heard |= {"on_layout": partial(_laid_out, preset), "on_sets": partial(map_sets.heard, run)}
    else:
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


def _layout(run: Run, preset: str) -> dict[str, Any]:
    """Return what a page of Explore is told beside the landing page, and keep its layout in the address."""
    views = _views(run, _columns_mark(run))
    counts = {column["name"]: column.get("count", 0) for column in views["columns"]}
    known = workspace.Known(run.config.model.latent_size, counts, run_packets.has_umap(run))
    layout = workspace.laid_out(preset, run.id, known)
    address.write_url()
    column, asked = layout.get("by", "class"), _columns_asked(run)
    if column != "class" and column not in asked:
        st.session_state["wanted"] = {**st.session_state.get("wanted", {}), COLUMN: (run.id, (*asked, column)[-MOST_COLUMNS:])}
    return {"mode": "explore", "preset": preset, "layout": layout, "layout_serial": st.session_state.get("layout_serial", 0), **views}


def _laid_out(preset: str) -> None:
    told = live_map.layout()
    workspace.lay_out(preset, told)
    st.session_state["layout_serial"] = told.get("serial", 0)
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
