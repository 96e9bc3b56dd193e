"""An import on its way, one at a time into a data folder, whoever looks; and what follows it: a run, the form of Train, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import streamlit as st

from dashboard.i18n.format import fixed, plain
from dashboard.i18n.texts import t
from dashboard.session.background import Work, words_of
from dashboard.session.navigation import go_to
from dashboard.views.data import looking, options, source_choice
from dashboard.views.data.looking import Looked
from dashboard.views.train import actions, form
from vae_core.config import RunConfig
from vae_core.data.imported import Imported, data_folder
from vae_core.jobs import queue, worker
from vae_core.progress import Progress
from vae_core.runs.layout import default_root

SECONDS = 0.5  # between two looks at an import
Then = Literal["train", "form", "stay"]


@dataclass
class Outcome:
    """What an import came to: the set, and the run that was asked for after it."""

    imported: Imported
    config: RunConfig
    run: str = ""


@dataclass
class Import:
    """An import: what is imported, by which session, and what is to follow."""

    name: str
    count: int
    then: Then
    work: Work[Outcome]


_under_way: dict[Path, Import] = {}  # by data folder


def under_way() -> Import | None:
    """Return the import into this data folder that has not ended, or that this session began and has not yet been told the end of."""
    known = _under_way.get(data_folder())
    if known is not None and (not known.work.is_over or st.session_state.get("data_import") is known):
        return known
    return None


def begin(looked: Looked, then: Then) -> None:
    """Import what was looked at, unless another import is at work."""
    known = _under_way.get(data_folder())
    if known is not None and not known.work.is_over:
        return
    root = default_root()
    seen = looked.seen.survey
    name = options.chosen_name(looked.source.name)
    work: Work[Outcome] = Work(lambda work: _import(looked, name, then, root, work.report))
    st.session_state["data_import"] = _under_way[data_folder()] = Import(name, seen.count, then, work)


def _import(looked: Looked, name: str, then: Then, root: Path, report: Progress) -> Outcome:
    """Import, and put the run into the queue where one was asked for; a page that is gone by then is not missed."""
    from vae_core.importing.writer import import_images

    try:
        imported = import_images(looked.source, name, on_progress=report)
    finally:
        looked.source.close()
    outcome = Outcome(imported, looked.suggestion.config.with_settings(dataset=imported.id, name=imported.name))
    if then == "train":
        outcome.run = queue.enqueue(outcome.config, root).id
        worker.start_worker(root)
    return outcome


def show(one: Import) -> None:
    """Show an import, twice a second while it is at work; at its end go on, or say why it failed."""
    if not one.work.is_over:
        st.fragment(_watch, run_every=SECONDS)(one)
        return
    _under_way.pop(data_folder(), None)
    st.session_state.pop("data_import", None)
    looking.forget()
    outcome = one.work.result
    if outcome is None:
        st.warning(words_of(one.work.error))
        return
    source_choice.clear_uploads()
    options.forget()
    if one.then == "train":
        actions.watch(outcome.run)
        go_to("train", {"watch": outcome.run})
    elif one.then == "form":
        form.fill(outcome.config)
        actions.watch(None)
        go_to("train")
    st.success(t("data.imported", name=plain(outcome.imported.name), n=fixed(outcome.imported.count, 0)))


def _watch(one: Import) -> None:
    """Show how far it is, and the way to call it off; at its end draw the whole page anew."""
    if one.work.is_over:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        words = t("data.progress", name=plain(one.name), done=fixed(one.work.share * one.count, 0), total=fixed(one.count, 0))
        st.progress(min(1.0, one.work.share), text=words)
        st.button(t("data.cancel"), key="data/cancel", on_click=one.work.cancel)
