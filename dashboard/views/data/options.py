"""How images are to be imported, asked in a fold: what it says of itself suits most."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.i18n.texts import t
from vae_core.importing.answers import file_of, labels_of, size_of
from vae_core.importing.source import COLOURS, FITS, ImportOptions

NAME = "data/name"
INVERTED = "data/inverted"  # a switch of the preview, where there is something to see


def ask_options(folder: Path | None, is_local: bool) -> ImportOptions:
    """Ask how images are to be imported.

    Args:
        folder: that of uploaded files, which labels and table may name.
        is_local: whether they may name files of this computer.

    Raises:
        DataError: a size that makes no sense, or a file that is not there.
    """
    kept: dict[str, Any] = {"persist_state": "session"}
    with st.expander(t("data.options")):
        left, middle, right = st.columns(3)
        size = left.text_input(
            t("data.size"), key="data/size", placeholder=t("data.size_auto"), help=t("data.size_help"), max_chars=20, **kept
        )
        fit = middle.selectbox(
            t("data.fit"), FITS, format_func=lambda one: t(f"data.fit_{one}"), key="data/fit", help=t("data.fit_help"), **kept
        )
        colour = right.selectbox(t("data.colour"), COLOURS, format_func=lambda one: t(f"data.colour_{one}"), key="data/colour", **kept)
        labels = left.text_input(t("data.labels"), key="data/labels", help=t("data.labels_help"), **kept).strip()
        table = middle.text_input(t("data.table"), key="data/table", help=t("data.table_help"), **kept).strip()
        right.text_input(t("data.name"), key=NAME, help=t("data.name_help"), max_chars=60, **kept)
    return ImportOptions(
        size=size_of(size),
        fit=fit,
        colour=colour,
        labels=labels_of(labels, folder, is_local),
        table=file_of(table, folder, is_local) if table else None,
        is_inverted=bool(st.session_state.get(INVERTED)),
    )


def chosen_name(otherwise: str) -> str:
    """Return what the set is to be called."""
    return str(st.session_state.get(NAME, "")).strip() or otherwise


def forget() -> None:
    """Let the next images be called and treated as suits them; once they are imported, what was asked for belonged to these."""
    for key in (NAME, INVERTED, "data/path", "data/labels", "data/table", "data/size"):
        st.session_state.pop(key, None)
