"""The whole story as one HTML file to share."""

from __future__ import annotations

import base64
import html
import json
import tomllib
from pathlib import Path
from typing import Any

from dashboard.components import story
from dashboard.components.bundler import bundled
from dashboard.components.story import packet
from dashboard.i18n.format import fixed
from dashboard.i18n.texts import t
from vae_core.runs.errors import RunError

MAX_BYTES = 6_000_000  # of the file to share
CONFIG = Path(__file__).parents[2] / ".streamlit" / "config.toml"


def html_page(folder: Path | None = None) -> str:
    """Return the whole story as one HTML page that needs neither server nor network.

    Raises:
        RunError: something of the story is missing or damaged, or the page became too large to be shared.
    """
    key, parcel = packet.build(folder)
    data = json.dumps(story.story_data(key, isExport=True), ensure_ascii=False).replace("</", "<\\/")
    frame, markup, css = ((story.HERE / name).read_text(encoding="utf-8") for name in ("page.html", "story.html", "story.css"))
    text = frame.format(
        title=html.escape(t("story.handout_title")), theme=_theme(), css=css, html=markup, told=data,
        packet=base64.b64encode(parcel).decode(), script=bundled(story.HERE / "page.js"),
    )  # fmt: skip
    if (size := len(text.encode())) > MAX_BYTES:
        raise RunError(t("story.too_large", size=fixed(size / 1e6, 1), most=fixed(MAX_BYTES / 1e6, 0)))
    return text


def _theme() -> str:
    """Return the dashboard's typeface and colours as CSS, light and dark; paper is light."""
    theme: dict[str, Any] = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["theme"]
    names = {"textColor": "text-color", "backgroundColor": "background-color", "primaryColor": "primary-color"}
    more = {"greenTextColor": "green-text-color", "violetTextColor": "violet-text-color", "grayTextColor": "gray-text-color"}

    def rules(scheme: str) -> str:
        chosen = theme | theme.get(scheme, {})
        return "".join(f"--st-{css}: {chosen[name]};" for name, css in (names | more).items() if name in chosen)

    face = theme["fontFaces"][0]
    typeface = base64.b64encode((CONFIG.parents[1] / face["url"].removeprefix("app/")).read_bytes()).decode()
    font = f"@font-face {{font-family: {face['family']}; font-weight: {face['weight']}; src: url(data:font/woff2;base64,{typeface})}}"
    light = f"--st-font: {theme['font']};{rules('light')}"
    return f"{font} :root {{{light}}} @media (prefers-color-scheme: dark) {{:root:not([data-print=yes]) {{{rules('dark')}}}}}"
