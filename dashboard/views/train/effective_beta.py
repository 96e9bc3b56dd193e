"""Another program's weight of the KL term, as the beta that it is here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import streamlit as st

from dashboard.i18n.format import plain
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import t
from dashboard.views.train.setting_widget import show_setting
from vae_core.config import ConfigError
from vae_core.model.effective_beta import Conversion, ForeignLoss, convert


def show_effective_beta() -> None:
    """Ask how another program makes its loss, say which beta that is here, and offer to take it."""
    st.write(t("train.translate_said"))
    names = [f.name for f in fields(ForeignLoss)]
    chosen = {}
    for start in range(0, len(names), 3):
        for column, name in zip(st.columns(3), names[start : start + 3], strict=False):
            with column:
                chosen[name] = show_setting("other", ForeignLoss(), name)
    try:
        found = convert(ForeignLoss(**chosen))
    except ConfigError as error:
        st.warning(plain(translated(error)))
        return
    st.markdown(t("train.translate_beta", beta=f"{found.beta:.4g}"))
    st.code(found.formula, language=None)
    st.write(plain(translated(found.sentence)))
    st.button(t("train.translate_use"), on_click=_use_beta, args=(found, chosen))


def _use_beta(found: Conversion, chosen: Mapping[str, Any]) -> None:
    """Put the beta into the form, and with a squared error the likelihood that it goes with."""
    st.session_state["train/beta"] = found.beta
    if chosen["cost"] == "mse":
        st.session_state.update({"train/likelihood": "gaussian", "train/sigma": chosen["sigma"]})
