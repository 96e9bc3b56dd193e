"""The settings of a run as a form, read off the dataclasses and the registries; nothing is imported that takes seconds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import Field, fields, is_dataclass, replace
from functools import partial
from typing import Any, get_type_hints

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.i18n.format import plain
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import t, text_or
from vae_core.config import LARGEST, ConfigError, RunConfig, sections
from vae_core.model.architectures import NETWORKS
from vae_core.model.effective_beta import OtherLoss, Translation, translate
from vae_core.presets import PRESETS
from vae_core.registries import choices

OFFERED = {"seconds": "digits-quick", "minutes": "mnist-part", "properly": "mnist-long"}
IN_SIGHT = ("dataset", "network", "objective", "latent_size")
# Settings that mean something only beside certain others; elsewhere they are not asked for.
MATTERS: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "hidden": lambda chosen: chosen["network"] != "linear",
    "sigma": lambda chosen: chosen["likelihood"].startswith("gaussian"),
    "beta": lambda chosen: chosen["objective"] not in ("ae", "capacity"),
    "kl_schedule": lambda chosen: chosen["objective"] != "ae",
    "kl_warmup_epochs": lambda chosen: chosen["objective"] != "ae",
    "free_bits": lambda chosen: chosen["objective"] == "free-bits",
    "capacity": lambda chosen: chosen["objective"] == "capacity",
    "capacity_weight": lambda chosen: chosen["objective"] == "capacity",
    "samples": lambda chosen: chosen["objective"] == "iwae",
}


def ask(presets: DeltaGenerator, sight: DeltaGenerator, fold: DeltaGenerator) -> RunConfig:
    """Show the presets, what matters most in sight and all else in the fold, each in its place, and return what was chosen.

    Raises:
        ConfigError: a value that cannot be used.
    """
    with presets:
        preset = _ask_preset()
    for section in (preset, *sections(preset).values()):
        for f in _single(section):
            st.session_state.setdefault(f"train/{f.name}", _shown(getattr(section, f.name)))
    chosen: dict[str, Any] = {name: st.session_state[f"train/{name}"] for name in _names(preset)}
    groups = {f.name: group for group in sections(preset).values() for f in fields(group)}
    columns = [*sight.columns(2), *sight.columns(2)]
    for column, name in zip(columns, IN_SIGHT, strict=True):
        with column:
            chosen[name] = _widget("train", groups[name], name, on_change=_suit_widths if name == "network" else None)
    with fold:
        st.write(t("train.all_settings_said"))
        for title, group in sections(preset).items():
            _group(title, group, chosen)
        chosen["name"] = st.text_input(t("setting.name"), key="train/name", persist_state="session", max_chars=200)
    return _built(preset, chosen)


def standing() -> RunConfig:
    """Return what the form holds at this moment, which a press may find newer than what was last shown.

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
        st.session_state.update({f"train/{f.name}": _shown(getattr(section, f.name)) for f in _single(section)})


def _suit_widths() -> None:
    st.session_state["train/hidden"] = _shown(NETWORKS[st.session_state["train/network"]].widths)


def _single(section: Any) -> list[Field[Any]]:
    """Return the fields that are settings themselves and not groups of them."""
    return [f for f in fields(section) if not is_dataclass(getattr(section, f.name))]


def _names(config: RunConfig) -> list[str]:
    return [f.name for section in (config, *sections(config).values()) for f in _single(section)]


def _shown(value: Any) -> Any:
    """Return a value as its widget holds it: a list of widths as text."""
    return " ".join(map(str, value)) if isinstance(value, tuple) else value


def _group(title: str, group: Any, chosen: dict[str, Any]) -> None:
    """Ask for the settings of one group that matter and are not in sight, three in a row."""
    st.markdown(f"**{t(f'train.group_{title}')}**")
    asked = [f.name for f in fields(group) if f.name not in IN_SIGHT and MATTERS.get(f.name, lambda chosen: True)(chosen)]
    for start in range(0, len(asked), 3):
        for column, name in zip(st.columns(3), asked[start : start + 3], strict=False):
            with column:
                chosen[name] = _widget("train", group, name)


def _widget(form: str, group: Any, name: str, on_change: Callable[[], None] | None = None) -> Any:
    """Show the widget of one setting, as its type and its metadata want it, and return what it holds."""
    (f,) = (f for f in fields(group) if f.name == name)
    label = t(f"{'setting' if form == 'train' else form}.{name}")
    shared: dict[str, Any] = {"key": f"{form}/{name}", "persist_state": "session", "on_change": on_change}
    told = text_or(f"core.help.{form}.{name}", f.metadata["help"])
    shared["help"] = t("train.setting_help", help=plain(told), name=f"`{name}`")
    st.session_state.setdefault(shared["key"], _shown(getattr(group, name)))
    if f.metadata["choices"]:
        kind = "reduction" if f.metadata["choices"].endswith("REDUCTIONS") else name
        names = choices(f.metadata["choices"])
        return st.selectbox(label, names, format_func=partial(_choice, kind), **shared)
    hint, low, high = get_type_hints(type(group))[name], f.metadata["low"], f.metadata["high"]
    if hint is int:
        return st.number_input(label, min_value=int(low or 0), max_value=int(high or LARGEST), step=1, **shared)
    if hint is float:
        top = None if high is None else float(high)
        return st.number_input(label, min_value=float(low or 0.0), max_value=top, step=_stride(getattr(group, name)), format="%g", **shared)
    return st.text_input(label, **shared)


def _choice(kind: str, one: str) -> str:
    """Return what a choice is called, or its name in the registry where the texts have none."""
    return text_or(f"choice.{kind}.{one}", text_or(f"{kind}.{one}.title", text_or(f"{kind}.{one}", one)))


def _stride(value: float) -> float:
    """Return a step of the buttons that suits the size of the number."""
    return 10.0 ** (math.floor(math.log10(value)) - (value >= 1)) if value > 0 else 0.1


def _built(preset: RunConfig, chosen: Mapping[str, Any]) -> RunConfig:
    """Return the settings; the preset's display name describes the preset, so with other settings it would be a lie."""
    values = {**chosen, "hidden": _widths(chosen["hidden"])}
    groups = {title: replace(group, **{f.name: values[f.name] for f in fields(group)}) for title, group in sections(preset).items()}
    config = RunConfig(name=chosen["name"], **groups)
    return replace(config, name="") if config.name == preset.name and config != preset else config


def _widths(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.replace(",", " ").split())
    except ValueError as error:
        raise ConfigError(t("train.not_widths", text=repr(text))) from error


# --------------------------------------------------------------------------- another program's beta


def ask_translation() -> None:
    """Ask how another program makes its loss, say which beta that is here, and offer to take it."""
    st.write(t("train.translate_said"))
    names = [f.name for f in fields(OtherLoss)]
    chosen = {}
    for start in range(0, len(names), 3):
        for column, name in zip(st.columns(3), names[start : start + 3], strict=False):
            with column:
                chosen[name] = _widget("other", OtherLoss(), name)
    try:
        found = translate(OtherLoss(**chosen))
    except ConfigError as error:
        st.warning(plain(translated(error)))
        return
    st.markdown(t("train.translate_beta", beta=f"{found.beta:.4g}"))
    st.code(found.formula, language=None)
    st.write(plain(translated(found.sentence)))
    st.button(t("train.translate_use"), on_click=_use, args=(found, chosen))


def _use(found: Translation, chosen: Mapping[str, Any]) -> None:
    """Put the beta into the form, and with a squared error the likelihood that it goes with."""
    st.session_state["train/beta"] = found.beta
    if chosen["cost"] == "mse":
        st.session_state.update({"train/likelihood": "gaussian", "train/sigma": chosen["sigma"]})
