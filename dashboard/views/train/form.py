"""The settings of a run as a form, read off the dataclasses and the registries; nothing is imported that takes seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, fields, is_dataclass, replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.i18n.texts import t
from dashboard.views.train.setting_widget import show_setting, widget_value
from vae_core.config import ConfigError, RunConfig, sections
from vae_core.model.architectures import NETWORKS
from vae_core.presets import PRESETS
from vae_core.registries import matters

OFFERED = {"seconds": "digits-quick", "minutes": "mnist-part", "properly": "mnist-long"}
IN_SIGHT = ("dataset", "network", "objective", "latent_size")


def ask_settings(presets: DeltaGenerator, sight: DeltaGenerator, fold: DeltaGenerator) -> RunConfig:
    """Show the presets, what matters most in sight and all else in the fold, each in its place, and return what was chosen.

    Raises:
        ConfigError: a value that cannot be used.
    """
    with presets:
        preset = _ask_preset()
    for section in (preset, *sections(preset).values()):
        for f in _single(section):
            st.session_state.setdefault(f"train/{f.name}", widget_value(getattr(section, f.name)))
    chosen: dict[str, Any] = {name: st.session_state[f"train/{name}"] for name in _names(preset)}
    groups = {f.name: group for group in sections(preset).values() for f in fields(group)}
    columns = [*sight.columns(2), *sight.columns(2)]
    for column, name in zip(columns, IN_SIGHT, strict=True):
        with column:
            chosen[name] = show_setting("train", groups[name], name, on_change=_suit_widths if name == "network" else None)
    with fold:
        st.write(t("train.all_settings_said"))
        for title, group in sections(preset).items():
            _group(title, group, chosen)
        chosen["name"] = st.text_input(t("setting.name"), key="train/name", persist_state="session", max_chars=200)
    return _built(preset, chosen)


def current_settings() -> RunConfig:
    """Return what the form holds at this moment; a press may have changed it since it was last shown.

    Raises:
        ConfigError: a value that cannot be used.
    """
    preset = PRESETS[OFFERED[st.session_state["train/preset"]]]
    return _built(preset, {name: st.session_state[f"train/{name}"] for name in _names(preset)})


def _ask_preset() -> RunConfig:
    chosen = st.radio(
        t("train.preset"), list(OFFERED), horizontal=True, key="train/preset", persist_state="session", on_change=_take_preset,
        format_func=lambda name: t(f"train.preset_{name}"),
    )  # fmt: skip
    return PRESETS[OFFERED[chosen]]


def _take_preset() -> None:
    """Fill the form with the settings of the preset."""
    preset = PRESETS[OFFERED[st.session_state["train/preset"]]]
    for section in (preset, *sections(preset).values()):
        st.session_state.update({f"train/{f.name}": widget_value(getattr(section, f.name)) for f in _single(section)})


def _suit_widths() -> None:
    st.session_state["train/hidden"] = widget_value(NETWORKS[st.session_state["train/network"]].widths)


def _single(section: Any) -> list[Field[Any]]:
    """Return the fields that are settings themselves and not groups of them."""
    return [f for f in fields(section) if not is_dataclass(getattr(section, f.name))]


def _names(config: RunConfig) -> list[str]:
    return [f.name for section in (config, *sections(config).values()) for f in _single(section)]


def _group(title: str, group: Any, chosen: dict[str, Any]) -> None:
    """Ask for the settings of one group that matter and are not in sight, three in a row."""
    st.markdown(f"**{t(f'train.group_{title}')}**")
    asked = [f.name for f in fields(group) if f.name not in IN_SIGHT and matters(f, chosen)]
    for start in range(0, len(asked), 3):
        for column, name in zip(st.columns(3), asked[start : start + 3], strict=False):
            with column:
                chosen[name] = show_setting("train", group, name)


def _built(preset: RunConfig, chosen: Mapping[str, Any]) -> RunConfig:
    """Return the settings; the preset's display name describes the preset, so with other settings it would be a lie."""
    config = preset.with_settings(**{**chosen, "hidden": _widths(chosen["hidden"])})
    return replace(config, name="") if config.name == preset.name and config != preset else config


def _widths(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.replace(",", " ").split())
    except ValueError as error:
        raise ConfigError(t("train.not_widths", text=repr(text))) from error
