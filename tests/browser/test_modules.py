"""What Node computes with the engine's modules a browser computes too: the decoder, on the very files that ship."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page

from dashboard.components.bundler import HERE
from tests.browser.watching import watched
from tests.js import test_decoder
from tests.js.node import load

ADDRESS = "http://localhost"


class InPage:
    """A browser's page as an engine."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def call(self, script: str, argument: Any = None) -> Any:
        return self.page.evaluate(script, argument)


def test_the_engine_runs_in_a_browser_as_in_node(browser: Browser) -> None:
    with watched(browser) as watch:
        watch.page.route(f"{ADDRESS}/**", lambda route: route.fulfill(path=HERE / route.request.url.removeprefix(f"{ADDRESS}/")))
        watch.page.goto(f"{ADDRESS}/story/story.html")  # modules are imported by pages of the same origin alone
        engine = InPage(watch.page)
        load(engine, test_decoder.MODULES, ADDRESS)
        test_decoder.test_the_page_runs_the_very_files_that_ship(engine)
        assert [found for found in watch.complaints if not found.startswith(f"request: {ADDRESS}/")] == []
