"""How good it is: the price of an unseen image beside simpler models, and tighter bounds."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from dashboard.figures import bounds
from dashboard.i18n.format import fixed, number, plain
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import t, text_or
from dashboard.views.inspect import blocks
from vae_core.inspection import store
from vae_core.inspection.result import Result
from vae_core.runs.run import Run

SMALLEST_ERROR = 1e-3  # nats; a smaller error of log p(x) is shown as this


def show(run: Run, result: Result) -> None:
    """Say what an image costs, draw it beside simpler models, then the bounds."""
    values = result.values
    exact = store.read(run, "inference-gap", result.split)
    is_same = exact is not None and np.array_equal(exact.arrays.get("rows", ()), result.arrays.get("rows", ()))
    left, right = st.columns(2, gap="large")
    with left:
        _references(run, result)
    with right:
        _bounds(run, result, exact.values.get("log_p") if exact is not None and is_same else None)
    st.markdown(_published(values))
    st.markdown(_trust(values["effective_samples"]))
    blocks.refusals(result)
    blocks.protocol(run, result, t("inspect.bounds.formula"))


def _references(run: Run, result: Result) -> None:
    """Draw the price beside simpler models."""
    values = result.values
    blocks.say(_sentence(values))
    labels = [(_name(row), row) for row in values["references"]]
    draw, alt = partial(bounds.draw_references, values, labels), bounds.describe_references(values, labels)
    blocks.chart(draw, alt, bounds.columns_of_references(values), blocks.file_name(run, "references", result.split), 340)


def _name(row: dict[str, Any]) -> str:
    return text_or(f"reference.{row['name']}", text_or(f"inspect.bounds.reference.{row['name']}", row["name"]))


def _bounds(run: Run, result: Result, log_p: dict[str, Any] | None) -> None:
    """Draw the bound against the number of samples."""
    values = result.values
    blocks.say(_tightness(values, log_p))
    columns = {key: [row[key] for row in values["bounds"]] for key in ("k", "value", "standard_error")}
    draw, alt = partial(bounds.draw_bounds, values["bounds"], log_p), bounds.describe_bounds(values["bounds"], log_p)
    blocks.chart(draw, alt, columns, blocks.file_name(run, "bounds", result.split), 340)


def _sentence(values: dict[str, Any]) -> str:
    value, error = values["negative_elbo"]["value"], values["negative_elbo"]["standard_error"]
    cost = fixed(value, 1) if error is None else f"{fixed(value, 1)} ± {number(error, 2)}"  # one image has none
    models = [row for row in values["references"] if row["kind"] == "model"]
    if not models:
        return t("inspect.bounds.said_alone", cost=cost)
    best = min(models, key=lambda row: row["nats"])
    key = blocks.verdict(value, best["nats"], 1)
    return t(f"inspect.bounds.{key}", name=plain(_name(best)), other=fixed(best["nats"], 1), cost=cost)


def _published(values: dict[str, Any]) -> str:
    """List the published numbers of the same protocol, or of the nearest, named as such, or say why there are none."""
    if not values["published"]:
        return text_or(f"inspect.bounds.published.{values['published_reason']}", plain(values["published_reason"] or ""))
    rows = [{key: plain(translated(row.get(key) or "")) for key in ("model", "nats", "source", "note")} for row in values["published"]]
    head = t("inspect.bounds.published.draw" if values["published_reason"] == "draw" else "inspect.bounds.published.same")
    return "\n".join([head, "", *(t("inspect.bounds.published.line", **row) for row in rows)])


def _tightness(values: dict[str, Any], log_p: dict[str, Any] | None) -> str:
    rows = values["bounds"]
    tightest = rows[-1]
    numbers = {
        "k": fixed(tightest["k"], 0),
        "value": fixed(tightest["value"], 1),
        "gained": number(values["negative_elbo"]["value"] - tightest["value"], 2),
    }
    if log_p is None:
        return t("inspect.bounds.tightest", **numbers)
    return t("inspect.bounds.exact", exact=fixed(-log_p["value"], 2), quadrature=number(max(log_p["error"], SMALLEST_ERROR), 1), **numbers)


def _trust(samples: dict[str, Any]) -> str:
    key = "trusted" if samples["low"] < 0.01 else "doubtful"
    return t(f"inspect.bounds.{key}", median=fixed(samples["median"], 0), share=number(100 * samples["low"], 2))
