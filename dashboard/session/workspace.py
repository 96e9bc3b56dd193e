"""What is laid out on the pages of Explore beside run and point: layers, projection, window and the rest, in session and address.

Everything travels as short texts, and only where it differs from what the browser starts with: {"v": "pca", "on": "pr"}.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.util import calc_hash

PRESETS = ("explore", "latent", "manifold", "sample")
TABS = ("place", "draw", "sliders", "samples", "sets")
MOST_PICKED, BESIDE = 20, 2  # categories in colours that were looked for; what is hidden beside them: those without colours, and none
LAYERS = "mqprdf"  # pictures in even steps or at quantiles, points, prior, density, fog
MOST_PICTURES, MOST_DRAWS, MOST_SEED = 40, 144, 999_999
MOST_LETTERS = 2000  # of the names of sets: mail programs cut longer addresses
FARTHEST, CLOSEST = 99, 40  # of the window: from the middle, and times enlarged


@dataclass(frozen=True)
class Known:
    """What the run has: its latent dimensions, columns to colour by and of each the number of categories, and whether a UMAP is stored."""

    dimensions: int
    columns: Mapping[str, int]
    has_umap: bool
    by: str = "class"

    @property
    def categories(self) -> int:
        """How many the points are coloured by; 0 where it is by numbers, or by nothing."""
        return self.columns.get(self.by, 0)


def _number(text: str, low: float, high: float) -> bool:
    try:
        return len(text) < 12 and math.isfinite(value := float(text)) and low <= value <= high
    except ValueError:
        return False


def _whole(text: str, low: int, high: int) -> bool:
    return bool(re.fullmatch(r"\d{1,6}", text, re.ASCII)) and low <= int(text) <= high


def _different(text: str, least: int, most: int, low: int, high: int) -> bool:
    """Tell whether a text is so many different whole numbers between two."""
    parts = text.split(",")[: most + 1]
    return least <= len(set(parts)) == len(parts) <= most and all(_whole(part, low, high) for part in parts)


def _projection(text: str, run: Known) -> bool:
    if text in ("pca", "umap"):
        return run.dimensions > 2 and (text == "pca" or run.has_umap)
    return run.dimensions > 1 and _different(text, 2, 2, 1, run.dimensions)  # counted as they are shown: z₁ is 1


def _layers(text: str) -> bool:
    return text == "-" or (0 < len(text) == len(set(text)) and set(text) <= set(LAYERS) and not {"m", "q"} <= set(text))


def _window(text: str) -> bool:
    parts = text.split(",")
    return len(parts) == 3 and all(_number(part, -FARTHEST, FARTHEST) for part in parts[:2]) and _number(parts[2], 0.25, CLOSEST)


def _interval(text: str) -> bool:
    """Tell whether a text is two numbers in order, of which one may be left out: from where to where numbers are shown."""
    low, comma, high = text.partition(",")
    try:
        ends = [float(end) for end in (low or "-1e308", high or "1e308")]
    except ValueError:
        return False
    return comma == "," and len(text) < 50 and text != "," and all(map(math.isfinite, ends)) and ends[0] <= ends[1]


# What each text must be. Those of the first kind belong to one of the pages, those of the second to all of them.
OF_PAGE: dict[str, Callable[[str, Known], bool]] = {
    "on": lambda text, run: _layers(text),
    "tab": lambda text, run: text in TABS,
    "n": lambda text, run: _whole(text, 2, MOST_PICTURES),
    "share": lambda text, run: _number(text, 50, 99.9),
}
OF_ALL: dict[str, Callable[[str, Known], bool]] = {
    "v": _projection,
    "by": lambda text, run: text in run.columns,
    "between": lambda text, run: run.by in run.columns and not run.categories and _interval(text),
    "pick": lambda text, run: _different(text, 1, MOST_PICKED, 0, run.categories - 1),
    "win": lambda text, run: _window(text),
    "hide": lambda text, run: run.categories > 0 and _different(text, 1, 100, 0, run.categories + BESIDE - 1),
    "seed": lambda text, run: _whole(text, 0, MOST_SEED),
    "temp": lambda text, run: _number(text, 0, 3),
    "count": lambda text, run: _whole(text, 1, MOST_DRAWS),
    "one": lambda text, run: text == "1",
    "sel": lambda text, run: 0 < len(text) <= MOST_LETTERS,
}
RULES = OF_PAGE | OF_ALL
OF_RUN = ("v", "by", "between", "pick", "win", "hide", "sel")  # mean nothing on another run


def cleaned(asked: Mapping[str, Any], run: Known) -> dict[str, str]:
    """Return those of the texts that are what they must be; what is wrong is left out."""
    by = asked.get("by")
    run = replace(run, by=by) if isinstance(by, str) and by in run.columns else run
    return {key: text for key, rule in RULES.items() if isinstance(text := asked.get(key), str) and rule(text, run)}


def read(parameters: Mapping[str, str]) -> None:
    """Take from the address what this session has not written there; `laid_out` looks at it when the run is known."""
    asked = _of_layout(parameters)
    if asked and asked != st.session_state.get("layout_url"):
        st.session_state["layout_asked"] = asked


def laid_out(preset: str, run_id: str, run: Known) -> dict[str, str]:
    """Return how a page of Explore is laid out for a run."""
    kept = _of(run_id)
    if asked := st.session_state.pop("layout_asked", None):
        lay_out(preset, asked)
    kept["all"], kept[preset] = cleaned(kept.get("all", {}), run), cleaned(kept.get(preset, {}), run)
    return {**kept["all"], **kept[preset]}


def _of(run_id: str | None) -> dict[str, Any]:
    """Return what is kept of a run's layout; that of another run loses what means nothing on this one."""
    kept: dict[str, Any] = st.session_state.setdefault("layout", {})
    if kept.get("run") != run_id or "all" not in kept:
        kept |= {"run": run_id, "all": _without(kept.get("all", {}), OF_RUN)}
    return kept


def coloured_by() -> str:
    """Return the name of the column by which points are coloured."""
    return str(st.session_state.get("layout", {}).get("all", {}).get("by", "class"))


def lay_out(preset: str, asked: Mapping[str, Any]) -> None:
    """Keep how a page of Explore is laid out; `laid_out` cleans it."""
    kept = st.session_state.setdefault("layout", {})
    kept["all"] = {key: asked[key] for key in OF_ALL if key in asked}
    kept[preset] = {key: asked[key] for key in OF_PAGE if key in asked}


def sets_of(run_id: str) -> list[str]:
    """Return the names of a run's sets that are marked on its map: "sel" has them with commas between, each quoted as in a URL."""
    kept = st.session_state.get("layout", {})
    text = kept.get("all", {}).get("sel", "") if kept.get("run") == run_id else ""
    return [unquote(name) for name in text.split(",") if name]


def address_of(preset: str, run_id: str, asked: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters that open a page of Explore as it is laid out for a run, but for what is asked for."""
    kept = _of(run_id)
    return {**kept["all"], **kept.get(preset, {}), **asked}


def in_address(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return what of the layout stands in the address of the page that opens; as long as nobody knows that page, what stands there.

    Pages beside Explore have nothing there but the marked sets, which every view shows.
    """
    context = get_script_run_ctx(suppress_warning=True)
    preset = {calc_hash(key): key for key in PRESETS}.get(context.page_script_hash if context else "")
    if preset is None and "page" in st.session_state:
        st.session_state["layout_url"] = _marked_sets(st.session_state.pop("layout_asked", {}), st.session_state["run"])
        return dict(st.session_state["layout_url"])
    if preset is None or "layout_asked" in st.session_state:
        return _of_layout(parameters)
    kept = st.session_state.get("layout", {})
    st.session_state["layout_url"] = {**kept.get("all", {}), **kept.get(preset, {})}
    return dict(st.session_state["layout_url"])


def _marked_sets(asked: Mapping[str, str], run_id: str | None) -> dict[str, str]:
    """Take from an address of another page which sets of a run are marked, and return what its own address says of them."""
    kept = _of(run_id)
    if 0 < len(asked.get("sel", "")) <= MOST_LETTERS:
        kept["all"] = {**kept["all"], "sel": asked["sel"]}
    return {"sel": kept["all"]["sel"]} if "sel" in kept["all"] else {}


def keep_address(parameters: Mapping[str, str]) -> None:
    """Count what stands in the address as written by this session."""
    st.session_state["layout_url"] = _of_layout(parameters)


def _of_layout(parameters: Mapping[str, str]) -> dict[str, str]:
    return {key: parameters[key] for key in RULES if key in parameters}


def _without(kept: Mapping[str, str], keys: Iterable[str]) -> dict[str, str]:
    return {key: text for key, text in kept.items() if key not in keys}
