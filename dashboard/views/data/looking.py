"""A source looked at before anything is written, in a thread of its own: a large folder takes its time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.session.background import Work
from vae_core.importing.preview import Preview, preview
from vae_core.importing.registry import open_source
from vae_core.importing.source import ImageSource, ImportOptions
from vae_core.importing.suggestion import Suggestion, suggest

AT_ONCE = 1.5  # seconds within which most sources are seen, so that nothing has to say that it is busy


@dataclass(frozen=True, eq=False)
class Looked:
    """A source that can be imported, what it would bring, and the settings of a first run; `kept` holds uploaded files alive."""

    source: ImageSource
    seen: Preview
    suggestion: Suggestion
    kept: Any = None


def look(path: Path, options: ImportOptions, kept: Any = None) -> Work[Looked]:
    """Return the look at a path, begun where this session has not yet begun it."""
    key = (str(path), options)
    known = st.session_state.get("data_look")
    if known is None or known[0] != key:
        forget()
        known = st.session_state["data_look"] = (key, Work(lambda work: _look(path, options, kept, work)))
    work: Work[Looked] = known[1]
    work.wait(AT_ONCE)
    return work


def forget() -> None:
    """Look anew the next time, and give back what the last look holds open."""
    if known := st.session_state.pop("data_look", None):
        known[1].cancel()
        if known[1].result is not None:
            known[1].result.source.close()


def _look(path: Path, options: ImportOptions, kept: Any, work: Work[Looked]) -> Looked:
    source = open_source(path, options)
    try:
        seen = preview(source)
        work.report(1.0)
    except BaseException:
        source.close()
        raise
    return Looked(source, seen, suggest(seen, source.name), kept)
