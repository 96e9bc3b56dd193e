"""What is computed of a run and what is not: the cards of all parts, the work at hand, and asking for more.

What takes a few seconds is computed as soon as a run is looked at, everything else when it is asked for, in a process of its own.
"""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import streamlit as st

from dashboard.components import part_cards
from dashboard.components.part_cards import Card
from dashboard.figures import miniatures
from dashboard.i18n.format import duration, fixed, percent, plain
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import t, text_or
from dashboard.session.navigation import has_just_opened
from dashboard.views.inspect import blocks
from vae_core.inspection import process, store
from vae_core.inspection.duration import cheap_parts, expected_seconds
from vae_core.inspection.process import InspectionProgress
from vae_core.inspection.result import Result
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run

POLL_SECONDS = 1.0
MIN_SHARE = 0.03  # of the work, after which the time left is shown
PLACE = 280  # px, of what stands in the place of a part that is not computed
Mark = tuple[str, str, str]  # weights, images and part


def part_in_view(parts: Iterable[str]) -> str:
    """Return the part that the address names, else the one that was looked at last, else the first, and keep it.

    A page that has just opened may have been led to by a step back in the browser, whose address names no part: it means the last one.
    """
    names = tuple(parts)
    if has_just_opened():
        st.session_state["part_unnamed"] = st.session_state.get("part")
    asked = (st.query_params.get("part"), st.session_state.get("part_unnamed"))
    part = next((one for one in asked if one in names), names[0])
    st.session_state["part"] = part
    return part


def show_parts(run: Run, parts: Iterable[str], chosen: str, split: str) -> None:
    """Show the parts as cards and below them how far the work is, once a second while there is some; begin what is wanted."""
    names = tuple(parts)
    _collect()
    _begin_wanted(run, split, names)
    missing, is_at_work = _missing(run, names, split), _running(run) is not None
    # The same fragment at rest: Streamlit drops what was pressed in one that is gone, and the work may end under the hand that presses.
    board = st.fragment(_watch, run_every=POLL_SECONDS if is_at_work else None)
    board(run, names, chosen, split, missing, is_at_work, itertools.count())


def show_work(run: Run, parts: Sequence[str], split: str = "test") -> None:
    """Begin what of these parts takes a few seconds or was asked for, and show how far it is; draw the page anew when one is done."""
    _collect()
    _begin_wanted(run, split, parts)
    missing = _missing(run, parts, split)
    if _running(run) is not None and missing:
        st.fragment(_wait, run_every=POLL_SECONDS)(run, tuple(parts), split, missing)
    elif (progress := process.progress(run)) is not None and any(progress.concerns(part, split) for part in missing):
        _say_how_it_ended(progress)


def _wait(run: Run, parts: tuple[str, ...], split: str, missing: tuple[str, ...]) -> None:
    """Show how far the work is; draw the whole page anew where it has ended, or one of the parts is done."""
    progress = _running(run)
    if progress is None or _missing(run, parts, split) != missing:
        st.rerun()
    with st.container(key="work_line", horizontal=True, vertical_alignment="center"):
        _show_progress(run, progress)


def show_wait(run: Run, part: str, split: str = "test") -> None:
    """Say that a part is being computed, or offer to compute it."""
    if _is_under_way(run, part, split):
        st.write(t("inspect.work.coming"))
    else:
        st.write(t("inspect.promise_how"))
        offer(run, part, split, f"compute_{part}")


def show_place(run: Run, part: str, split: str) -> None:
    """Say what will stand in the place of a part that is not computed, and offer to compute it."""
    with st.container(border=True, height=PLACE, vertical_alignment="center", key="part_place"):
        blocks.say(t(f"inspect.{part}.promise"))
        show_wait(run, part, split)


def offer(run: Run, part: str, split: str, key: str) -> None:
    """Show the button that computes a part, with the time that this takes."""
    time = duration(expected_seconds(run, part, split))
    st.button(t("inspect.work.one", time=time), key=key, type="primary", on_click=_want, args=(run, (part,), split))


def _wanted() -> set[Mark]:
    marks: set[Mark] = st.session_state.setdefault("inspect_wanted", set())
    return marks


def _want(run: Run, parts: Iterable[str], split: str) -> None:
    _wanted().update((run.weights_sha256, split, part) for part in parts)


def _missing(run: Run, parts: Sequence[str], split: str) -> tuple[str, ...]:
    """Return which of these parts are not computed."""
    return tuple(part for part in store.missing(run, split) if part in parts)


def _begin_wanted(run: Run, split: str, parts: Sequence[str]) -> None:
    """Start computing what was asked for, and on the first look what takes a few seconds only; one process at a time is at work."""
    looked: set[Mark] = st.session_state.setdefault("inspect_looked", set())
    new = {(run.weights_sha256, split, part) for part in cheap_parts(run, split) if part in parts} - looked
    looked |= new
    _wanted().update(new)
    marks = {(run.weights_sha256, split, part): part for part in store.missing(run, split)}
    if not (begun := _wanted() & marks.keys()) or _running(run) is not None:
        return
    _wanted().difference_update(begun)
    try:
        started = process.start(run, [marks[mark] for mark in begun], split)
    except RunError as error:
        st.warning(plain(translated(error)))
        return
    if started is not None:
        st.session_state.setdefault("inspecting", []).append(started)


def _running(run: Run) -> InspectionProgress | None:
    """Return how far the process is that computes parts of the run; None where there is none."""
    progress = process.progress(run)
    return progress if progress is not None and progress.state == "running" else None


def _is_under_way(run: Run, part: str, split: str) -> bool:
    """Tell whether a part is being computed, or will be next."""
    progress = _running(run)
    return (run.weights_sha256, split, part) in _wanted() or (progress is not None and progress.concerns(part, split))


def _collect() -> None:
    """Poll the processes that this session started, so that none stays behind as a zombie."""
    started: list[subprocess.Popen[bytes]] = st.session_state.get("inspecting", [])
    st.session_state["inspecting"] = [one for one in started if one.poll() is None]


def _watch(
    run: Run, parts: tuple[str, ...], chosen: str, split: str, missing: tuple[str, ...], was_at_work: bool, times: Iterator[int]
) -> None:
    """Show the board; draw the whole page anew where the work has ended, or the part in view is done or another one.

    At rest all that can be pressed here concerns the whole page. `times` counts how often this was called: first with the page, then alone.
    """
    is_done, is_alone = chosen in missing and chosen not in store.missing(run, split), next(times) > 0
    has_ended = was_at_work and _running(run) is None
    if has_ended or is_done or st.session_state["part"] != chosen or (is_alone and not was_at_work):
        st.rerun()
    _board(run, parts, chosen, split)


def _board(run: Run, parts: tuple[str, ...], chosen: str, split: str) -> None:
    """Show the cards, and in a line of one height what goes on or can be asked for."""
    missing, progress = _missing(run, parts, split), process.progress(run)
    part_cards.show([_card(run, part, split, part in missing, progress) for part in parts], chosen, choose)
    with st.container(key="work_line", horizontal=True, vertical_alignment="center"):
        if progress is not None and progress.state == "running":
            _show_progress(run, progress)
            return
        if missing:
            time = duration(sum(expected_seconds(run, part, split) for part in missing))
            words = t("inspect.work.all", n=len(missing), time=time)
            st.button(words, key="compute_all", on_click=_want, args=(run, missing, split))
        if progress is not None and any(progress.concerns(part, split) for part in missing):
            _say_how_it_ended(progress)
        elif not missing:
            st.markdown(t("inspect.work.complete"))


def _show_progress(run: Run, progress: InspectionProgress) -> None:
    """Show how far the work is, and the button that stops it."""
    left, name = _time_left(progress.whole, progress.seconds), text_or(f"inspect.{progress.part}.name", progress.part)
    st.progress(min(1.0, max(0.0, progress.whole)), t("inspect.work.busy", name=name, left=left))
    st.button(t("inspect.work.stop"), key="compute_stop", on_click=process.stop, args=(run,))


def _say_how_it_ended(progress: InspectionProgress) -> None:
    """Say of work that has not ended well why."""
    if progress.state in ("failed", "interrupted", "stopped"):
        st.markdown(t(f"inspect.work.{progress.state}", sentence=plain(translated(progress.sentence or ""))))


def choose(part: str) -> None:
    """Show another part, and say so in the address."""
    st.session_state["part"] = st.query_params["part"] = part


def _card(run: Run, part: str, split: str, is_missing: bool, progress: InspectionProgress | None) -> Card:
    """Return the card of a part, with how far it is."""
    state, words, share, shapes = "done", t("inspect.card.done"), 0.0, []
    if is_missing:
        state, words = "todo", t("inspect.card.todo", time=duration(expected_seconds(run, part, split)))
        own = progress if progress is not None and progress.concerns(part, split) else None
        if own is not None and own.state == "running" and part == own.part:
            state, words, share = "busy", t("inspect.card.busy", share=percent(own.share)), own.share
        elif _is_under_way(run, part, split):
            state, words = "waiting", t("inspect.card.waiting")
        elif own is not None and own.state == "failed":
            state, words = "failed", t("inspect.card.failed")
    elif (result := store.read(run, part, split)) is not None and not result.values and part != "rate-distortion":
        state, words = "none", t("inspect.card.none")
    elif result is not None:
        shapes = _miniature(result, str(result.file), os.stat(result.file).st_mtime_ns if result.file.exists() else 0)
    return Card(part, t(f"inspect.{part}.name"), t(f"inspect.{part}.question"), state, words, share, shapes)


@st.cache_data(max_entries=64, show_spinner=False)
def _miniature(_result: Result, file: str, written: int) -> list[dict[str, Any]]:
    """Return what was found, in a file written at a time, as small shapes; nothing of one that is damaged, which the part itself says."""
    with suppress(RunError):
        return miniatures.miniature(_result)
    return []


def _time_left(whole: float, seconds: float) -> str:
    """Say how long it will take at the pace so far."""
    if whole < MIN_SHARE:
        return t("inspect.work.left_unknown")
    left = seconds * (1 - whole) / whole
    return t("inspect.work.left_minutes", n=fixed(left / 60, 0)) if left > 90 else t("inspect.work.left_seconds", n=fixed(left, 0))
