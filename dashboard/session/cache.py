"""The only cached loaders; their key is a run's path and its version, which changes when its files do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st
from numpy.typing import NDArray

from vae_core.evaluation import paired
from vae_core.evaluation.paired import ImageCosts
from vae_core.latent.inference import Decoder
from vae_core.latent.latents import Latents
from vae_core.runs.run import Run

KEY: dict[str | type[Any], Callable[[Any], Any]] = {Run: lambda run: (str(run.path), run.version)}


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=KEY)
def latents(run: Run) -> Latents:
    """Return the posteriors of the test set."""
    return run.latents()


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=KEY)
def history(run: Run) -> dict[str, NDArray[Any]]:
    """Return the losses by column."""
    return run.history()


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=KEY)
def costs(run: Run) -> ImageCosts:
    """Return what each test image costs, from the run's folder or else computed, which imports torch."""
    return paired.stored_costs(run) or paired.compute_costs(run)


@st.cache_resource(max_entries=3, show_spinner=False, hash_funcs=KEY)
def decoder(run: Run) -> Decoder:
    """Return what draws the run's pictures; imports torch."""
    return run.decoder()
