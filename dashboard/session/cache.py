"""The only cached loaders, whose key is a run's path and its version, which changes when its files do; and what is shown alike to all."""

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

MOST_SHOWN = 128  # things that are kept, some tens of kilobytes each, with many pictures a megabyte
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
    """Show a Plotly figure, drawn and written as JSON once for all viewers; see `show_alike`.

    Args:
        draw: the function and its values.
        how: what st.plotly_chart is told besides: height, config, alt and key.
    """
    show_alike(partial(_plotly_chart, draw, how))


def _plotly_chart(draw: partial[go.Figure], how: Mapping[str, Any]) -> None:
    st.plotly_chart(draw(), **how)


def show_alike(show: partial[None]) -> None:
    """Call what shows elements, but no widgets; what it has shown is shown again where it is called with equal values in the same language.

    Building a figure takes ten times as long as the rest of a page, and it is equal for all viewers. Its values themselves are the key,
    not the files that they are from: whatever has changed, nothing old is shown. The theme is no part of it: the browser puts colours in.

    Args:
        show: the function and its values: numbers, texts, arrays, what is made of these, and functions with such values.
    """
    _show_alike(digest(language(), show), show)


@st.cache_data(max_entries=MOST_SHOWN, show_spinner=False)
def _show_alike(mark: str, _show: partial[None]) -> None:
    """Show it; where `mark` was seen before, Streamlit repeats what was shown."""
    _show()


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
    elif isinstance(value, partial):
        _feed(update, ("of", value.func.__module__, value.func.__qualname__, value.args, value.keywords))
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
        raise TypeError(f"what is shown alike cannot be told apart by a {type(value).__name__}")
