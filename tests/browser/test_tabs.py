"""The tests' own pages: what a failed test leaves behind, and that a page that is used again remembers nothing."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import Browser

from tests.browser import evidence
from tests.browser.serving import Server
from tests.browser.watching import watched


def test_a_failure_leaves_trace_picture_and_log(browser: Browser, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "FAILURES", tmp_path)
    address = f"{server.url}/_stcore/health"
    with watched(browser) as fine:
        fine.page.goto(address)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(AssertionError, match="two"), watched(browser) as failed:
        failed.page.goto(address)
        raise AssertionError("two")
    (folder,) = tmp_path.iterdir()
    assert {path.name for path in folder.iterdir()} >= {"trace-1.zip", "page-1.png", f"server-{server.port}.log"}
    assert address.encode() in ZipFile(folder / "trace-1.zip").read("trace.trace")
    assert failed.page.is_closed()


def test_a_page_that_is_used_again_remembers_nothing(browser: Browser, server: Server) -> None:
    address = f"{server.url}/_stcore/health"
    with watched(browser, 390, "dark") as first:
        first.page.goto(address)
        first.page.emulate_media(reduced_motion="reduce")
        first.page.evaluate("() => { localStorage.one = sessionStorage.one = 1; document.cookie = 'one=1'; globalThis.one = 1; }")
        first.page.mouse.down()
    with watched(browser) as second:
        assert second.page is first.page
        second.page.goto(address)
        kept = "() => [localStorage.one, sessionStorage.one, document.cookie.match('one=1'), globalThis.one].filter(Boolean)"
        assert second.page.evaluate(kept) == []
        asked = "() => [innerWidth, matchMedia('(prefers-color-scheme: dark)').matches, matchMedia('(prefers-reduced-motion)').matches]"
        assert second.page.evaluate(asked) == [1440, False, False]
        second.page.evaluate("() => addEventListener('mousemove', (event) => (globalThis.buttons = event.buttons))")
        second.page.mouse.move(9, 9)
        assert second.page.evaluate("globalThis.buttons") == 0
