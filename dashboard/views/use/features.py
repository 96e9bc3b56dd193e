"""The latent numbers as features: how many test images a simple classifier tells right, of few labelled images."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from dashboard.figures import feature_scores
from dashboard.i18n.format import fixed, plain
from dashboard.i18n.texts import prose, t
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
        st.caption(origin(beside, int(run.summary["epochs"]) * int(run.dataset["n_train"])))
        if words := ahead(values):
            st.markdown(words)
    st.markdown(beside_pixels(values))
    blocks.refusals(result)
    blocks.protocol(run, result, t("inspect.features.formula"))


def origin(beside: dict[str, Any], seen: int) -> str:
    """Say where the plain autoencoder is from, and whether the run has been trained longer: images `seen`, again in each epoch."""
    numbers = {"epochs": fixed(beside["epochs"], 0), "images": fixed(beside["images"], 0), "seconds": fixed(beside["seconds"], 1)}
    said = t("inspect.features.taken" if beside["run"] else "inspect.features.trained", run=plain(beside["run"]), **numbers)
    is_longer = seen > beside["epochs"] * beside["images"]
    return prose(said, t("inspect.features.longer")) if is_longer else said


def ahead(values: dict[str, Any]) -> str:
    """Say at which number of labels the plain autoencoder is farthest ahead of the model; "" where that is within three errors."""
    at = {labels: best(values, labels) for labels in dict.fromkeys(score["labels"] for score in values["scores"])}
    labels = max(at, key=lambda one: at[one]["autoencoder"] - at[one]["mu"])
    own, other = at[labels]["mu"], at[labels]["autoencoder"]
    if other - own <= 3 * error_at(values, labels):
        return ""
    return t("inspect.features.ahead", labels=labels, own=fixed(100 * own, 1), other=fixed(100 * other, 1))


def best(values: dict[str, Any], labels: int) -> dict[str, float]:
    """Return by kind of features the share that the better of the classifiers tells right."""
    found: dict[str, float] = {}
    for score in values["scores"]:
        if score["labels"] == labels:
            found[score["features"]] = max(found.get(score["features"], 0.0), score["value"])
    return found


def beside_pixels(values: dict[str, Any]) -> str:
    """Say which do better at the largest number of labels, the latent numbers or raw pixels; what is within two errors is no difference."""
    labels = max(score["labels"] for score in values["scores"])
    found, error = best(values, labels), error_at(values, labels)
    gap = found["mu"] - found["pixels"]
    key = "even" if abs(gap) <= 2 * error else "for" if gap > 0 else "not_for"
    numbers = {kind: fixed(100 * found[kind], 1) for kind in ("mu", "pixels")}
    return t(f"inspect.features.{key}", labels=labels, **numbers)


def error_at(values: dict[str, Any], labels: int) -> float:
    """Return the largest standard error of what is told right at this number of labels."""
    error: float = max(score["standard_error"] for score in values["scores"] if score["labels"] == labels)
    return error


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
