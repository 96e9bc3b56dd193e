"""The components as Streamlit knows them, each registered once, under a name that stays: session state hangs on it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.components.bundler import HERE, bundled
from dashboard.i18n.texts import section


@cache
def component(name: str, entry: Path) -> Any:
    """Return the component `latent_lens_<name>`; markup and style sheets lie beside its entry, those of shared modules beside these."""
    html, script = entry.with_suffix(".html").read_text(encoding="utf-8"), bundled(entry)
    shared = [HERE / name for name in re.findall(r"^// (js/canvas/\w+)\.js$", script, re.M)]
    sheets = [sheet for module in shared if (sheet := module.with_suffix(".css")).is_file()] + sorted(entry.parent.glob("*.css"))
    css = "".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
    return st.components.v2.component(f"latent_lens_{name}", html=html, css=css, js=script)


@cache
def hidden(name: str, entry: str) -> Any:
    """Return the component `latent_lens_<name>`, which draws nothing; its entry is a file of js/host/."""
    return st.components.v2.component(f"latent_lens_{name}", js=bundled(HERE / "js" / "host" / entry), isolate_styles=False)


def shared_words() -> dict[str, str]:
    """Return texts of more than one component: what is said of weights that the browser cannot use, and how words are put together."""
    refusals = {f"weights.{key}": text for key, text in section("weights").items()}
    return refusals | {key: text for key, text in section("language").items() if key in ("between_rows", "said_of")}
