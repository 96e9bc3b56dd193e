"""Fixtures of all tests of pages."""

from __future__ import annotations

import pytest

from tests.dashboard.pages import Open, open_page
from vae_core.inspection import process


@pytest.fixture(autouse=True)
def nothing_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Inspect, which computes by itself what is cheap, start no process."""
    monkeypatch.setattr(process, "start", lambda run, parts=(), split="test": None)


@pytest.fixture
def visit() -> Open:
    """Return a function that opens a page in a new session, with query parameters."""
    return lambda page, **query: open_page(page, query)
