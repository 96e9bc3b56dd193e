"""The cloud against the bell: where the encoder's cloud is thinner than the prior, and what the model draws there."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.figures import contact_sheet, prior_holes
from dashboard.i18n.format import fixed, number, plain, point
from dashboard.i18n.texts import listed_rows, t
from dashboard.session.navigation import go_to
from dashboard.session.point import set_point
from dashboard.views.inspect import blocks
from dashboard.widgets import thumbnails
from vae_core.inspection.result import Result
from vae_core.runs.run import Run

LISTED, ACROSS = 8, 4  # holes that are shown, and in a row; the CSV has all
MIN_SIDE = 56  # px of the longer side of a picture
CELL = 64  # px that a picture is wide


def show(run: Run, result: Result) -> None:
    """Say how much of the bell the model never visited, draw the map, list the holes."""
    values = result.values
    blocks.say(t("inspect.prior-holes.said_few" if values["too_few"] else "inspect.prior-holes.said", **_numbers(values)))
    if "log_ratio" in result.arrays:
        left, right = st.columns([3, 2], gap="large")
        with left:
            _map(run, result)
        with right:
            st.markdown(t("inspect.prior-holes.legend_1" if result.arrays["log_ratio"].ndim == 1 else "inspect.prior-holes.legend"))
            _pictures(run, result)
    else:
        _pictures(run, result)
    _table(run, values["holes"])
    blocks.refusals(result)
    blocks.protocol(
        run, result, t("inspect.prior-holes.formula", threshold=fixed(values["threshold"], 2), n=fixed(values["calibration"]["n"], 0))
    )


def _map(run: Run, result: Result) -> None:
    """Draw log q/p over the latent plane, or along the one dimension."""
    arrays, values, is_flat = result.arrays, result.values, result.arrays["log_ratio"].ndim == 1
    kind = prior_holes.draw_line if is_flat else prior_holes.draw_map
    draw = partial(kind, arrays["axis"], arrays["log_ratio"], arrays["region"], values)
    columns = prior_holes.columns_of(arrays["axis"], arrays["log_ratio"], arrays["region"])
    alt = t("inspect.prior-holes.alt", holes=_listed(values["holes"]), **_numbers(values))
    blocks.chart(draw, alt, columns, blocks.file_name(run, "cloud", result.split), 360, is_square=not is_flat)


def _numbers(values: dict[str, Any]) -> dict[str, str]:
    """Return the sentence's numbers in print, masses in percent of the prior."""
    mass = values["mass"]
    return {
        "mass": number(100 * mass["value"], 2), "error": number(100 * (mass["standard_error"] or 0), 1),
        "expected": number(100 * values["expected_mass"], 1), "n": str(len(values["holes"])), "listed": _together(values["holes"]),
    }  # fmt: skip


def _together(holes: list[dict[str, Any]]) -> str:
    return number(100 * sum(hole["mass"] for hole in holes), 2)


def _listed(holes: list[dict[str, Any]]) -> str:
    places = [(point(hole["z"]), number(100 * hole["mass"], 2)) for hole in holes]
    return listed_rows((t("inspect.prior-holes.alt_hole", place=place, mass=mass) for place, mass in places), LISTED)


def _pictures(run: Run, result: Result) -> None:
    """Show what the model draws in each hole above the nearest image."""
    holes = result.values["holes"]
    if not holes:
        st.write(t("inspect.prior-holes.none"))
        return
    few, drawn = holes[:LISTED], np.asarray(result.arrays["pictures"])
    nearest, reason = thumbnails.shown(run, [hole["nearest_row"] for hole in few])
    if nearest is None or drawn.shape[1:] != nearest.shape[1:]:
        return
    blocks.say(t("inspect.prior-holes.places"))
    drawn, nearest = (_enlarged(pictures_) for pictures_ in (drawn[: len(few)], nearest))
    rule = np.full((*drawn.shape[:-2], 1, drawn.shape[-1]), 128, np.uint8)
    shown = [(number(100 * hole["mass"], 2), name, hole["nearest_row"]) for name, hole in zip(_classes(run, few), few, strict=True)]
    words = [_tag(i + 1, *one) for i, one in enumerate(shown)]
    draw = partial(contact_sheet.draw_sheet, both := np.concatenate([drawn, rule, nearest], -2), words, ACROSS)
    columns = {key: [hole[key] for hole in holes] for key in holes[0]}
    alt = t("inspect.prior-holes.alt_sheet", holes=_listed(holes))
    blocks.chart(draw, alt, columns, blocks.file_name(run, "holes", result.split), contact_sheet.height_of(both, words, ACROSS, CELL))
    st.markdown(t("inspect.prior-holes.sheet_legend_redrawn" if reason else "inspect.prior-holes.sheet_legend"))
    _links(few)


def _links(holes: list[dict[str, Any]]) -> None:
    """Lead to the place of each hole on Explore."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(t("inspect.prior-holes.on_explore"), width="content")
        for i, hole in enumerate(holes):
            label = t("inspect.prior-holes.on_explore_label", n=i + 1, place=point(hole["z"]))
            if st.button(str(i + 1), key=f"hole/{i}", help=label):
                set_point(np.asarray(hole["z"], float))
                go_to("explore")


def _enlarged(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return small pictures (n, [3,] H, W) some whole times larger, so that a line of one pixel between two is a thin one."""
    times = max(1, MIN_SIDE // max(images.shape[-2:]))
    return images.repeat(times, -2).repeat(times, -1)


def _images(run: Run, holes: list[dict[str, Any]]) -> list[str]:
    """Name the image whose place is nearest to each hole: its class and its row."""
    rows = [hole["nearest_row"] for hole in holes]
    return [thumbnails.row_name(name, row) for name, row in zip(_classes(run, holes), rows, strict=True)]


def _classes(run: Run, holes: list[dict[str, Any]]) -> list[str]:
    return thumbnails.class_of_rows(run, [hole["nearest_row"] for hole in holes])


def _tag(n: int, mass: str, name: str, row: int) -> str:
    """Return the words below a hole: its number and mass, then the class and the row of the nearest image."""
    return t("inspect.prior-holes.tag" if name else "inspect.prior-holes.tag_unnamed", n=n, mass=mass, name=name, row=row)


def _table(run: Run, holes: list[dict[str, Any]]) -> None:
    """List the heaviest holes with mass, error and the nearest image."""
    if holes:
        images = _images(run, holes[:LISTED])
        lines = [_line(i, hole, image) for i, (hole, image) in enumerate(zip(holes, images, strict=False))]
        st.markdown("\n".join([t("inspect.prior-holes.head"), *lines]))
    if len(holes) > LISTED:
        st.write(t("inspect.prior-holes.more", n=len(holes) - LISTED, all=len(holes), listed=_together(holes)))


def _line(i: int, hole: dict[str, Any], image: str) -> str:
    where = t("inspect.prior-holes.rim" if hole["is_rim"] else "inspect.prior-holes.inside", place=point(hole["z"]))
    numbers = {"mass": number(100 * hole["mass"], 2), "error": number(100 * (hole["standard_error"] or 0), 1)}
    near = {"image": plain(image), "distance": fixed(hole["nearest_distance"], 2), "ratio": fixed(hole["log_ratio"], 1)}
    return t("inspect.prior-holes.line", n=i + 1, where=where, **numbers, **near)
