"""The training film: one Streamlit component that plays a run's snapshots in the browser, finished or while the run trains.

What it needs travels in packets, every frame in one of them; the browser says how many frames it has where some got lost.

packets: what travels in them
"""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.components import carrier, registry
from dashboard.components.album import album_packet
from dashboard.components.point_sets import PointSets, choice_words, take_choice
from dashboard.components.run_packets import run_key
from dashboard.components.training_film import packets
from dashboard.i18n.texts import language, section, t
from dashboard.session import cache
from vae_core.data import sources
from vae_core.data.file_names import file_names
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run

HERE = Path(__file__).parent
# Words of the live map for its pad and its list of pictures.
WORDS = (
    "pad_label", "eraser", "undo", "clear", "dark_ink", "ink_light", "ink_dark", "ink_light_on_light", "ink_dark_on_dark", "next_image",
    "source_label", "class_label", "any_class", "ink_colour", "brushes", "brush",
)  # fmt: skip


def texts() -> dict[str, str]:
    """Return the film's words, and those of the pad and of the choice that it borrows."""
    borrowed = {key: value for key, value in section("live_map").items() if key in WORDS or key.startswith("source_")}
    return choice_words() | borrowed | section("film")


def show(run: Run, mode: str = "film", key: str = "film", sets: PointSets | None = None) -> None:
    """Show a run's film.

    Args:
        run: read anew by the caller; in any state.
        mode: "film" for the page of its own, "live" for the newest frame of a run that trains, without pad.
        key: one film per page and key.
        sets: which sets and which choice hold the points, and what becomes of a lasso; see widgets/point_choice.py.

    Raises:
        RunError: a file of the run is damaged.
    """
    reel = packets.reel(run)
    facts = _facts(run, reel) | _followed(run, reel, mode, key)
    sent = st.session_state.setdefault(f"{key}/sent", {})
    held, seen_from = sent.get(reel.key, (0, 0))
    rows, labels = _probes(run, reel)
    files = file_names(run.config.data.dataset, run.dataset.get("sha256", ""), rows)
    start = min(held, len(reel.frames))
    first = start if seen_from == reel.seen_from else 0
    carrier.carry(key, packets.film_packet(reel, start, first, facts, rows, labels, files))
    sent[reel.key] = (len(reel.frames), reel.seen_from)
    constant = {"run": reel.key, "mode": mode, "texts": texts(), "language": language(), "sets": sets.told(rows) if sets else {}}
    on_missing, on_picture, on_wanted = (partial(taken, key, reel.key) for taken in (_missing, _chosen, _wanted))
    player = registry.component("film", HERE / "training_film.js")
    on_choice = partial(take_choice, key, sets, rows)
    player(
        key=key,
        data=constant,
        on_missing_change=on_missing,
        on_picture_change=on_picture,
        on_wanted_change=on_wanted,
        on_choice_change=on_choice,
    )


def _facts(run: Run, reel: packets.Reel) -> dict[str, Any]:
    """Return the facts of a film; of one that grows no more they are gathered once for all viewers."""
    return _known_facts(run, reel.key, len(reel.frames), language(), reel) if run.summary else packets.film_facts(run, reel)


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=cache.KEY)
def _known_facts(run: Run, reel_key: str, frames: int, spoken: str, _reel: packets.Reel) -> dict[str, Any]:
    return packets.film_facts(run, _reel)


# ------------------------------------------------------------------ frames


def _missing(key: str, reel_key: str) -> None:
    """The browser has only so many frames: a packet got lost, or it was forgotten for others."""
    held = st.session_state[key].get("missing")
    if isinstance(held, int) and held >= 0:
        st.session_state[f"{key}/sent"][reel_key] = (held, -1)


def _probes(run: Run, reel: packets.Reel) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
    """Return row numbers and classes of the test images that the film follows; classes where they are at hand."""
    count = len(reel.frames[-1].mu) if reel.frames else 0
    if run.summary:
        points = cache.latents(run)
        return points.rows[:count].astype(np.int64), None if points.labels is None else points.labels[:count]
    try:
        rows = run.split()["test"][:count].astype(np.int64)
    except RunError:
        return np.zeros(0, np.int64), None
    labels = _labels(run, run.dataset.get("sha256", ""), sources.fingerprint(run.config.data.dataset)) if len(rows) else None
    return rows, None if labels is None or rows.max() >= len(labels) else labels[rows]


@st.cache_data(max_entries=4, show_spinner=False)
def _labels(_run: Run, sha256: str, fingerprint: str) -> NDArray[np.int64] | None:
    """Return the classes of a run's dataset where it is available and still the same; `fingerprint` changes when that may."""
    try:
        return _run.images().labels
    except RunError:
        return None


# ------------------------------------------------------------------ a picture that is followed


def _followed(run: Run, reel: packets.Reel, mode: str, key: str) -> dict[str, Any]:
    """Return whether pictures can be followed through the film, from where some can be picked, and the way of the chosen one."""
    shape, frames = run.dataset["event_shape"], len(reel.frames)
    facts: dict[str, Any] = {"can_follow": False, "images": None, "trail": None}
    if mode != "film" or run.image_shape is None or frames < 2 or not run.has_encoders():
        return facts
    facts |= {"can_follow": True, "images": f"{run_key(run)}/images" if run.summary else None}
    with st.container():  # keeps its place, so that the film keeps its own
        if run.summary and st.session_state.get(f"{key}/wanted") == reel.key:
            carrier.carry(f"{key}/images", _pictures(run, sources.fingerprint(run.config.data.dataset)))
    picture = st.session_state.get(f"{key}/picture")
    if picture and picture["reel"] == reel.key and len(picture["pixels"]) == math.prod(shape):
        spots = reel.flat(_trail(run, reel.key, frames, tuple(picture["pixels"])))
        facts["trail"] = {"id": picture["id"], "spots": spots.astype(float).round(4).tolist()}
    return facts


@st.cache_data(max_entries=2, show_spinner=False, hash_funcs=cache.KEY)
def _pictures(run: Run, fingerprint: str) -> bytes:
    """Return the packet of pictures to pick from; `fingerprint` changes when other images of the run's own become available."""
    return album_packet(run, cache.latents(run))


@st.cache_data(max_entries=64, show_spinner=False)
def _trail(_run: Run, reel_key: str, frames: int, pixels: tuple[float, ...]) -> NDArray[np.float32]:
    """Return where a picture lay in every frame, (frames, d); imports torch. A run that trains changes every second, its frames do not."""
    import torch

    from vae_core.model import vae
    from vae_core.training import snapshots

    shape = _run.dataset["event_shape"]
    model = vae.build_vae(_run.config.model, shape, 1 / _run.dataset["divisor"]).eval()
    try:
        return snapshots.trajectory_of(model, _run.encoders()[:frames], torch.tensor(pixels).reshape(shape))
    except (RuntimeError, ValueError) as error:  # PyTorch's words for weights that are missing, too many or of another shape
        raise RunError(t("app.odd_encoder")) from error


def _wanted(key: str, reel_key: str) -> None:
    """The pad was opened: pictures to pick from are asked for."""
    st.session_state[f"{key}/wanted"] = reel_key


def _chosen(key: str, reel_key: str) -> None:
    """A picture was drawn or picked: keep it where it fits."""
    sent = st.session_state[key].get("picture")
    pixels = sent.get("pixels") if isinstance(sent, dict) else None
    if isinstance(pixels, list) and all(isinstance(value, (int, float)) and 0 <= value <= 1 for value in pixels):
        st.session_state[f"{key}/picture"] = {"reel": reel_key, "id": sent.get("id"), "pixels": pixels}
