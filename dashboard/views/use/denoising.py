"""Noise taken off test images by redrawing them, beside ways that need no network; a slider says how much noise."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from dashboard.components.run_packets import is_drawable
from dashboard.figures import denoising
from dashboard.i18n.format import fixed
from dashboard.i18n.texts import listed, t
from dashboard.views.inspect import blocks
from dashboard.views.use import by_hand
from vae_core.inspection.parts.denoising import LEVELS, METHODS
from vae_core.inspection.result import Result
from vae_core.runs.run import Run

OTHERS = tuple(method for method in METHODS if method not in ("nothing", "model"))


def lay_noise(run: Run) -> None:
    """Let the viewer lay noise over a test image and see it taken off, where the run's networks are at hand."""
    if not is_drawable(run):
        return
    if run.atlas() is not None:
        st.info(t("inspect.denoising.no_network"))
        return
    by_hand.show(run, "denoising", "encoder")


def show(run: Run, result: Result) -> None:
    """Ask how much noise, say which way leaves the least error, draw all, and show pictures."""
    found = result.values["found"]
    sigma = st.select_slider(t("inspect.denoising.noise"), LEVELS, 0.3, format_func=str, key="denoising_noise", persist_state="session")
    blocks.say(sentence(found, sigma))
    left, right = st.columns(2, gap="large")
    name = blocks.file_name(run, "denoising")
    with left:
        columns = {key: [one[key] for one in found] for key in ("method", "sigma", "value", "standard_error")}
        blocks.chart(partial(denoising.draw_errors, found), denoising.describe_errors(found), columns, name, 420)
    with right:
        _pictures(result, sigma, name)
    st.markdown(t("inspect.denoising.not_for"))
    blocks.refusals(result)
    blocks.protocol(run, result, t("inspect.denoising.formula"))


def sentence(found: list[dict[str, Any]], sigma: float) -> str:
    """Say which way leaves the least error at this noise; what prints the same is no difference."""
    errors = {one["method"]: one["value"] for one in found if one["sigma"] == sigma}
    best = min(OTHERS, key=errors.__getitem__)
    numbers = {"own": fixed(errors["model"], 3), "other": fixed(errors[best], 3)}
    key = blocks.verdict(errors["model"], errors[best], 3)
    return t(f"inspect.denoising.{key}", noise=sigma, name=t(f"inspect.denoising.method.{best}"), **numbers)


def _pictures(result: Result, sigma: float, name: str) -> None:
    """Show images without noise, with it, and cleaned in every way, a column each."""
    pictures = result.arrays["pictures"][LEVELS.index(sigma)]  # (clean and METHODS, images, *event)
    ways = [t("inspect.denoising.clean"), *(t(f"inspect.denoising.method.{method}") for method in METHODS)]
    rows = pictures.swapaxes(0, 1)
    images = rows.reshape(-1, *rows.shape[2:])
    words = [*[""] * (len(images) - len(ways)), *(way.replace(" ", "\n") for way in ways)]
    places = result.arrays["rows"][: len(rows)].tolist()
    alt = t("inspect.denoising.alt_pictures", rows=listed(map(str, places)), ways=listed(ways))
    blocks.sheet(images, words, len(ways), ways * len(rows), alt, {"row": places}, f"{name}-{sigma}", 58)
