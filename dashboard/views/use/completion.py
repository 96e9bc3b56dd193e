"""Completion: a part of a picture is erased, and several pictures are drawn that agree with what is left."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from dashboard.components import carrier
from dashboard.components import completion as live
from dashboard.components.run_packets import is_drawable
from dashboard.figures import completion, contact_sheet
from dashboard.i18n.format import fixed
from dashboard.i18n.texts import t
from dashboard.session import cache
from dashboard.views.inspect import blocks
from dashboard.widgets import live_map, thumbnails
from vae_core.arrays import Ints
from vae_core.data import sources
from vae_core.inspection.parts.completion import ERASED, SAMPLES, SHOWN
from vae_core.inspection.result import Result
from vae_core.runs.errors import MissingImages
from vae_core.runs.run import Run

SIMPLE = ("neighbours", "normal", "mean")
OFFERED = 30  # images, to erase by hand
FEW = 10  # draws, below which an average of them says little


def show(run: Run, result: Result) -> None:
    """Ask which part is erased, say which way comes nearest, draw all, and show some completions."""
    names = {name: t(f"inspect.completion.erased.{name}") for name in ERASED}
    erased = st.segmented_control(
        t("inspect.completion.which"), ERASED, default=ERASED[0], required=True, format_func=names.__getitem__, key="completion_erased"
    )
    found = [one for one in result.values["found"] if one["erased"] == erased]
    blocks.say(sentence(found, names[erased]))
    left, right = st.columns([2, 3], gap="large")
    name = f"{blocks.file_name(run, 'completion')}-{erased}"
    with left:
        columns = {key: [one[key] for one in found] for key in ("erased", "method", "value", "standard_error")}
        blocks.chart(partial(completion.draw_errors, found), completion.describe_errors(found), columns, name, 360)
    with right:
        _pictures(result, ERASED.index(erased), name)
    st.markdown(_worth(next(one for one in result.values["effective"] if one["erased"] == erased)))
    st.markdown(t("inspect.completion.not_for"))
    blocks.refusals(result)
    blocks.protocol(run, result, t("inspect.completion.formula"))


def by_hand(run: Run) -> None:
    """Let the viewer erase a part of a test image and see what it could have been, where the run can tell."""
    if not (run.has_kl and run.has_normal_prior and is_drawable(run)):
        return
    points = cache.latents(run)
    rows = _offered(points.rows, points.labels)
    words = dict(zip(rows, thumbnails.class_of_rows(run, rows), strict=True))
    row = st.selectbox(
        t("inspect.completion.live.image"),
        rows,
        format_func=lambda row: thumbnails.row_name(words[row], row),
        key=f"completion_row/{run.id}",
    )
    at_hand = sources.fingerprint(run.config.data.dataset)
    try:
        picture = live_map.packet(run, f"row/{row}", at_hand)
    except MissingImages as error:
        st.info(thumbnails.why_not(error.reason))
        return
    with st.container(key="carrier"):
        carrier.carry("completion", picture)
    live.show(live_map.facts(run), row)


def _offered(rows: Ints, labels: Ints | None) -> list[int]:
    """Return rows of test images to choose from: the first of each class, then others."""
    first = [] if labels is None else np.sort(np.unique(labels, return_index=True)[1]).tolist()
    return list(dict.fromkeys(int(rows[at]) for at in [*first[:OFFERED], *range(min(OFFERED, len(rows)))]))


def sentence(found: list[dict[str, Any]], erased: str) -> str:
    """Say how far off the average of the completions is, a single one, and the best simple way; what prints the same is no difference."""
    errors = {one["method"]: one["value"] for one in found}
    best = min((way for way in SIMPLE if way in errors), key=errors.__getitem__)
    numbers = {"own": fixed(errors["average"], 3), "one": fixed(errors["one"], 3), "other": fixed(errors[best], 3)}
    key = "said_same" if numbers["own"] == numbers["other"] else "said" if errors["average"] < errors[best] else "said_worse"
    return t(f"inspect.completion.{key}", erased=erased, name=t(f"inspect.completion.method.{best}"), **numbers)


def _worth(effective: dict[str, Any]) -> str:
    """Say how many equal draws the weighted ones are worth, and where they are few, what that means."""
    key = "worth_little" if effective["low"] < FEW else "worth"
    return t(f"inspect.completion.{key}", samples=SAMPLES, median=fixed(effective["median"], 0), low=fixed(effective["low"], 0))


def _pictures(result: Result, erased: int, name: str) -> None:
    """Show what is left of images, completions, their average, the neighbours' mean, and the images, a column each."""
    pictures = result.arrays["pictures"][erased].swapaxes(0, 1)  # (images, columns, *event)
    images = pictures.reshape(-1, *pictures.shape[2:])
    ways = [t("inspect.completion.left"), *(str(n + 1) for n in range(SHOWN))]
    ways += [t(f"inspect.completion.column.{one}") for one in ("average", "neighbours", "image")]
    words = [*[""] * (len(images) - len(ways)), *ways]
    places = result.arrays["shown"].tolist()
    alt = t("inspect.completion.alt_pictures", rows=", ".join(map(str, places)), ways=", ".join(ways))
    draw = partial(contact_sheet.draw_sheet, images, words, len(ways), ways * len(pictures))
    blocks.chart(draw, alt, {"row": places}, f"{name}-pictures", contact_sheet.height_of(images, words, len(ways), 68))
