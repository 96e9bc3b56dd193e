"""The latent numbers as features: how many test images a simple classifier tells right, of few labelled images."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from dashboard.figures import feature_scores
from dashboard.i18n.format import fixed, plain
from dashboard.i18n.texts import t
from dashboard.views.inspect import blocks
from vae_core.evaluation.label_probe import CLASSIFIERS
from vae_core.inspection.result import Result
from vae_core.runs.run import Run

SPOKEN_OF = 10  # labelled images of each class, or of fewer the most


def show(run: Run, result: Result) -> None:
    """Say how many are told right, draw it for each classifier, and say what does better."""
    values = result.values
    blocks.say(sentence(values))
    for column, classifier in zip(st.columns(2, gap="large"), CLASSIFIERS, strict=True):
        with column:
            st.markdown(t(f"inspect.features.{classifier}"))
            scores = [score for score in values["scores"] if score["classifier"] == classifier]
            draw = partial(feature_scores.draw_scores, values, scores, "labels", t("inspect.features.labels"), t("inspect.features.axis"))
            alt = feature_scores.describe_scores(values, scores, "labels")
            name = f"{blocks.file_name(run, 'features')}-{classifier}"
            blocks.chart(draw, alt, feature_scores.columns_of_scores(scores), name, 380)
    if beside := values["autoencoder"]:
        st.caption(origin(beside))
        if words := ahead(values):
            st.markdown(words)
    st.markdown(t("inspect.features.not_for" if pixels_win(values) else "inspect.features.for"))
    blocks.refusals(result)
    blocks.protocol(run, result, t("inspect.features.formula"))


def origin(beside: dict[str, Any]) -> str:
    """Say where the plain autoencoder is from."""
    numbers = {"epochs": fixed(beside["epochs"], 0), "images": fixed(beside["images"], 0), "seconds": fixed(beside["seconds"], 1)}
    return t("inspect.features.taken" if beside["run"] else "inspect.features.trained", run=plain(beside["run"]), **numbers)


def ahead(values: dict[str, Any]) -> str:
    """Say at which number of labels the plain autoencoder is farthest ahead of the model; "" where that is within three errors."""
    at = {labels: best(values, labels) for labels in dict.fromkeys(score["labels"] for score in values["scores"])}
    labels = max(at, key=lambda one: at[one]["autoencoder"] - at[one]["mu"])
    error = max(score["standard_error"] for score in values["scores"] if score["labels"] == labels)
    own, other = at[labels]["mu"], at[labels]["autoencoder"]
    if other - own <= 3 * error:
        return ""
    return t("inspect.features.ahead", labels=labels, own=fixed(100 * own, 1), other=fixed(100 * other, 1))


def best(values: dict[str, Any], labels: int) -> dict[str, float]:
    """Return by kind of features the share that the better of the classifiers tells right."""
    found: dict[str, float] = {}
    for score in values["scores"]:
        if score["labels"] == labels:
            found[score["features"]] = max(found.get(score["features"], 0.0), score["value"])
    return found


def pixels_win(values: dict[str, Any]) -> bool:
    """Tell whether raw pixels do better than the latent numbers at the largest number of labels."""
    found = best(values, max(score["labels"] for score in values["scores"]))
    return found["pixels"] > found["mu"]


def sentence(values: dict[str, Any]) -> str:
    """Say what each kind of features tells right at one number of labels."""
    labels = min(SPOKEN_OF, max(score["labels"] for score in values["scores"]))
    labels = max(score["labels"] for score in values["scores"] if score["labels"] <= labels)
    shares = {kind: fixed(100 * share, 1) for kind, share in best(values, labels).items()}
    return t(
        "inspect.features.said_beside" if "autoencoder" in shares else "inspect.features.said",
        labels=labels,
        size=values["size"],
        n=fixed(values["pixels"], 0),
        **shares,
    )
