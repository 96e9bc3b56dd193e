"""Editing: test images moved from one class, or one kept set, towards another, in latent space and in pixels."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.figures import editing
from dashboard.i18n.format import fixed, plain
from dashboard.i18n.messages import translated
from dashboard.i18n.names import class_names
from dashboard.i18n.texts import listed, t
from dashboard.session import cache
from dashboard.views.inspect import blocks
from dashboard.widgets import map_sets
from vae_core.evaluation.editing import STRENGTHS
from vae_core.inspection.parts.editing import METHODS, SetEdit, edited_set
from vae_core.inspection.result import Result
from vae_core.inspection.subject import InspectedRun, Unavailable
from vae_core.printable import shown
from vae_core.runs.run import Run

NOWHERE = 60.0  # degrees that other images would turn a vector by: it points nowhere in particular


def show(run: Run, result: Result) -> None:
    """Ask which classes and how far, show some pictures of these, and say and draw what those of all classes are taken for."""
    found, columns = result.values["found"], result.values["columns"]
    pairs, names = result.values["pairs"], class_names(run)
    words = [t("inspect.editing.way", start=names[one["start"]], end=names[one["end"]]) for one in pairs]  # a box shows letters as they are
    one, two = st.columns(2, gap="large")
    kept: dict[str, Any] = {"persist_state": "session"}
    at = one.selectbox(t("inspect.editing.pair"), range(len(pairs)), format_func=words.__getitem__, key="editing_pair", **kept)
    strength = two.select_slider(t("inspect.editing.strength"), STRENGTHS, 1.0, format_func=str, key="editing_strength", **kept)
    blocks.say(sentence(found, strength))
    name, (sheet, left, right) = blocks.file_name(run, "editing"), st.columns([3, 4, 4], gap="medium")
    with sheet:
        rows, ends = result.arrays["shown"][at].tolist(), f"{pairs[at]['start']}-{pairs[at]['end']}"
        _pictures(result.arrays["pictures"][at], rows, strength, f"{name}-{ends}")
    for column, measures in ((left, ("taken", "third")), (right, ("nats",))):
        with column:
            draw, alt = partial(editing.draw, found, measures), editing.describe(found, measures)
            blocks.chart(draw, alt, editing.columns_of(found, columns), f"{name}-{measures[0]}", 420)
    if is_nowhere(pairs[at]["turn"]):
        st.markdown(t("inspect.editing.nowhere"))
    for line in drifts(found, columns, strength):
        st.markdown(line)
    st.markdown(t("inspect.editing.not_for"))
    blocks.refusals(result)
    blocks.protocol(run, result, t("inspect.editing.formula", judge=fixed(100 * result.values["judge"], 1)))


def sentence(found: list[dict[str, Any]], strength: float) -> str:
    """Say what pictures of this strength are taken for, and what redrawing them costs, by either way."""
    own, other = _at(found, strength)
    shares = {
        name: fixed(100 * one[measure]["value"], 0)
        for name, one, measure in (
            ("own", own, "taken"), ("third", own, "third"), ("other", other, "taken"), ("other_third", other, "third"),
        )
    }  # fmt: skip
    nats = {"nats": fixed(own["nats"]["value"], 1), "other_nats": fixed(other["nats"]["value"], 1)}
    return t("inspect.editing.said", strength=strength, **shares, **nats)


def drifts(found: list[dict[str, Any]], columns: list[dict[str, Any]], strength: float) -> list[str]:
    """Say of each column how far it moves at this strength, by either way."""
    own, other = _at(found, strength)
    return [
        t(
            "inspect.editing.drift", name=plain(column["name"]), own=fixed(own["drift"][n]["value"], 2),
            other=fixed(other["drift"][n]["value"], 2), share=fixed(100 * column["share"], 0),
        )
        for n, column in enumerate(columns)
    ]  # fmt: skip


def _at(found: list[dict[str, Any]], strength: float) -> list[dict[str, Any]]:
    """Return what either way gives at a strength, the model's first."""
    return [next(one for one in found if one["method"] == method and one["strength"] == strength) for method in METHODS]


def is_nowhere(turn: float | None) -> bool:
    """Tell whether a direction depends on which images were taken so much that it means little; None and NaN where that is not known."""
    return turn is not None and turn >= NOWHERE


def by_sets(run: Run) -> None:
    """Let the viewer move images from one kept set towards another, where there are two."""
    st.subheader(t("inspect.editing.sets.title"), anchor=False)
    sets = {one.name: one for one in map_sets.kept(run)[0]}
    if len(sets) < 2:
        st.markdown(t("inspect.editing.sets.none"))
        return
    left, right = st.columns(2, gap="large")
    with left:
        start, end, strength = _asked(run, list(sets))
        try:
            with st.spinner(t("inspect.editing.sets.busy")):
                found = _edited(run, map_sets.stamp_of(run), start, end)
        except Unavailable as error:
            st.info(plain(translated(error)))
            return
        if found is None:
            st.info(t("inspect.editing.sets.empty"))
            return
        blocks.say(sentence_of_sets(found, start, end, strength))
        if is_nowhere(found.turn):
            st.markdown(t("inspect.editing.nowhere"))
    with right:
        _pictures(found.pictures, found.rows.tolist(), strength, f"{blocks.file_name(run, 'editing')}-sets")


def _asked(run: Run, names: list[str]) -> tuple[str, str, float]:
    """Ask from which set to which, and how far."""
    kept: dict[str, Any] = {"persist_state": "session"}
    start = st.selectbox(t("inspect.editing.sets.start"), names, format_func=shown, key=f"editing_start/{run.id}", **kept)
    others = [name for name in names if name != start]
    end = st.selectbox(t("inspect.editing.sets.end"), others, format_func=shown, key=f"editing_end/{run.id}", **kept)
    strength = st.select_slider(t("inspect.editing.sets.strength"), STRENGTHS, 1.0, format_func=str, key="editing_set_strength", **kept)
    return start, end, strength


def sentence_of_sets(found: SetEdit, start: str, end: str, strength: float) -> str:
    """Say how long the vector between two sets is, how sure where that is known, and what redrawing costs by either way."""
    own, other = (fixed(float(nats[STRENGTHS.index(strength)]), 1) for nats in found.nats)
    numbers = {"length": fixed(found.length, 2), "strength": strength, "nats": own, "other_nats": other}
    key, turn = ("said", {"turn": fixed(found.turn, 0)}) if math.isfinite(found.turn) else ("said_no_turn", {})
    return t(f"inspect.editing.sets.{key}", start=plain(start), end=plain(end), **numbers, **turn)


@st.cache_data(max_entries=8, show_spinner=False, hash_funcs=cache.KEY)
def _edited(run: Run, stamp: tuple[int, ...], start: str, end: str) -> SetEdit | None:
    """Return the edit of two kept sets; `stamp` changes when these do."""
    return edited_set(InspectedRun(run), run.selection(start), run.selection(end))


def _pictures(pictures: NDArray[np.uint8], rows: list[int], strength: float, name: str) -> None:
    """Show images, redrawn, edited in latent space and in pixels, a column each; pictures (methods, strengths, images, *event)."""
    at = STRENGTHS.index(strength)
    ways = [pictures[1, 0], pictures[0, 0], pictures[0, at], pictures[1, at]]
    images = np.stack(ways, 1).reshape(-1, *pictures.shape[3:])
    titles = [t(f"inspect.editing.column.{one}") for one in ("image", "redrawn", "model", "pixels")]
    words = [*[""] * (len(images) - len(titles)), *titles]
    alt = t("inspect.editing.alt_pictures", rows=listed(map(str, rows)), ways=listed(titles), strength=strength)
    blocks.sheet(images, words, len(titles), titles * len(rows), alt, {"row": rows}, f"{name}-{strength}", 84)
