"""Sets of test images on the live map: what the map is told of them, and what it asks for, which is chosen, kept or undone here."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from dashboard.components import carrier, live_map, set_packets
from dashboard.components.run_packets import run_key
from dashboard.figures.colours import SETS, SHAPES
from dashboard.i18n.messages import translated
from dashboard.session import cache, choice
from vae_core.data.file_names import file_names
from vae_core.evaluation.known_columns import known_columns
from vae_core.evaluation.known_columns import mark as columns_mark
from vae_core.inspection import rules, store
from vae_core.latent.regions import Mask
from vae_core.messages import Message
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run
from vae_core.runs.selections import FILE, Selection

LONGEST = 300  # letters of what the browser may name or ask for
MOST_FLAT = 2  # dimensions in which holes are kept as a map
MOST_DIMENSIONS = 16  # whose columns a list of choices has room for


def told(run: Run) -> dict[str, Any]:
    """Return what the map is told of the run's sets and of the choice, JSON-ready; the bytes that it names follow by `carry`."""
    sets, said = kept(run)
    points, mask = cache.latents(run), choice.chosen(run)
    count = len(points.mu)
    key, _, sizes = _marked(run, stamp_of(run), sets) if sets else ("", b"", [])
    return {
        "list": [{"name": one.name, "colour": one.colour, "n": n} for one, n in zip(sets, sizes, strict=True)],
        "packet": key,
        "choice": "" if mask is None else set_packets.choice_packet(run_key(run), points, mask)[0],
        "n": 0 if mask is None else int(mask.sum()),
        "of": count,
        "serial": st.session_state.get("sets_serial", 0),
        "said": translated(said or st.session_state.get("sets_said", "")),
        "can_undo": choice.can_undo(run),
        "columns": _columns(run, columns_mark(run)),
        "holes": _holes(run),
        "colours": SETS,
        "shapes": SHAPES,
    }


def carry(run: Run) -> None:
    """Send which points are chosen and which are in the kept sets."""
    sets, _ = kept(run)
    if sets:
        carrier.carry("sets", _marked(run, stamp_of(run), sets)[1])
    if (mask := choice.chosen(run)) is not None:
        carrier.carry("choice", set_packets.choice_packet(run_key(run), cache.latents(run), mask)[1])


def kept(run: Run) -> tuple[tuple[Selection, ...], Message | None]:
    """Return the sets that are kept beside the run, or none and why they cannot be read."""
    try:
        return _read(run, stamp_of(run)), None
    except RunError as error:
        return (), error.message


def stamp_of(run: Run) -> tuple[int, ...]:
    """Return what changes when the file of sets does, which the run's version does not know."""
    try:
        found = os.stat(run.path / FILE)
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=cache.KEY)
def _read(run: Run, stamp: tuple[int, ...]) -> tuple[Selection, ...]:
    return run.selections.all()


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=cache.KEY)
def _marked(run: Run, stamp: tuple[int, ...], _sets: tuple[Selection, ...]) -> tuple[str, bytes, list[int]]:
    """Return key and packet of the sets, and how many test images each holds."""
    points = cache.latents(run)
    return *set_packets.sets_packet(run_key(run), points, _sets), [int(rules.of_ranges(run, one.ranges).sum()) for one in _sets]


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=cache.KEY)
def _columns(run: Run, mark: str) -> list[dict[str, str]]:
    """Return by which columns images may be chosen, and which hold numbers, dates or words; `mark` changes when there are others."""
    found = [{"name": one.name, "kind": one.kind} for one in known_columns(run) if one.name != "class" and _is_offered(run, one.group)]
    files = file_names(run.config.data.dataset, run.dataset.get("sha256", ""), cache.latents(run).rows)
    return [*found, {"name": "file", "kind": "text"}] if any(files) else found


def _holes(run: Run) -> int:
    """Return how many holes of the prior are known as a map, whose rims can be chosen."""
    found = store.read(run, "prior-holes") if run.config.model.latent_size <= MOST_FLAT else None
    return len(found.values.get("holes", ())) if found else 0


def _is_offered(run: Run, group: str) -> bool:
    return group != "dimension" or run.config.model.latent_size <= MOST_DIMENSIONS


# ------------------------------------------------------------------ what the map asks for


def heard(run: Run) -> None:
    """Do what the map asks for; where it cannot be done, the map says why."""
    asked = live_map.asked_of_sets()
    st.session_state["sets_serial"] = asked.get("serial") if isinstance(asked.get("serial"), int) else 0
    st.session_state["sets_said"] = ""
    try:
        act = ACTS.get(str(asked.get("do")))
        if act is not None:
            act(run, asked)
    except RunError as error:
        st.session_state["sets_said"] = error.message


Asked = Mapping[str, Any]


def _lassoed(run: Run, asked: Asked) -> None:
    combine(run, asked, set_packets.mask_of(cache.latents(run), asked.get("bits")))


def _picked(run: Run, asked: Asked) -> None:
    combine(run, asked, rules.of_ranges(run, run.selections.named(_text(asked, "name")).ranges))


def _ruled(run: Run, asked: Asked) -> None:
    combine(run, asked, by_rule(run, asked))


def _inverted(run: Run, asked: Asked) -> None:
    mask = choice.chosen(run)
    choice.choose(run, ~mask if mask is not None else np.ones(len(cache.latents(run).mu), bool))


def _keep(run: Run, asked: Asked) -> None:
    if (mask := choice.chosen(run)) is not None:
        rows, colour = cache.latents(run).rows[mask], asked.get("colour")
        run.select(_text(asked, "name"), rows, colour if isinstance(colour, int) else None, note=partial(choice.sets_changed, run))


def _renamed(run: Run, asked: Asked) -> None:
    note = partial(choice.sets_changed, run)
    run.selections.rename(_text(asked, "name"), _text(asked, "to"), int(_number(asked, "colour")), note=note)


def _removed(run: Run, asked: Asked) -> None:
    run.selections.remove(_text(asked, "name"), note=partial(choice.sets_changed, run))


ACTS: dict[str, Callable[[Run, Asked], None]] = {
    "lasso": _lassoed,
    "pick": _picked,
    "rule": _ruled,
    "invert": _inverted,
    "nothing": lambda run, asked: choice.choose(run, None),
    "undo": lambda run, asked: choice.undo(run),
    "keep": _keep,
    "rename": _renamed,
    "remove": _removed,
}


def combine(run: Run, asked: Asked, mask: Mask | None) -> None:
    """Choose these images in the place of the choice, with it, without it, or those of both; js/engine/sets.js does the same.

    Where nothing is chosen there is nothing to take away from, nor anything that both have.
    """
    before, how = choice.chosen(run), asked.get("how")
    if mask is None or (before is None and how in ("without", "within")):
        return
    if before is not None:
        mask = {"add": mask | before, "without": before & ~mask, "within": mask & before}.get(str(how), mask)
    choice.choose(run, mask)


def by_rule(run: Run, asked: Asked) -> Mask:
    """Return which test images a rule from the map's form holds for.

    Raises:
        RunError: it is no rule.
    """
    column = _text(asked, "column")
    match asked.get("by"):
        case "class":
            labels = cache.latents(run).labels
            return np.zeros(len(cache.latents(run).mu), bool) if labels is None else labels == int(_number(asked, "number"))
        case "range":
            ends = [f"{column}{sign}{end}" for sign, end in ((">=", _text(asked, "low")), ("<=", _text(asked, "high"))) if end]
            if not ends:
                raise RunError("Give the range a number that it begins or ends with.")
            return np.logical_and.reduce([rules.where(run, end) for end in ends])
        case "words":
            return rules.where(run, f"{column}~{_text(asked, 'words')}")
        case "near":
            z = asked.get("z")
            place = [float(value) for value in z if isinstance(value, int | float)] if isinstance(z, list) else []
            return rules.near(run, place, int(_number(asked, "number")))
        case "rim":
            return rules.hole_rim(run, int(_number(asked, "number")))
        case "outside":
            return rules.outside(run, _number(asked, "number"))
    return rules.of_rows(run, _text(asked, "words"))


def _text(asked: Asked, name: str) -> str:
    value = asked.get(name)
    return value.strip()[:LONGEST] if isinstance(value, str) else ""


def _number(asked: Asked, name: str) -> float:
    """Return a number of the message.

    Raises:
        RunError: it is none.
    """
    value = asked.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 10**9:
        raise RunError("Give a number from 0 to {most}.", most=10**9 - 1)
    return float(value)
