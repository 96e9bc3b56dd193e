"""Strangers among test images: how well the model's scores tell them apart, beside simpler ways, and a threshold of one's own."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from dashboard.figures import anomaly
from dashboard.i18n.format import fixed, number, plain
from dashboard.i18n.texts import t, text_or
from dashboard.views.inspect import blocks
from dashboard.widgets import thumbnails
from vae_core.arrays import Floats
from vae_core.evaluation.detection import threshold_at
from vae_core.inspection.parts.anomaly import METHODS, SIMPLE
from vae_core.inspection.result import Result
from vae_core.runs.run import Run

ALARMS = (0.5, 1.0, 2.0, 5.0, 10.0)  # of 100 test images


def show(run: Run, result: Result) -> None:
    """Ask which strangers, say and draw how well they are told, and find the threshold for a rate of false alarms."""
    kinds = list(dict.fromkeys(one["kind"] for one in result.values["found"]))
    names = {kind: text_or(f"inspect.anomaly.kind.{kind}", plain(kind)) for kind in kinds}
    kind = st.segmented_control(
        t("inspect.anomaly.which"), kinds, default=kinds[0], required=True, format_func=names.__getitem__, key="strangers",
        persist_state="session",
    )  # fmt: skip
    found = [one for one in result.values["found"] if one["kind"] == kind]
    blocks.say(sentence(found, names[kind]))
    left, right = st.columns(2, gap="large")
    name = f"{blocks.file_name(run, 'anomaly')}-{kind}"
    with left:
        table = anomaly.columns_of_methods(found)
        blocks.chart(partial(anomaly.draw_methods, found), anomaly.describe_methods(found), table, name, 400)
    with right:
        curves = {one["method"]: result.arrays[f"roc_{kind}_{one['method']}"] for one in found}
        shares = {"flagged": list(range(101)), **{method: curve.tolist() for method, curve in curves.items()}}
        blocks.chart(partial(anomaly.draw_roc, curves), anomaly.describe_roc(curves), shares, f"{name}-roc", 400)
    _threshold(run, result, kind, [one["method"] for one in found])
    st.markdown(t("inspect.anomaly.not_for"))
    blocks.refusals(result)
    blocks.protocol(run, result, t("inspect.anomaly.formula"))


def sentence(found: list[dict[str, Any]], kind: str) -> str:
    """Say how well the bound tells strangers beside the best simple way; where they score below the test images, warn."""
    by_method = {one["method"]: one for one in found}
    own = by_method.get("negative_elbo", by_method["reconstruction"])
    simple = max((by_method[name] for name in SIMPLE), key=lambda one: one["auc"])
    auc, other = 100 * own["auc"], 100 * simple["auc"]
    is_below = own["auc_interval"][1] < 0.5  # by more than chance
    key = "said_below" if is_below else blocks.verdict(auc, other, 1, is_more_better=True)
    numbers = {"own": fixed(auc, 1), "other": fixed(other, 1)}
    return t(f"inspect.anomaly.{key}", kind=kind, name=t(f"inspect.anomaly.method.{simple['method']}"), **numbers)


def above(at: float, scores: Floats, strange: Floats, split: str) -> str:
    """Say what share of the scores of a run's own images (N,), test images where it has some, and of strangers (M,) is higher."""
    key = "threshold_learned" if split == "train" else "threshold"
    shares = {name: fixed(100 * float((each > at).mean()), 1) for name, each in (("flagged", scores), ("caught", strange))}
    return t(f"inspect.anomaly.{key}", value=number(at, 4), **shares)


def _threshold(run: Run, result: Result, kind: str, methods: list[str]) -> None:
    """Ask for a score and a rate of false alarms, say the threshold and what it catches, and offer the scores of all test images."""
    one, two = st.columns(2, gap="large")
    known = [method for method in METHODS if method in methods]
    method = one.selectbox(
        t("inspect.anomaly.score"), known, format_func=lambda name: t(f"inspect.anomaly.method.{name}"), key="anomaly_score",
        persist_state="session",
    )  # fmt: skip
    alarm = two.select_slider(
        t("inspect.anomaly.alarm"), ALARMS, 1.0, format_func=lambda share: fixed(share, 1), key="anomaly_alarm", persist_state="session"
    )
    scores, strange = result.arrays[f"known_{method}"], result.arrays[f"strange_{kind}_{method}"]
    at = float(threshold_at(scores, np.array([alarm / 100]))[0])
    st.markdown(above(at, scores, strange, result.protocol["split"]))
    rows = result.arrays["rows"]
    columns = {"row": rows.tolist(), "file": thumbnails.file_names(run, rows.tolist())}
    columns |= {each: result.arrays[f"known_{each}"].tolist() for each in known} | {"is_flagged": (scores > at).tolist()}
    blocks.csv_button(columns, f"{blocks.file_name(run, 'anomaly')}-scores", t("inspect.anomaly.scores"))
