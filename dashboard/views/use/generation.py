"""Pictures drawn anew: how like real ones they are by several measures, and each beside the nearest training image."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from dashboard.figures import generation
from dashboard.i18n.format import fixed
from dashboard.i18n.texts import listed_rows, said_of, t
from dashboard.views.inspect import blocks
from vae_core.evaluation.sample_quality import MEASURES
from vae_core.inspection.result import Result
from vae_core.runs.run import Run

SHOWN = (*MEASURES, "copied")


def show(run: Run, result: Result) -> None:
    """Say how like real ones the drawn pictures are, draw one measure for all ways, and show pictures of one way."""
    found = result.values["found"]
    blocks.say(sentence(found))
    left, right = st.columns(2, gap="large")
    name = blocks.file_name(run, "generation")
    with left:
        measure = st.selectbox(
            t("inspect.generation.by"), SHOWN, format_func=lambda one: t(f"inspect.generation.measure.{one}"), key="generation_measure",
            persist_state="session",
        )  # fmt: skip
        columns = generation.columns_of(found, SHOWN)
        draw = partial(generation.draw_measure, found, measure)
        blocks.chart(draw, generation.describe_measure(found, measure), columns, f"{name}-{measure}", 380)
        st.caption(t(f"inspect.generation.means.{measure}", chance=fixed(100 * result.values["chance"], 1)))
    with right:
        _pictures(result, name)
    st.markdown(t("inspect.generation.not_for"))
    blocks.refusals(result)
    values = result.values
    counts = {key: fixed(values[key], 0) for key in ("n", "axes", "searched", "unseen")}
    blocks.protocol(run, result, t("inspect.generation.formula", explained=fixed(100 * values["explained"], 0), **counts))


def sentence(found: list[dict[str, Any]]) -> str:
    """Say precision and recall of the model's own pictures, of the mixture's and of other real images."""
    by_kind = {one["kind"]: one for one in found}
    own = "prior" if "prior" in by_kind else "aggregate"
    numbers = {
        f"{name}_{measure}": fixed(100 * by_kind[kind][measure]["value"], 1)
        for name, kind in (("own", own), ("mixture", "mixture"), ("real", "real"))
        for measure in ("precision", "recall")
    }
    return t("inspect.generation.said", kind=t(f"inspect.generation.from.{own}"), **numbers)


def copied(values: dict[str, Any], kind: str) -> str:
    """Say how often pictures of a kind lie nearer to a training image than to an unseen one, and whether that is more than chance."""
    (found,) = (one["copied"] for one in values["found"] if one["kind"] == kind)
    is_more = found["value"] - values["chance"] > 3 * found["standard_error"]
    numbers = {"share": fixed(100 * found["value"], 1), "error": fixed(100 * found["standard_error"], 1)}
    return t(f"inspect.generation.{'said_copied' if is_more else 'said_new'}", chance=fixed(100 * values["chance"], 1), **numbers)


def _pictures(result: Result, name: str) -> None:
    """Show pictures of the way that is chosen, each above the nearest training image."""
    kinds = [one["kind"] for one in result.values["found"]]
    kind = st.selectbox(
        t("inspect.generation.which"), kinds, format_func=lambda one: t(f"inspect.generation.kind.{one}"), key="generation_kind",
        persist_state="session",
    )  # fmt: skip
    arrays = {key: result.arrays[f"{key}_{kind}"] for key in ("pictures", "nearest", "nearer", "nearest_row")}
    rows, shares = arrays["nearest_row"].tolist(), [fixed(100 * one, 0) for one in arrays["nearer"]]
    told = listed_rows(map(said_of, rows, shares))
    alt = t("inspect.generation.alt_pictures", kind=t(f"inspect.generation.kind.{kind}"), rows=told)
    hover = [t("inspect.generation.near", row=row, share=share) for row, share in zip(rows, shares, strict=True)]
    columns = {"nearest_row": rows, "nearer": arrays["nearer"].tolist()}
    images = generation.pairs(arrays["pictures"], arrays["nearest"])
    blocks.sheet(images, shares, generation.ACROSS, hover, alt, columns, f"{name}-{kind}", 84)
    st.caption(t("inspect.generation.below"))
    st.markdown(copied(result.values, kind))
