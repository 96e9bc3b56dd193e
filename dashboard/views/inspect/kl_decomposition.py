"""Where the nats go: KL per dimension over the epochs, and the three parts of the mean KL."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from dashboard.figures.kl_decomposition import columns_of_parts, describe_epochs, describe_parts, draw_epochs, draw_parts, printed
from dashboard.i18n.format import axis, fixed, number
from dashboard.i18n.texts import listed, prose, t
from dashboard.views.inspect import blocks
from vae_core.inspection.result import Result
from vae_core.runs.run import Run


def show(run: Run, result: Result) -> None:
    """Say how the mean KL splits, draw the split, then the epochs; an autoencoder has the epochs' spread alone."""
    values = result.values
    if "mutual_information" in values:
        _split(run, result)
    _epochs(run, result)
    blocks.refusals(result)
    blocks.protocol(run, result, t("inspect.kl-decomposition.formula"))


def _split(run: Run, result: Result) -> None:
    """Draw the three parts of the mean KL."""
    values = result.values
    blocks.say(t(f"inspect.kl-decomposition.{'too_few' if values['too_few'] else 'said'}", **_numbers(values)))
    name = blocks.file_name(run, "nats", result.split)
    blocks.chart(partial(draw_parts, values), describe_parts(values), columns_of_parts(values), name, 250)
    st.markdown(t("inspect.kl-decomposition.left_over", **_numbers(values)))


def _epochs(run: Run, result: Result) -> None:
    """Draw each dimension over the epochs: its KL, or in an autoencoder the variance of its places."""
    values, kind = result.values, "kl" if "kl_per_dim" in result.values else "variance"
    carried, over_time = values["kl_per_dim" if kind == "kl" else "mu_variance"], result.arrays[f"epochs_{kind}"]
    if not len(over_time):
        blocks.say(prose(_dimensions(values), t("inspect.kl-decomposition.epochs_none")))
        return
    blocks.say(_dimensions(values))
    d, order = len(carried), sorted(range(len(carried)), key=lambda j: -carried[j])
    columns = {"epoch": range(1, len(over_time) + 1), **{axis(j): over_time[:, j].tolist() for j in range(d)}}
    draw, alt = partial(draw_epochs, over_time, order, values.get("asleep", ()), kind), describe_epochs(over_time, order, kind)
    blocks.chart(draw, alt, columns, blocks.file_name(run, f"{kind}-per-epoch"), max(200, min(560, 110 + 26 * d)))


def _dimensions(values: dict[str, Any]) -> str:
    """Say how many dimensions are in use, and which are asleep."""
    asleep, active, d = values.get("asleep", ()), len(values["active"]), len(values["mu_variance"])
    if values["n"] == 1 < d:  # the mean of a single image does not move
        return t("inspect.kl-decomposition.dimensions_unknown")
    key = "one_dimension" if d == 1 else "dimensions_asleep" if asleep else "dimensions" if active == d else "dimensions_some"
    names = listed(map(axis, asleep), 8)
    return t(f"inspect.kl-decomposition.{key}", active=active, d=d, names=names)


def _numbers(values: dict[str, Any]) -> dict[str, str]:
    """Return the sentence's numbers in print."""
    return {
        **printed(values), "at_most": fixed(values["at_most"]["value"], 2),
        "error": number(values["remainder"]["standard_error"] or 0, 1), "log_n": fixed(values["log_n"], 2), "n": fixed(values["n"], 0),
    }  # fmt: skip
