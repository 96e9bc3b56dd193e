"""One sentence on the page in place of a traceback, or of a run that is not there."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard.i18n.format import plain
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import t
from vae_core import place
from vae_core.data.errors import DataError
from vae_core.runs.errors import RunError
from vae_core.runs.listing import BrokenRun
from vae_core.runs.run import Run

LOG = logging.getLogger(__name__)
COMMAND = f"{place.COMMAND} train --preset digits-2d"


@contextmanager
def errors_as_sentences() -> Iterator[None]:
    """Show what goes wrong within the block as one sentence on the page."""
    try:
        yield
    except (RunError, DataError) as error:
        st.warning(t("app.failed", sentence=plain(translated(error))))
    except OSError as error:
        st.warning(t("app.unreadable", reason=plain(translated(error.strerror or type(error).__name__))))
    except Exception:
        LOG.exception("a page could not be shown")  # for whoever runs the server; the audience reads the sentence
        st.warning(t("app.unexpected"))


def say_why_empty(run: Run | BrokenRun | None, title: str) -> None:
    """Say below the title of the page why there is no run to show, and what to do."""
    wanted = st.session_state.get("run")
    st.title(title, anchor=False)
    if isinstance(run, BrokenRun):
        st.warning(t("run.broken", sentence=plain(translated(run.sentence))))
        st.write(t("run.train"))
    elif wanted:
        st.info(t("run.gone" if wanted in st.session_state.get("seen", ()) else "run.unknown", id=plain(wanted)))
        st.write(t("run.train"))
    else:
        st.info(t("run.none"))
    st.code(COMMAND, language=None)
