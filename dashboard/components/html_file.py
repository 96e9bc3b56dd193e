"""A component as one HTML file that needs neither server nor network: markup, style, script, what it is told, and its bytes."""

from __future__ import annotations

import base64
import html
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dashboard.components.bundler import HERE, bundled
from dashboard.i18n.texts import language

CONFIG = HERE.parent / ".streamlit" / "config.toml"
VARIABLES = {
    "textColor": "text-color",
    "backgroundColor": "background-color",
    "secondaryBackgroundColor": "secondary-background-color",
    "primaryColor": "primary-color",
    "greenTextColor": "green-text-color",
    "violetTextColor": "violet-text-color",
    "grayTextColor": "gray-text-color",
}
# A line that is a comment, and one or more that are a comment for a tool; the text of a template begins with neither.
COMMENTS = re.compile(r"^[ \t]*(?://(?!#).*|/\*\*(?:[^*]|\*(?!/))*\*/[ \t]*)\n", re.M)
INDENTATION = re.compile(r"^[ \t]+", re.M)


def html_file(component: Path, title: str, told: Mapping[str, Any], packets: Iterable[bytes], above: str = "") -> str:
    """Return the file, in the language of this moment.

    Args:
        component: folder of the component, whose page.js opens it.
        title: of the file, as text.
        told: what the component is told beside its packets, JSON-ready.
        packets: see packet.py.
        above: markup of what stands above the component.
    """
    frame = (HERE / "js" / "host" / "standalone.html").read_text(encoding="utf-8")
    markup = (component / f"{component.name}.html").read_text(encoding="utf-8")
    tags = [f'<script type="application/octet-stream" class="packet">{base64.b64encode(packet).decode()}</script>' for packet in packets]
    return frame.format(
        language=language(), title=html.escape(title), theme=_typeface() + theme(), css=style(component), html=above + markup,
        told=_json(told), packets="\n".join(tags), script=lean(bundled(component / "page.js")),
    )  # fmt: skip


def _json(told: Mapping[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def lean(script: str) -> str:
    """Return a script without the lines that are comments alone and without indentation, which nobody reads in a file to share."""
    return INDENTATION.sub("", COMMENTS.sub("", script))


def style(component: Path) -> str:
    """Return the style sheets of a component, one after another."""
    return "".join(sheet.read_text(encoding="utf-8") for sheet in sorted(component.glob("*.css")))


def theme() -> str:
    """Return the dashboard's colours as CSS, light and dark; paper is light."""
    light = f"--st-font: {_theme()['font']};{colours('light')}"
    return f":root {{{light}}} @media (prefers-color-scheme: dark) {{:root:not([data-print=yes]) {{{colours('dark')}}}}}"


def colours(scheme: str) -> str:
    """Return the dashboard's colours as declarations of CSS, "light" or "dark"."""
    chosen = _theme() | _theme().get(scheme, {})
    return "".join(f"--st-{css}: {chosen[name]};" for name, css in VARIABLES.items() if name in chosen)


def _typeface() -> str:
    face = _theme()["fontFaces"][0]
    typeface = base64.b64encode((CONFIG.parents[1] / face["url"].removeprefix("app/")).read_bytes()).decode()
    return f"@font-face {{font-family: {face['family']}; font-weight: {face['weight']}; src: url(data:font/woff2;base64,{typeface})}} "


def _theme() -> dict[str, Any]:
    return dict(tomllib.loads(CONFIG.read_text(encoding="utf-8"))["theme"])
