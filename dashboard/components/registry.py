"""The components as Streamlit knows them, each registered once, under a name that stays: session state hangs on it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.components.bundler import HERE, bundled
from dashboard.i18n.texts import LANGUAGES, in_language, section


@cache
def component(name: str, entry: Path) -> Any:
    """Return the component `latent_lens_<name>`; markup and style sheet lie beside its entry."""
    html, css = (entry.with_suffix(suffix).read_text(encoding="utf-8") for suffix in (".html", ".css"))
    return st.components.v2.component(f"latent_lens_{name}", html=html, css=css, js=script(entry))


@cache
def hidden(name: str, entry: str) -> Any:
    """Return the component `latent_lens_<name>`, which draws nothing; its entry is a file of js/host/."""
    return st.components.v2.component(f"latent_lens_{name}", js=bundled(HERE / "js" / "host" / entry), isolate_styles=False)


def script(entry: Path) -> str:
    """Return the script of an entry, and what the sentences of its engine are in the other languages, for stage.js."""
    told = {}
    for name in LANGUAGES:
        with in_language(name):
            told[name] = section("core.weights")
    return f"const SAID = {json.dumps(told, ensure_ascii=False)};\n{bundled(entry)}"
