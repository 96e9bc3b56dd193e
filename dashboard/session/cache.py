"""The only cached loaders, whose key is a run's path and its version, which changes when its files do; and figures, drawn once for all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.i18n.texts import language
from vae_core.evaluation import paired
from vae_core.evaluation.paired import ImageCosts
from vae_core.latent.inference import Decoder
from vae_core.latent.latents import Latents
from vae_core.runs.run import Run

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_FIGURES = 128  # that are kept, some tens of kilobytes each, with many pictures a megabyte
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


def show_figure(draw: partial[go.Figure], **how: Any) -> None:
    """Show a Plotly figure, drawn and written as JSON once for all viewers: building one takes ten times as long as the rest of a page.

    What was drawn is shown again where the same function draws from equal values in the same language. The values themselves are the key,
    not the files that they are from: whatever has changed, no old figure is shown. The theme is no part of it, as the browser puts its
    colours in.

    Args:
        draw: the function and its values: numbers, texts, arrays and what is made of these.
        how: what st.plotly_chart is told besides: height, config, alt and key.
    """
    _show_figure(digest(language(), draw.func.__module__, draw.func.__qualname__, draw.args, draw.keywords, how), draw, how)


@st.cache_data(max_entries=MOST_FIGURES, show_spinner=False)
def _show_figure(mark: str, _draw: partial[go.Figure], _how: Mapping[str, Any]) -> None:
    """Show it; where `mark` was seen before Streamlit repeats what this has shown."""
    st.plotly_chart(_draw(), **_how)


def digest(*values: Any) -> str:
    """Return a name for values that differs where they do.

    Raises:
        TypeError: there is something in them of which it is not known what makes it differ.
    """
    found = hashlib.sha256()
    _feed(found.update, values)
    return found.hexdigest()


def _feed(update: Callable[[Any], None], value: Any) -> None:
    """Feed a hash with a value: its kind, its size and what is in it."""
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        update(f"{value.dtype.str}{value.shape};".encode())
        update(np.ascontiguousarray(value).data)
    elif isinstance(value, str | int | float | None | np.generic):
        update(f"{type(value).__name__}{value!r};".encode(errors="backslashreplace"))
    elif isinstance(value, Mapping):
        update(b"map")
        _feed(update, list(value.items()))
    elif isinstance(value, Sequence):
        update(f"{len(value)}[".encode())
        for one in value:
            _feed(update, one)
    elif is_dataclass(value) and not isinstance(value, type):
        _feed(update, asdict(value))
    else:
        raise TypeError(f"a figure cannot be kept by a {type(value).__name__}")
