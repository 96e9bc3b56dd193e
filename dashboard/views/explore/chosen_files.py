"""Pictures of chosen images on the page, and the images as files: a table, row numbers, a contact sheet."""

from __future__ import annotations

import hashlib
import math
from functools import partial

import numpy as np
import streamlit as st

from dashboard.figures.picture_sheet import sheet
from dashboard.i18n.format import fixed
from dashboard.i18n.texts import listed, t
from dashboard.session import cache, choice
from dashboard.views.inspect.blocks import file_name
from dashboard.widgets import set_signs, thumbnails
from vae_core.arrays import Ints
from vae_core.data import sources
from vae_core.data.pictures import enlarge, png, to_pixels
from vae_core.evaluation import selected, selected_table
from vae_core.latent.regions import Mask
from vae_core.runs.errors import MissingImages
from vae_core.runs.run import Run

PAGE = 60  # pictures at once
IN_PYTHON = "rows = vae_core.open_run({run!r}).selection({name!r})"
MEAN = 160  # px that a mean picture is wide


def show_means(run: Run, mask: Mask) -> None:
    """Show the mean of the images, where they are at hand, and what the model draws at the mean of their places."""
    if run.image_shape is None:
        return
    mean, drawn = _means(run, np.packbits(mask).tobytes(), len(mask), sources.fingerprint(run.config.data.dataset))
    with st.container(horizontal=True):
        for name, picture in {"mean": mean, "centroid": drawn}.items():
            if picture:
                st.image(picture, t(f"chosen.{name}"), MEAN)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=cache.KEY)
def _means(run: Run, bits: bytes, n: int, at_hand: str) -> tuple[bytes | None, bytes]:
    """Return both as PNG; `at_hand` changes with what images are."""
    mask = np.unpackbits(np.frombuffer(bits, np.uint8), count=n).astype(bool)
    points = cache.latents(run)
    drawn = cache.decoder(run).decode_mean(points.mu[mask].mean(0, dtype=np.float64)[None])[0]
    try:
        mean = _file(selected.mean_picture(run, points.rows[mask]))
    except MissingImages:
        mean = None
    return mean, _file(drawn)


def _file(picture: np.ndarray) -> bytes:
    return png(enlarge(to_pixels(picture), 2 * MEAN), is_packed=False)


def show_sheet(run: Run, mask: Mask) -> None:
    """Show the images page by page, with their row numbers."""
    points = cache.latents(run)
    at = np.flatnonzero(mask)
    pages = math.ceil(len(at) / PAGE)
    st.markdown(t("chosen.sheet"))
    page = 1
    if pages > 1:
        name = hashlib.sha256(choice.packed_choice(run) or b"").hexdigest()[:8]  # another choice begins on its first page
        page = st.number_input(t("chosen.page", pages=fixed(pages, 0)), 1, pages, key=f"chosen_page/{name}", width=200)
    part = at[PAGE * (page - 1) : PAGE * page]
    rows = points.rows[part].tolist()
    found, reason = thumbnails.shown(run, rows)
    if reason:
        st.info(thumbnails.why_not(reason, are_redrawn=found is not None))
    if found is None:
        st.markdown(t("chosen.rows_are", rows=listed(map(str, rows))))
        return
    classes, files = thumbnails.class_of_rows(run, rows), thumbnails.file_names(run, rows)
    names = [" · ".join(filter(None, (thumbnails.row_name(one, row), file))) for one, row, file in zip(classes, rows, files, strict=True)]
    words = [f"{sign} {row}".strip() for sign, row in zip(set_signs.signs(run, rows), rows, strict=True)]
    st.html(sheet(found, words, names))
    if legend := set_signs.legend(run, rows):
        st.markdown(legend)


def offer(run: Run, mask: Mask, name: str) -> None:
    """Offer the images as files, each made when it is asked for, and say how Python gets a kept set."""
    rows = cache.latents(run).rows[mask]
    files = {
        "csv": ("csv", "text/csv", partial(_csv, run, rows)),
        "parquet": ("parquet", "application/vnd.apache.parquet", partial(_parquet, run, rows)),
        "rows": ("txt", "text/plain", partial(_rows, rows)),
        "png": ("png", "image/png", partial(_contact_sheet, run, rows)),
    }
    if run.image_shape is None or thumbnails.real(run, rows[:1].tolist())[0] is None:
        del files["png"]
    with st.container(horizontal=True):
        for kind, (ending, mime, make) in files.items():
            label, file = t(f"chosen.save_{kind}"), f"{file_name(run, 'chosen')}.{ending}"
            st.download_button(label, make, file, mime, key=f"chosen/{kind}", on_click="ignore", icon=":material/download:")
    if len(rows) > selected.SHEET:
        st.markdown(t("chosen.sheet_most", n=fixed(selected.SHEET, 0)))
    st.markdown(t("chosen.in_python" if name else "chosen.keep_first"))
    if name:
        st.code(IN_PYTHON.format(run=run.id, name=name), language="python")


def _csv(run: Run, rows: Ints) -> bytes:
    return "\ufeff".encode() + selected_table.to_csv(selected_table.table_of(run, rows))  # the mark by which a spreadsheet knows UTF-8


def _parquet(run: Run, rows: Ints) -> bytes:
    return selected_table.to_parquet(selected_table.table_of(run, rows))


def _rows(rows: Ints) -> bytes:
    return "".join(f"{row}\n" for row in rows.tolist()).encode()


def _contact_sheet(run: Run, rows: Ints) -> bytes:
    return png(selected.contact_sheet(run, rows), is_packed=False)
