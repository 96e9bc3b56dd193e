"""A run on the page while it waits, trains, rests or is done: how far it is, what happens, what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.components import training_film
from dashboard.i18n.format import duration, fixed, number, plain
from dashboard.i18n.messages import translated
from dashboard.i18n.names import run_name
from dashboard.i18n.texts import prose, t
from dashboard.session import cache
from dashboard.session.errors import errors_as_sentences
from dashboard.session.navigation import go_to
from dashboard.views.train.actions import attempt, delete, resume, watch
from dashboard.views.train.narration import narrate
from dashboard.widgets.run_notes import collapse_warning, density_note, is_held_out, neighbour_sentences
from vae_core.diagnostics.advice import advise
from vae_core.inspection import store
from vae_core.jobs import folder, queue, worker
from vae_core.jobs.queue import ACTIVE, RESUMABLE
from vae_core.runs.errors import RunError
from vae_core.runs.layout import default_root
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run

SECONDS = 1.0  # between two looks at a run at work
NOTHING = "\u00a0"  # a line without words


def watched_run() -> str | None:
    """Return the run to be watched, and say it in the address: the run on screen, where it is the one that was asked for."""
    asked = st.session_state["watch"]
    watched = asked if asked == st.session_state.get("run") else None
    if watched and st.query_params.get("watch") != watched:
        st.query_params["watch"] = watched
    elif not watched and "watch" in st.query_params:
        del st.query_params["watch"]
    return watched


def show_run(run_id: str) -> None:
    """Show the run, once a second while it is at work."""
    root = default_root()
    try:
        is_active = load_run(root, run_id).state in ACTIVE
    except RunError:
        is_active = False
    st.fragment(_look, run_every=SECONDS if is_active else None)(run_id, is_active)


def _look(run_id: str, was_active: bool) -> None:
    """Show the run as it is at this moment."""
    root = default_root()
    try:
        run = load_run(root, run_id)
    except RunError as error:  # deleted, damaged, or never there
        st.warning(plain(translated(error)))
        _leave()
        return
    if (run.state in ACTIVE) != was_active:
        st.rerun()  # the whole page: the clock starts or stops
    with errors_as_sentences():
        if run.state == "queued":
            _wake(root)
        with st.container(horizontal=True, vertical_alignment="center"):
            # The buttons follow the words and not the right edge: old ones go some frames after new ones have come, and would push them
            # away from under a pointer that is just pressing.
            st.markdown(t("train.headline", name=plain(run_name(run.name)), state=t(f"state.{run.state}")), width="content")
            _buttons(run)
        _show_progress(run)
        training_film.show(run, mode="live", key="train_film")
        _advice(run)


def _wake(root: Path) -> None:
    """Start a worker for the runs that wait where the last one has died."""
    if not folder.has_worker(root):
        worker.start_worker(root)


def _show_progress(run: Run) -> None:
    """Show how far it is and what its curves show; a run at work always takes two lines, so that nothing below them jumps."""
    if run.state == "running":
        share, words = progress(run)
        st.progress(share, text=words)
        sentences = narrate(cache.history(run), run.config)
        st.markdown(prose(*sentences[:2]) or NOTHING)
    elif run.state == "queued":
        st.progress(0.0, text=_queue_position(run))
        st.markdown(NOTHING)
    elif run.state in ("failed", "diverged"):
        st.warning(plain(translated(run.sentence)))
    else:
        st.markdown(_result(run) if run.summary else t(f"train.is_{run.state}"))


def _result(run: Run) -> str:
    """Say what a finished run scores."""
    test = run.summary["test"]
    key, nats = ("is_done_ae", test["reconstruction"]) if test["negative_elbo"] is None else ("is_done", test["negative_elbo"])
    image = t("train.unseen_image" if is_held_out(run) else "train.seen_image")
    note = [density_note(run.config.model.likelihood)] if nats < 0 else []
    return prose(t(f"train.{key}", nats=fixed(nats, 1), image=image), *neighbour_sentences(run)[:1], *note)


def progress(run: Run) -> tuple[float, str]:
    """Return how far training is, in [0, 1], and in words."""
    now, epochs = run.progress(), run.config.train.epochs
    if (run.path / "epochs.npz").exists():  # what training writes last
        return 1.0, t("train.finishing")
    if not now.get("total"):
        return 0.0, t("train.progress_first", epoch=1, epochs=epochs)
    share = now["step"] / now["total"]
    epoch = min(epochs, 1 + int(share * epochs))
    left = now["seconds"] * (1 / share - 1) if share else 0.0
    speed = number(now["images_per_second"])
    words = t("train.progress", epoch=epoch, epochs=epochs, left=duration(left), speed=speed)
    return share, words if share else t("train.progress_first", epoch=epoch, epochs=epochs)


def _queue_position(run: Run) -> str:
    """Say what a run waits for."""
    root = run.path.parent
    state, ahead = folder.worker_state(root), [path.name for path in folder.waiting(root)]
    ahead = ahead[: ahead.index(run.id)] if run.id in ahead else []
    if state.get("run") == run.id:
        return t("train.waits_first") if run.sentence == queue.WAITING else plain(translated(run.sentence))
    if state.get("state") == "training" and state.get("run"):
        ahead.insert(0, state["run"])
    if len(ahead) == 1:
        return t("train.waits_ahead_1", name=plain(run_name(load_run(root, ahead[0]).name)))
    if ahead:
        return t("train.waits_ahead", n=len(ahead))
    return t("train.waits_warming" if state.get("state") != "ready" else "train.waits_first")


def _buttons(run: Run) -> None:
    """Show the buttons that make sense in the run's state."""
    if run.state == "running":
        is_asked = any((run.path / "control" / what).exists() for what in ("pause", "finish"))
        _button("pause", lambda: queue.request(run, "pause"), disabled=is_asked)
        _button("finish", lambda: queue.request(run, "finish"), disabled=is_asked, help=t("train.finish_help"))
    elif run.summary:
        if st.button(t("train.report"), type="primary", key="train/report"):
            go_to("report")
        if st.button(t("train.open"), key="train/open"):
            go_to("explore")
    elif run.state in RESUMABLE:
        _button("go_on", lambda: resume(run), type="primary")
    if run.state != "running":
        _button("delete", lambda: delete([run]))
    _leave()


def _leave() -> None:
    """Show the way back to the form."""
    _button("another", lambda: watch(None))


def _button(name: str, ask: Callable[[], object], **how: Any) -> None:
    """Show a button that asks for something; where that is refused, the page says why.

    The whole page runs again: the button stands in a fragment, which would run alone after a callback and still show the same run.
    """
    if st.button(t(f"train.{name}"), key=f"train/{name}", **how):
        attempt(ask)
        st.rerun()


def _advice(run: Run) -> None:
    """Say of a finished run what to try next; a collapse in sight, the rest behind a fold."""
    if lost := collapse_warning(run):
        st.warning(lost)
    known = store.read(run, "redrawing") if run.summary else None
    if found := (advise(run.config, run.summary, known.values or None if known else None) if run.summary else [])[bool(lost) :]:
        with st.expander(t("train.advice")):
            for advice in found:
                st.write(plain(translated(advice.sentence)))
