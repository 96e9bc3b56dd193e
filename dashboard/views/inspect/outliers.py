"""Worst and strangest: contact sheets of the images that the model redraws worst, finds most surprising or puts among strangers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.figures import contact_sheet
from dashboard.i18n.format import fixed, number, plain
from dashboard.i18n.names import class_names
from dashboard.i18n.texts import listed, listed_rows, said_of, t
from dashboard.session import cache
from dashboard.views.inspect import blocks
from dashboard.widgets import reconstructions, set_signs, thumbnails
from vae_core.evaluation import outliers
from vae_core.inspection.result import Result
from vae_core.runs.run import Run

MAX_IMAGES, ACROSS = 20, 5  # images on a sheet, and in a row
REDRAWN = "reconstruction"  # the order whose images stand beside what the model redraws of them
MAX_REDRAWN = 24
LETTERS = 7  # of a class below a small picture
ALIKE = 4  # rows of a group of images that are alike


def show(run: Run, result: Result) -> None:
    """Ask by what the images are ordered, show the first of them, and offer all as CSV."""
    arrays = result.arrays
    orders = [by for by in outliers.ORDERS if by in arrays and np.isfinite(arrays[by]).any()]
    if not orders:
        blocks.refusals(result)
        return
    words = {by: t(f"inspect.outliers.order.{by}") for by in orders}
    by = st.segmented_control(
        t("inspect.outliers.by"), orders, default=orders[0], required=True, format_func=words.__getitem__, key="outliers",
        persist_state="session",
    )  # fmt: skip
    first = np.asarray(outliers.strangest(result, by, MAX_REDRAWN if by == REDRAWN else MAX_IMAGES))
    first = first[np.isfinite(arrays[by][first])]
    blocks.say(sentence(run, result, by, first))
    name, all_images = blocks.file_name(run, "outliers", result.split), partial(outliers.to_csv, result)
    at = positions(run, result.arrays["rows"][first]) if by == REDRAWN else None
    if at is not None:
        with st.spinner(t("losses.redrawing")):
            reconstructions.show(run, at, arrays[by][first])
        blocks.csv_button(all_images, name)
    else:
        _sheet(run, result, by, first[:MAX_IMAGES], name, all_images)
    _duplicates(run, result)
    blocks.refusals(result)
    blocks.protocol(run, result, t("inspect.outliers.formula"))


def positions(run: Run, rows: NDArray[Any]) -> NDArray[np.int64] | None:
    """Return where rows of the dataset stand among the run's test images; None where they are others, or not at hand."""
    tested = cache.latents(run).rows
    if not np.isin(rows, tested).all() or thumbnails.real(run, rows.tolist())[0] is None:
        return None
    order = np.argsort(tested)
    found: NDArray[np.int64] = order[np.searchsorted(tested, rows, sorter=order)]
    return found


def sentence(run: Run, result: Result, by: str, first: NDArray[Any]) -> str:
    """Say what stands first in an order, against the median."""
    values = result.arrays[by]
    numbers = {
        "row": int(result.arrays["rows"][first[0]]),
        "worst": _print(by, values[first[0]]),
        "median": _print(by, float(np.nanmedian(values))),
    }
    if by == "agreement":
        own, other = _labels(run, result, int(first[0]))
        share, k = result.arrays["majority_share"][first[0]], min(outliers.NEIGHBOURS, len(values) - 1)
        numbers |= {"own": plain(own), "other": plain(other), "share": fixed(100 * share, 0), "k": k}
        by = "agreement" if values[first[0]] < share else "agreement_own"  # even the first one may lie among its own class
    return t(f"inspect.outliers.said.{by}", **numbers)


def _labels(run: Run, result: Result, i: int) -> tuple[str, str]:
    """Return what an image is labelled, and what most of its neighbours are."""
    names = class_names(run)
    own, other = (int(result.arrays[name][i]) for name in ("labels", "majority"))
    return names[own] if 0 <= own < len(names) else "", names[other] if 0 <= other < len(names) else ""


def _tag(run: Run, result: Result, by: str, i: int) -> str:
    """Return the words below an image: its row, and the number that puts it here, or its label and its neighbours'."""
    own, other = (name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…" for name in _labels(run, result, i))
    numbers = {"row": int(result.arrays["rows"][i]), "value": _print(by, result.arrays[by][i])}
    return t(f"inspect.outliers.tag.{by}", **numbers, own=own, other=other)


def value(run: Run, result: Result, by: str, i: int) -> str:
    """Return in a few letters why an image stands where it does: its number, or its label and that of most of its neighbours."""
    own, other = _labels(run, result, i)
    return f"{own} / {other}" if by == "agreement" else t("reconstructions.nats", nats=_print(by, result.arrays[by][i]))


def show_sheet(run: Run, result: Result, by: str, first: NDArray[Any]) -> None:
    """Show the images of a run whose data are not at hand, as the model redraws them, and say so."""
    _sheet(run, result, by, first, blocks.file_name(run, "outliers", result.split), partial(outliers.to_csv, result))


def _print(by: str, value: float) -> str:
    return fixed(100 * value, 0) if by == "agreement" else number(value, 3)


def _sheet(run: Run, result: Result, by: str, first: NDArray[Any], name: str, all_images: Callable[[], str]) -> None:
    """Show the pictures with row number and value; the CSV has all images."""
    arrays = result.arrays
    rows = arrays["rows"][first]
    found, reason = thumbnails.shown(run, rows)
    if reason:
        st.info(thumbnails.why_not(reason, are_redrawn=found is not None))
    signs = set_signs.signs(run, rows)
    words = [f"{sign} {_tag(run, result, by, int(i))}".strip() for sign, i in zip(signs, first, strict=True)]
    if found is None:
        st.markdown(t("inspect.outliers.rows", rows=listed(map(plain, words))))
        return
    draw = partial(contact_sheet.draw_sheet, found, words, ACROSS, [_hover(run, result, int(i)) for i in first])
    alt = t("inspect.outliers.alt", by=t(f"inspect.outliers.order.{by}"), rows=listed(str(int(row)) for row in rows))
    blocks.chart(draw, alt, all_images, name, is_square=True)
    if legend := set_signs.legend(run, rows):
        st.markdown(legend)
    if by == "agreement":
        st.markdown(t("inspect.outliers.strangers"))


def _hover(run: Run, result: Result, i: int) -> str:
    """Name an image's class and every number that orders the sheets."""
    arrays, (own, _) = result.arrays, _labels(run, result, i)
    row = int(arrays["rows"][i])
    lines = [t("inspect.row", row=row) + (f" · {own}" if own else ""), *filter(None, thumbnails.file_names(run, [row]))]
    known = [by for by in outliers.ORDERS if by in arrays and np.isfinite(arrays[by][i])]
    lines += [said_of(t(f"inspect.outliers.order.{by}"), _print(by, arrays[by][i])) for by in known]
    return "\n".join(lines)


def rows_alike(groups: Sequence[Sequence[int]], most: int) -> str:
    """Name groups of rows whose images are alike; of more than `most` groups, or `ALIKE` rows, the first ones and dots."""
    return listed_rows((" = ".join([*map(str, group[:ALIKE]), *(["…"] if len(group) > ALIKE else [])]) for group in groups), most)


def _duplicates(run: Run, result: Result) -> None:
    """Show groups of images that are the same or nearly, each with its row numbers."""
    groups = result.values.get("duplicates") or []
    if not groups:
        return
    key = "duplicates" if len(groups) > 1 else "duplicates_one"
    blocks.say(t(f"inspect.outliers.{key}", n=len(groups), identical=result.values["identical"]))
    few = groups[: MAX_IMAGES // 2]
    rows = [row for group in few for row in group[:2]]
    found, _ = thumbnails.shown(run, rows)
    if found is not None:
        words = [t("inspect.row", row=row) for row in rows]
        draw = partial(contact_sheet.draw_sheet, found, words, ACROSS)
        columns = {"group": [i for i, group in enumerate(groups) for _ in group], "row": [row for group in groups for row in group]}
        alt = t("inspect.outliers.alt_duplicates", n=len(groups), rows=rows_alike(groups, len(few)))
        blocks.chart(draw, alt, columns, blocks.file_name(run, "duplicates", result.split), contact_sheet.height_of(found, words, ACROSS))
