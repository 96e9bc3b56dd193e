"""Completion: a part of a picture is erased, and several pictures are drawn that agree with what is left."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from dashboard.components.run_packets import is_drawable
from dashboard.figures import completion
from dashboard.i18n.format import fixed
from dashboard.i18n.texts import listed, t
from dashboard.views.inspect import blocks
from dashboard.views.use import by_hand
from vae_core.inspection.parts.completion import ERASED, SAMPLES, SHOWN
from vae_core.inspection.result import Result
from vae_core.runs.run import Run

SIMPLE = ("neighbours", "normal", "mean")
FEW = 10  # draws, below which an average of them says little


def show(run: Run, result: Result) -> None:
    """Ask which part is erased, say which way comes nearest, draw all, and show some completions."""
    names = {name: t(f"inspect.completion.erased.{name}") for name in ERASED}
    erased = st.segmented_control(
        t("inspect.completion.which"), ERASED, default=ERASED[0], required=True, format_func=names.__getitem__, key="completion_erased",
        persist_state="session",
    )  # fmt: skip
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


def erase(run: Run) -> None:
    """Let the viewer erase a part of a test image and see what it could have been, where the run can tell."""
    if run.has_kl and run.has_normal_prior and is_drawable(run):
        by_hand.show(run, "completion")


def sentence(found: list[dict[str, Any]], erased: str) -> str:
    """Say how far off the average of the completions is, a single one, and the best simple way; what prints the same is no difference."""
    errors = {one["method"]: one["value"] for one in found}
    best = min((way for way in SIMPLE if way in errors), key=errors.__getitem__)
    numbers = {"own": fixed(errors["average"], 3), "one": fixed(errors["one"], 3), "other": fixed(errors[best], 3)}
    key = blocks.verdict(errors["average"], errors[best], 3)
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
    alt = t("inspect.completion.alt_pictures", rows=listed(map(str, places)), ways=listed(ways))
    blocks.sheet(images, words, len(ways), ways * len(pictures), alt, {"row": places}, f"{name}-pictures", 68)
