"""Pages as tests open and read them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard.i18n.texts import LANGUAGES, in_language, t
from tests.places import APP

PAGES = ("home", "explore", "manifold", "latent", "sample", "losses")
FINISHED_ONLY = PAGES[:-1]
Open = Callable[..., AppTest]


def in_every_language(key: str) -> list[str]:
    """Return a text in each language."""
    found = []
    for spoken in LANGUAGES:
        with in_language(spoken):
            found.append(t(key))
    return found


UNEXPECTED = in_every_language("app.unexpected")  # what stands in place of a page that failed


def open_page(key: str, query: dict[str, str] | None = None, at: AppTest | None = None) -> AppTest:
    """Return a session that has opened the page of this key, at an address with these parameters.

    Streamlit knows a page by the hash of its address. `AppTest.switch_page` reads that off the name of the script until a first run has
    told it better, and the session reads the parameters in that first run.
    """
    at = AppTest.from_file(str(APP), default_timeout=60) if at is None else at
    for name, value in (query or {}).items():
        at.query_params[name] = value
    at._page_hash = "" if key == "home" else calc_hash(key)
    return at.run()


def paragraphs(at: AppTest) -> list[Any]:
    """Return the page's Markdown, without what stands in the frame of every page: style sheets and the product's name."""
    return [one for one in at.markdown if not one.value.startswith("<style>") and one.value != t("app.title")]


def words(at: AppTest) -> str:
    """Return everything that the page says, widgets' labels included."""
    elements = [*at.title, *paragraphs(at), *at.info, *at.warning, *at.code, *at.caption, *at.metric, *at.slider, *at.expander]
    parts = [str(getattr(element, name, "") or "") for element in elements for name in ("value", "label")]
    return "\n".join(parts)


def chart(at: AppTest) -> dict:
    """Return the page's one Plotly figure."""
    (found,) = at.get("plotly_chart")
    return json.loads(found.proto.spec)


def alt(at: AppTest) -> str:
    """Return the words for those who cannot see the page's chart."""
    (found,) = at.get("plotly_chart")
    return str(found.proto.alt)


def told(at: AppTest) -> dict[str, Any]:
    """Return what the live map on the page was told."""
    (found,) = [one.proto for one in at.get("bidi_component") if one.proto.component_name == "latent_lens_map"]
    return dict(json.loads(found.json))


def has_picture(at: AppTest, page: str) -> bool:
    """Tell whether the page shows what it is for: the live map or a chart."""
    if page == "losses":
        return bool(at.get("plotly_chart"))
    return any(found.proto.component_name == "latent_lens_map" for found in at.get("bidi_component"))


def address(at: AppTest) -> dict[str, str]:
    """Return the query parameters (AppTest gives a list or a text, depending on who set them)."""
    return {key: value if isinstance(value, str) else value[0] for key, value in at.query_params.items()}


def is_calm(at: AppTest) -> bool:
    """Tell whether the page shows no traceback and no sentence about a page that could not be shown."""
    return not at.exception and not at.error and not any(one.value in UNEXPECTED for one in at.warning)


def unfinish(path: Path) -> None:
    """Take away what training writes at its end."""
    for name in ("summary.json", "latents.npz", "model.safetensors", "mosaic.png"):
        (path / name).unlink()
    (path / "status.json").write_text(json.dumps({"state": "failed", "sentence": "Training failed: no space left."}))
