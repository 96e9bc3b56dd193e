"""A hundred labels: classes told by the latent space, with and without images that have none, beside ways that need no model."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from dashboard.figures import few_labels
from dashboard.i18n.format import fixed
from dashboard.i18n.texts import t
from dashboard.views.inspect import blocks
from vae_core.inspection.parts.few_labels import OWN, SIMPLE
from vae_core.inspection.result import Result
from vae_core.runs.run import Run


def show(run: Run, result: Result) -> None:
    """Say how many are told right, draw every way, and say what images without labels add."""
    values = result.values
    blocks.say(sentence(values))
    left, right = st.columns(2, gap="large")
    with left:
        columns = {key: [one[key] for one in values["scores"]] for key in ("method", "value", "standard_error")}
        draw = partial(few_labels.draw_methods, values)
        blocks.chart(draw, few_labels.describe_methods(values), columns, blocks.file_name(run, "few-labels"), 420)
    with right:
        for gain in values["gains"]:
            st.markdown(added(gain, values))
        st.markdown(t("inspect.few-labels.conditional"))
    st.markdown(t("inspect.few-labels.not_for"))
    blocks.refusals(result)
    counts = {key: fixed(values[key], 0) for key in ("labels", "unlabelled", "size")}
    blocks.protocol(run, result, t("inspect.few-labels.formula", **counts))


def sentence(values: dict[str, Any]) -> str:
    """Say what the model's best way and the best other way get right."""
    right = {one["method"]: 100 * one["value"] for one in values["scores"]}
    own, simple = max(OWN, key=right.__getitem__), max(SIMPLE, key=right.__getitem__)
    numbers = {"own": fixed(right[own], 1), "other": fixed(right[simple], 1)}
    key = blocks.verdict(right[own], right[simple], 1, is_more_better=True)
    names = {"way": few_labels.name_of(own, values), "name": few_labels.name_of(simple, values)}
    return t(f"inspect.few-labels.{key}", labels=fixed(values["labels"], 0), **names, **numbers)


def added(gain: dict[str, Any], values: dict[str, Any]) -> str:
    """Say what images without labels add in one respect; what is within two standard errors is no difference."""
    value, error = 100 * gain["value"], 100 * gain["standard_error"]
    key = "same" if abs(value) <= 2 * error else "more" if value > 0 else "less"
    numbers = {"value": fixed(abs(value), 1), "error": fixed(error, 1), "n": fixed(values["unlabelled"], 0)}
    return t(f"inspect.few-labels.gain.{gain['method']}_{key}", **numbers)
