"""Ways to see a latent space on a flat page: two of its dimensions, PCA, UMAP."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from dashboard.i18n.format import axis, fixed, number, plain
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import t
from dashboard.session import cache
from vae_core.latent.latents import Latents
from vae_core.latent.projections import count_in_heaps, principal_axes, umap, umap_obstacle
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run

PROJECTIONS = ("dims", "pca", "umap")


@dataclass(frozen=True)
class Projection:
    """Points on the page (N, 2), titles of the axes, whether the prior's circles mean something there, and sentences below."""

    xy: NDArray[Any]
    titles: tuple[str, str]
    prior: bool
    sentences: tuple[str, ...]


def choose_projection(run: Run, points: Latents, stage: DeltaGenerator) -> Projection | None:
    """Ask how to see the points, where there is a choice; None, and a question on the stage, while the answer is not computed."""
    d = points.mu.shape[1]
    if d <= 2:
        return _dimensions(run, points, (0, d - 1))
    chosen = st.segmented_control(
        t("latent.how"), PROJECTIONS, default=PROJECTIONS[0], required=True, format_func=lambda name: t(f"latent.{name}"),
        key=f"way/{run.id}", persist_state="session",
    )  # fmt: skip
    if chosen == "pca":
        return _pca(points)
    return _umap(run, points, stage) if chosen == "umap" else _dimensions(run, points, choose_dimensions(run, points))


def choose_dimensions(run: Run, points: Latents) -> tuple[int, int]:
    """Ask for two dimensions; the two that carry most come first and are chosen to begin with. Pages share the answer."""
    order, label = points.order, partial(name_dimension, run, points)
    right, up = st.columns(2)
    help_text = t("latent.sorted" if run.has_normal_prior else "latent.sorted_by_spread")
    x = right.selectbox(t("latent.right"), order, 0, label, key=f"right/{run.id}", persist_state="session", help=help_text)
    others = [dim for dim in order if dim != x]
    return x, up.selectbox(t("latent.up"), others, 0, label, key=f"up/{run.id}", persist_state="session")


def name_dimension(run: Run, points: Latents, dim: int) -> str:
    """Return a dimension's name and what it carries: its KL, or without one its spread."""
    if run.has_normal_prior:
        return t("latent.dimension", name=axis(dim), kl=number(float(points.kl_per_dim[dim])))
    return t("latent.dimension_spread", name=axis(dim), spread=number(float(points.spread[dim])))


def _dimensions(run: Run, points: Latents, dims: tuple[int, int]) -> Projection:
    sentence = t("latent.no_prior" if not run.has_normal_prior else "latent.circles" if points.mu.shape[1] > 1 else "latent.lines")
    titles = (t("latent.axis", name=axis(dims[0])), t("latent.axis", name=axis(dims[1])))
    return Projection(points.mu[:, list(dims)], titles, run.has_normal_prior, (sentence,))


def _pca(points: Latents) -> Projection:
    axes = principal_axes(points.mu)
    shares = [fixed(100 * share, 0) for share in axes.explained]
    titles = (t("latent.pca_axis", i=1, share=shares[0]), t("latent.pca_axis", i=2, share=shares[1]))
    return Projection(axes.project(points.mu), titles, False, (t("latent.pca_said", share=fixed(100 * sum(axes.explained), 0)),))


def _umap(run: Run, points: Latents, stage: DeltaGenerator) -> Projection | None:
    """Return the stored UMAP; where there is none, ask on the stage and compute it once, or say why there can be none."""
    obstacle, heaped = umap_facts(run)
    if obstacle:
        stage.info(plain(translated(obstacle)))
        return None
    xy = run.projection("umap")
    sentences: tuple[str, ...] = (t("latent.umap_said"), t("latent.umap_heaps", n=fixed(heaped, 0)))[: 2 if heaped else 1]
    if xy is None:
        asked = f"umap/{run.id}/{run.version}"
        if not st.session_state.get(asked):
            stage.info(t("latent.umap_ask"))
            stage.button(t("latent.umap_button"), on_click=st.session_state.update, kwargs={asked: True})
            return None
        del st.session_state[asked]  # so that after a failure the page asks again
        with stage, st.spinner(t("latent.umap_busy", n=fixed(len(points.mu), 0))):
            xy = compute_umap(run)
        st.session_state[asked] = True  # where it cannot be stored, it stays in memory
        try:
            run.store_projection("umap", xy)
        except RunError as error:
            sentences += (plain(translated(error)),)
    return Projection(xy, (t("latent.umap_axis", i=1), t("latent.umap_axis", i=2)), False, sentences)


@st.cache_data(max_entries=8, show_spinner=False, hash_funcs=cache.KEY)
def umap_facts(run: Run) -> tuple[str, int]:
    """Return why the run can have no UMAP, or "", and how many of its images UMAP would draw as islands of their own."""
    points = cache.latents(run)
    return umap_obstacle(points), count_in_heaps(points.mu)


@st.cache_data(max_entries=8, show_spinner=False, hash_funcs=cache.KEY)
def compute_umap(run: Run) -> NDArray[np.float32]:
    """Lay the means of the test set out by UMAP; imports umap, minutes on a large set."""
    return umap(cache.latents(run).mu)
