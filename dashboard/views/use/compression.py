"""How many bits a test image takes without loss: by this model, by general programs and by picture formats."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from dashboard.figures import compression
from dashboard.i18n.format import fixed
from dashboard.i18n.texts import t, text_or
from dashboard.views.inspect import blocks
from vae_core import place
from vae_core.inspection.result import Result
from vae_core.runs.run import Run


def show(run: Run, result: Result) -> None:
    """Say what an image takes in files of a hundred and of a thousand, draw it beside other ways, and say when not to use it."""
    values = result.values
    for column, found in zip(st.columns(len(values["sets"]), gap="large"), values["sets"], strict=True):
        with column:
            blocks.say(_sentence(found))
            draw, alt = partial(compression.draw, found), compression.describe(found)
            blocks.chart(draw, alt, compression.columns_of(found), f"{blocks.file_name(run, 'compression')}-{found['n']}", 380)
    if values["is_thresholded"]:
        st.markdown(t("inspect.compression.thresholded"))
    st.markdown(t("inspect.compression.not_for", weights=fixed(values["weights_bytes"] / 1e6, 1)))
    st.markdown(t("inspect.compression.command"))
    written = place.command("compress", run.id, "--out", "images.llz")
    read = place.command("decompress", "images.llz", "--out", "images.npy")
    st.code(f"{written}\n{read}", language="bash", wrap_lines=True)
    blocks.refusals(result)
    blocks.protocol(run, result, t("inspect.compression.formula"))


def _sentence(found: dict[str, Any]) -> str:
    """Say whether the model's code or another is the shorter one; what rounds to the same is no difference."""
    best = found["others"][0]
    numbers = {"n": fixed(found["n"], 0), "net": fixed(found["net"], 1), "other": fixed(best["bits"], 1)}
    key = blocks.verdict(found["net"], best["bits"], 1)
    return t(f"inspect.compression.{key}", name=text_or(f"reference.{best['name']}", best["name"]), **numbers)
