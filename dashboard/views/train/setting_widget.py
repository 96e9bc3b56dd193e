"""The widget of one setting, chosen by its type and its metadata."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import Field, fields
from typing import Any, get_type_hints

import streamlit as st

from dashboard.i18n.format import plain
from dashboard.i18n.names import choice_name, distinct
from dashboard.i18n.texts import t, text_or
from vae_core.config import LARGEST
from vae_core.data import imported
from vae_core.registries import choices


def widget_value(value: Any) -> Any:
    """Return a value as its widget holds it: a list of widths as text."""
    return " ".join(map(str, value)) if isinstance(value, tuple) else value


def show_setting(form: str, group: Any, name: str, on_change: Callable[[], None] | None = None) -> Any:
    """Show the widget of one setting and return what it holds.

    Args:
        form: "train" for the settings of a run, "other" for those of another program; keys and texts begin with it.
        group: the dataclass that holds the setting, with the value that it starts with.
        name: the setting's name.
        on_change: called when the viewer changes it.
    """
    (f,) = (f for f in fields(group) if f.name == name)
    label = t(f"{'setting' if form == 'train' else form}.{name}")
    shared: dict[str, Any] = {"key": f"{form}/{name}", "persist_state": "session", "on_change": on_change}
    help_text = text_or(f"core.help.{form}.{name}", f.metadata["help"])
    shared["help"] = t("train.setting_help", help=plain(help_text), name=f"`{name}`")
    st.session_state.setdefault(shared["key"], widget_value(getattr(group, name)))
    if f.metadata["choices"]:
        kind = "reduction" if f.metadata["choices"].endswith("REDUCTIONS") else name
        named = {one: choice_name(kind, one) for one in offered(f)}
        if st.session_state[shared["key"]] not in named:  # images that were removed
            st.session_state[shared["key"]] = widget_value(getattr(group, name))
        return st.selectbox(label, list(named), format_func=distinct(named).__getitem__, **shared)
    hint, low, high = get_type_hints(type(group))[name], f.metadata["low"], f.metadata["high"]
    if hint is int:
        return st.number_input(label, min_value=int(low or 0), max_value=int(high or LARGEST), step=1, **shared)
    if hint is float:
        top = None if high is None else float(high)
        return st.number_input(label, min_value=float(low or 0.0), max_value=top, step=_stride(getattr(group, name)), format="%g", **shared)
    return st.text_input(label, **shared)


def offered(f: Field[Any]) -> tuple[str, ...]:
    """Return what may be chosen for a setting that has choices: of datasets, a user's own images too."""
    own = [one.id for one in imported.listed()] if f.name == "dataset" else []
    return (*choices(f.metadata["choices"]), *own)


def _stride(value: float) -> float:
    """Return a step of the buttons that suits the size of the number."""
    return 10.0 ** (math.floor(math.log10(value)) - (value >= 1)) if value > 0 else 0.1
