"""Where the images are: a path on this computer, where the page is seen from there, or an upload."""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st

from dashboard.i18n.format import fixed
from dashboard.i18n.texts import prose, t
from dashboard.views.data.uploads import UploadFolder

LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")


def is_local() -> bool:
    """Tell whether only this computer reaches the server, so that a path means to the viewer what it means here."""
    return st.get_option("server.address") in LOOPBACK


def choose_source() -> tuple[Path | None, UploadFolder | None]:
    """Ask for a path or an upload, and return the path to import, with the folder of uploaded files if there are any."""
    if not is_local():
        return _uploaded()
    left, right = st.columns([3, 2], gap="medium")
    with left:
        text = st.text_input(t("data.path"), key="data/path", persist_state="session", placeholder=t("data.path_example")).strip()
        st.caption(t("data.path_said"))
    with right:
        path, folder = _uploaded()
    if path is not None:
        return path, folder
    return (Path(os.path.expanduser(text.strip("\"'"))) if text else None), None


def limit() -> int:
    """Return how many megabytes an upload may have: the setting server.maxUploadSize, in which Streamlit counts each file."""
    return int(st.get_option("server.maxUploadSize"))


def _uploaded() -> tuple[Path | None, UploadFolder | None]:
    """Show the field for uploads, and return what lies there now."""
    key = f"data/upload/{st.session_state.get('data_uploads', 0)}"
    files = st.file_uploader(t("data.upload"), accept_multiple_files=True, key=key)
    st.caption(t("data.upload_said", n=fixed(limit(), 0)))
    if not files:
        _remove_files()
        return None, None
    if sum(file.size for file in files) > limit() * 2**20:
        st.warning(prose(t("data.upload_too_much", n=fixed(limit(), 0))))
        return None, None
    ids = tuple(file.file_id for file in files)
    known = st.session_state.get("data_uploaded")
    if known is None or known[0] != ids:
        _remove_files()
        known = st.session_state["data_uploaded"] = (ids, UploadFolder(files))
    folder: UploadFolder = known[1]
    return folder.source, folder


def clear_uploads() -> None:
    """Forget what was uploaded: the field is empty again, and the files are gone."""
    st.session_state["data_uploads"] = st.session_state.get("data_uploads", 0) + 1
    _remove_files()


def _remove_files() -> None:
    if known := st.session_state.pop("data_uploaded", None):
        known[1].close()
