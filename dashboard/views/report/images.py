"""The worst redrawn and the strangest images, each original above what the model makes of it, with its file where that is known."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.i18n.format import plain
from dashboard.i18n.texts import t
from dashboard.views.inspect import outliers as sheets
from dashboard.widgets import reconstructions, thumbnails
from vae_core.evaluation import outliers
from vae_core.inspection.result import Result
from vae_core.runs.run import Run

SHOWN = 12  # images: one row on a wide screen
LISTED = 4  # groups of images that are alike


def show(run: Run, found: Result) -> None:
    """Ask for an order, say what stands first in it, and show the first images."""
    orders = [by for by in outliers.ORDERS if by in found.arrays and np.isfinite(found.arrays[by]).any()]
    if not orders:
        return
    words = {by: t(f"inspect.outliers.order.{by}") for by in orders}
    by = orders[0]
    if len(orders) > 1:
        by = st.segmented_control(
            t("inspect.outliers.by"), orders, default=by, required=True, format_func=words.__getitem__, key="report/order",
            persist_state="session",
        )  # fmt: skip
    first = np.asarray(outliers.strangest(found, by, SHOWN))
    (file,) = thumbnails.file_names(run, found.arrays["rows"][first[:1]])
    st.markdown(sheets.sentence(run, found, by, first) + (t("reconstructions.open_file", file=plain(file)) if file else ""))
    costs, at = found.arrays["reconstruction"][first], sheets.positions(run, found.arrays["rows"][first])
    if at is None or not np.isfinite(costs).all():
        sheets.show_sheet(run, found, by, first)
        return
    values = [] if by == sheets.REDRAWN else [sheets.value(run, found, by, int(i)) for i in first]
    with st.container(key="reconstructions"), st.spinner(t("losses.redrawing")):
        reconstructions.show(run, at, costs, values)
    if groups := found.values.get("duplicates"):
        st.markdown(t("report.duplicates", n=len(groups), rows=plain(sheets.rows_alike(groups, LISTED))))
