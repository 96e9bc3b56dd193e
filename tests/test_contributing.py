"""CONTRIBUTING.md fits on a page, and what it names is there."""

from __future__ import annotations

import re

from tests.places import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SOURCES = [
    path.relative_to(ROOT).as_posix()
    for folder in ("vae_core", "dashboard", "tests")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".js", ".toml", ".json")
]


def test_the_page_is_short() -> None:
    assert len(PAGE.splitlines()) <= 80


def test_every_file_that_it_names_is_there() -> None:
    names = set(re.findall(r"`(?:dashboard/)?([\w/]+\.(?:py|js|toml))`", PAGE)) - {"pyproject.toml"}
    assert len(names) > 30 and [name for name in names if not any(f"/{path}".endswith(f"/{name}") for path in SOURCES)] == []


def test_every_registry_that_it_names_is_there() -> None:
    names = set(re.findall(r"`([A-Z]{4,})`", PAGE))
    defined = {found for path in SOURCES if path.endswith((".py", ".js")) for found in defined_in(path)}
    assert len(names) > 10 and names <= defined


def defined_in(path: str) -> set[str]:
    """Return the names in capitals that a file defines at its top level."""
    return set(re.findall(r"^(?:export )?(?:const )?([A-Z]{4,})\b(?::.*?)? = ", (ROOT / path).read_text(encoding="utf-8"), re.M))
