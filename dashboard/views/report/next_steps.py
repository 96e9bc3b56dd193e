"""What to try next: each advice with a button that opens Train with these settings, or the command that trains with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard.i18n.format import plain
from dashboard.i18n.messages import translated
from dashboard.i18n.names import setting_value
from dashboard.i18n.texts import listed, t
from dashboard.session.navigation import go_to
from dashboard.views.train import actions, form
from vae_core.diagnostics.advice import advise
from vae_core.presets import as_command
from vae_core.runs.run import Run


def show(run: Run, redrawing: Mapping[str, Any] | None) -> None:
    """Show every advice; `redrawing` are the values of that part, where they are known."""
    found = advise(run.config, run.summary, redrawing)
    if not found:
        st.markdown(t("report.nothing_to_try"))
    for number, advice in enumerate(found):
        with st.container(border=True, gap="small"):
            st.markdown(plain(translated(advice.sentence)))
            with st.container(horizontal=True):
                for way in advice.ways:
                    _offer(run, way, f"report/{number}/{'/'.join(way)}")
    if found and not form.offers(run.config.data.dataset):
        st.markdown(t("report.by_command"))
        st.code(as_command(_changed(run, next((way for advice in found for way in advice.ways), {}))), language="bash", wrap_lines=True)


def _offer(run: Run, way: Mapping[str, Any], key: str) -> None:
    """Show the button of one way; where the form cannot choose the run's images, the settings alone."""
    words = listed(t("report.way", setting=t(f"setting.{name}"), value=setting_value(name, value)) for name, value in way.items())
    if not form.offers(run.config.data.dataset):
        st.markdown(plain(words), width="content")
    elif st.button(plain(words), key=key, icon=":material/arrow_forward:"):
        form.fill(_changed(run, way))
        actions.watch(None)
        go_to("train")


def _changed(run: Run, way: Mapping[str, Any]) -> Any:
    """Return the run's settings with these, and without the name, which spoke of the others."""
    return replace(run.config.with_settings(**way), name="")
