"""The Train page as tests open, read and press it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from dashboard.i18n.texts import t
from tests.dashboard import pages
from tests.dashboard.pages import paragraphs

MACHINE = {"fixed": 1e-3, "dense": 1e-10, "conv": 1e-10, "base": 400_000_000}
Visit = Callable[..., AppTest]


def words(at: AppTest) -> str:
    """Return everything that the page says, without the backslashes that keep names plain."""
    elements = [*at.title, *paragraphs(at), *at.info, *at.warning, *at.code, *at.button, *at.expander]
    said = "\n".join(str(getattr(element, name, "") or "") for element in elements for name in ("value", "label"))
    return said.replace("\\", "") + "".join(found.proto.text for found in at.get("progress"))


def button(at: AppTest, name: str) -> object:
    """Return the one button of that name."""
    (found,) = (one for one in at.button if one.label == t(f"train.{name}"))
    return found


def has(at: AppTest, *names: str) -> list[bool]:
    """Tell of each name whether the page has such a button."""
    return [any(one.label == t(f"train.{name}") for one in at.button) for name in names]


def is_calm(at: AppTest) -> bool:
    """Tell whether nothing went wrong."""
    return pages.is_calm(at) and "is missing from run" not in words(at)


def put(root: Path, run: str, state: str, sentence: str = "") -> None:
    """Give a run another state."""
    (root / run / "status.json").write_text(json.dumps({"state": state, "sentence": sentence}))
