"""A component's files made one: Streamlit runs its JavaScript as a blob, in which relative imports do not resolve."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.i18n.texts import LANGUAGES, in_language, section

STAGE = Path(__file__).with_name("stage.js")  # what every component on canvases needs


def scripts(folder: Path, *names: str) -> tuple[Path, ...]:
    """Return the paths of the JavaScript files of these names."""
    return tuple(folder / f"{name}.js" for name in names)


@cache
def joined(files: tuple[Path, ...]) -> str:
    """Return JavaScript files as one module, in their order; what they export is left to them all, and the default export to Streamlit."""
    text = "\n".join([_said(), *(file.read_text(encoding="utf-8") for file in files)])
    return re.sub(r"^export (?!default)", "", text, flags=re.M)


def _said() -> str:
    """Return what the sentences of safetensors.js, network.js and decoder.js are in the other languages, for stage.js."""
    told = {}
    for name in LANGUAGES:
        with in_language(name):
            told[name] = section("core.weights")
    return f"const SAID = {json.dumps(told, ensure_ascii=False)};"


@cache
def component(name: str, files: tuple[Path, ...]) -> Any:
    """Return the component `latent_lens_<name>`, registered once; markup and style sheet lie beside the last file, which exports it."""
    html, css = (files[-1].with_suffix(suffix).read_text(encoding="utf-8") for suffix in (".html", ".css"))
    return st.components.v2.component(f"latent_lens_{name}", html=html, css=css, js=joined(files))


@cache
def tongue() -> Any:
    """Return the component that tells the browser the language of the page; it draws nothing."""
    js = Path(__file__).with_name("tongue.js").read_text(encoding="utf-8")
    return st.components.v2.component("latent_lens_tongue", js=js, isolate_styles=False)
