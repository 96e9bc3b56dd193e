"""The settings of a run as a form, read off the dataclasses and the registries; nothing is imported that takes seconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import Field, fields, is_dataclass, replace
from typing import Any

import streamlit as st

from dashboard.i18n.format import plain
from dashboard.i18n.names import setting_value
from dashboard.i18n.texts import t
from dashboard.views.train.setting_widget import offered, show_setting, widget_value
from vae_core.config import ConfigError, DataConfig, RunConfig, sections
from vae_core.data import sources
from vae_core.data.errors import DataError
from vae_core.model.architectures import NETWORKS
from vae_core.presets import PRESETS
from vae_core.registries import matters

OFFERED = {"seconds": "digits-quick", "minutes": "mnist-part", "properly": "mnist-long"}
RUN = ("snapshots", "checkpoint_seconds", "seed", "precision", "device", "threads")  # not how it is minimised, but what a run is like
IN_SIGHT = ("dataset", "network", "objective", "latent_size")


def ask_settings() -> RunConfig:
    """Show the presets, what matters most in sight and all else in a fold, by groups, and return what was chosen.

    Raises:
        ConfigError: a value that cannot be used.
    """
    preset = _ask_preset()
    for section in (preset, *sections(preset).values()):
        for f in _single(section):
            st.session_state.setdefault(f"train/{f.name}", widget_value(getattr(section, f.name)))
    chosen: dict[str, Any] = {name: st.session_state[f"train/{name}"] for name in _names(preset)}
    groups = {f.name: group for group in sections(preset).values() for f in fields(group)}
    for column, name in zip([*st.columns(2), *st.columns(2)], IN_SIGHT, strict=True):
        with column:
            _ask(groups[name], name, chosen)
    with st.expander(t("train.all_settings")):
        st.write(t("train.all_settings_said"))
        asked = _by_group(preset, chosen)
        for tab, names in zip(st.tabs([t(f"train.group_{title}") for title in asked]), asked.values(), strict=True):
            with tab:
                _ask_group(groups, names, chosen)
    return _built(preset, chosen)


def preset_name() -> str:
    """Return the key of the preset that the form started from."""
    return OFFERED[st.session_state["train/preset"]]


def changes(config: RunConfig) -> dict[str, tuple[Any, Any]]:
    """Return the settings that differ from the preset's, each with the preset's value and the chosen one."""
    pairs = [(group, getattr(config, title)) for title, group in sections(PRESETS[preset_name()]).items()]
    values = {f.name: (getattr(base, f.name), getattr(group, f.name)) for base, group in pairs for f in fields(base)}
    return {name: pair for name, pair in values.items() if pair[0] != pair[1]}


def reset(names: Iterable[str]) -> None:
    """Give settings the preset's values back."""
    values = {f.name: getattr(group, f.name) for group in sections(PRESETS[preset_name()]).values() for f in fields(group)}
    st.session_state.update({f"train/{name}": widget_value(values[name]) for name in names})


def current_settings() -> RunConfig:
    """Return what the form holds at this moment; a press may have changed it since it was last shown.

    Raises:
        ConfigError: a value that cannot be used.
    """
    preset = PRESETS[preset_name()]
    return _built(preset, {name: st.session_state[f"train/{name}"] for name in _names(preset)})


def _ask_preset() -> RunConfig:
    chosen = st.radio(
        t("train.preset"), list(OFFERED), horizontal=True, key="train/preset", persist_state="session", on_change=_take_preset,
        format_func=lambda name: t(f"train.preset_{name}"),
    )  # fmt: skip
    return PRESETS[OFFERED[chosen]]


def _take_preset() -> None:
    """Fill the form with the settings of the preset."""
    fill(PRESETS[preset_name()])


def fill(config: RunConfig) -> None:
    """Let the form hold these settings, now or when it is shown next."""
    for section in (config, *sections(config).values()):
        st.session_state.update({f"train/{f.name}": widget_value(getattr(section, f.name)) for f in _single(section)})


def offers(dataset: str) -> bool:
    """Tell whether the form lets one choose this dataset."""
    (field,) = (f for f in fields(DataConfig) if f.name == "dataset")
    return dataset in offered(field)


def _suit_widths() -> None:
    """Give the network that was chosen widths that suit it and the images."""
    network = NETWORKS[st.session_state["train/network"]]
    try:
        widths = network.suited(sources.placeholder(st.session_state["train/dataset"]).event_shape)
    except DataError:  # the page is about to say why
        widths = network.widths
    st.session_state["train/hidden"] = widget_value(widths)


def _leave_none_out() -> None:
    """Keep all of the images that were chosen: what was left out are rows of others."""
    reset(["left_out"])


ON_CHANGE = {"network": _suit_widths, "dataset": _leave_none_out}


def _single(section: Any) -> list[Field[Any]]:
    """Return the fields that are settings themselves and not groups of them."""
    return [f for f in fields(section) if not is_dataclass(getattr(section, f.name))]


def _names(config: RunConfig) -> list[str]:
    return [f.name for section in (config, *sections(config).values()) for f in _single(section)]


def _by_group(preset: RunConfig, chosen: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the settings that matter and are not in sight, by group."""
    found = {
        title: [f.name for f in fields(group) if f.name not in IN_SIGHT and matters(f, chosen)] for title, group in sections(preset).items()
    }
    training = found.pop("train")
    return found | {"optimiser": [name for name in training if name not in RUN], "run": [*RUN, "name"]}


def _ask_group(groups: Mapping[str, Any], names: Sequence[str], chosen: dict[str, Any]) -> None:
    """Ask for some settings, three in a row."""
    for start in range(0, len(names), 3):
        for column, name in zip(st.columns(3), names[start : start + 3], strict=False):
            with column:
                if name == "name":
                    chosen[name] = st.text_input(t("setting.name"), key="train/name", persist_state="session", max_chars=200)
                else:
                    _ask(groups[name], name, chosen)


def _ask(group: Any, name: str, chosen: dict[str, Any]) -> None:
    """Ask for one setting; where it is not the preset's any more, the preset's stands below it."""
    chosen[name] = show_setting("train", group, name, on_change=ON_CHANGE.get(name))
    if chosen[name] != widget_value(getattr(group, name)):
        st.caption(t("train.preset_value", value=plain(setting_value(name, getattr(group, name)))))


def _built(preset: RunConfig, chosen: Mapping[str, Any]) -> RunConfig:
    """Return the settings; the preset's display name describes the preset, so with other settings it would be a lie."""
    config = preset.with_settings(**{**chosen, "hidden": _widths(chosen["hidden"])})
    return replace(config, name="") if config.name == preset.name and config != preset else config


def _widths(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.replace(",", " ").split())
    except ValueError as error:
        raise ConfigError(t("train.not_widths", text=repr(text))) from error
