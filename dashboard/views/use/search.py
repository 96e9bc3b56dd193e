"""More like this: the nearest images by the latent numbers and by pixels, judged by their classes."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from dashboard.figures import feature_scores
from dashboard.i18n.format import fixed
from dashboard.i18n.texts import listed, listed_rows, said_of, t
from dashboard.views.inspect import blocks
from dashboard.widgets import thumbnails
from vae_core.inspection.parts.search import SHOWN
from vae_core.inspection.result import Result
from vae_core.runs.run import Run

SPOKEN_OF = 5  # nearest images


def show(run: Run, result: Result) -> None:
    """Say how many of the nearest are of the same class, draw it, and show some with what they find."""
    values = result.values
    blocks.say(sentence(values))
    left, right = st.columns(2, gap="large")
    with left:
        scores = values["scores"]
        draw = partial(feature_scores.draw_scores, values, scores, "at", t("inspect.search.at"), t("inspect.search.axis"))
        alt = feature_scores.describe_scores(values, scores, "at")
        blocks.chart(draw, alt, feature_scores.columns_of_scores(scores), blocks.file_name(run, "search"), 380)
    with right:
        _examples(run, result)
    st.markdown(t("inspect.search.not_for"))
    blocks.refusals(result)
    blocks.protocol(run, result, t("inspect.search.formula"))


def sentence(values: dict[str, object]) -> str:
    """Say what each kind of features finds among the nearest few."""
    scores: list[dict[str, float]] = values["scores"]  # type: ignore[assignment]
    at = max(int(score["at"]) for score in scores if score["at"] <= SPOKEN_OF)
    shares = {str(score["features"]): fixed(100 * score["value"], 1) for score in scores if score["at"] == at}
    return t("inspect.search.said", k=at, size=values["size"], **shares)


def _examples(run: Run, result: Result) -> None:
    """Show images, each with its nearest ones, by the features that are chosen."""
    names = feature_scores.names_of(result.values)
    kind = st.segmented_control(
        t("inspect.search.by"), list(names), default="mu", required=True, format_func=names.__getitem__, key="search_by",
        persist_state="session",
    )  # fmt: skip
    queries, near = result.arrays["queries"], result.arrays[f"near_{kind}"]
    rows = np.concatenate([queries[:, None], near[:, :SHOWN]], 1)
    pictures, reason = thumbnails.shown(run, rows.ravel().tolist())
    if reason:
        st.info(thumbnails.why_not(reason, are_redrawn=pictures is not None))
    if pictures is None:
        return
    words = [t("inspect.search.asked") if n % rows.shape[1] == 0 else "" for n in range(rows.size)]
    hover = [t("inspect.row", row=int(row)) for row in rows.ravel()]
    alt = t("inspect.search.alt", rows=listed_rows(said_of(row[0], listed(map(str, row[1:]))) for row in rows.tolist()))
    columns = {"image": np.repeat(queries, near.shape[1]).tolist(), "nearest": near.ravel().tolist()}
    blocks.sheet(pictures, words, rows.shape[1], hover, alt, columns, f"{blocks.file_name(run, 'search')}-{kind}", 60)
