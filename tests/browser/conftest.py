"""One browser and one server for all browser tests; without a browser they fail, they do not skip."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser import evidence, find_browser
from tests.browser.serving import APP, Server, serving, wait_until_healthy

# A busy machine is slow, and what a test waits for is that it comes, not when.
expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The dashboard on the shipped runs, from another working directory with an empty home; it must not print a traceback."""
    with serving(APP, tmp_path_factory.mktemp("server")) as running:
        wait_until_healthy(running)
        yield running
        assert "Traceback" not in running.log.read_text(errors="replace")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real browser, without a window."""
    path = find_browser.find() or pytest.fail(find_browser.NONE_FOUND, pytrace=False)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, chromium_sandbox=False)
        yield opened
        opened.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what there is of a test that has failed, while its pages and servers are still there."""
    report = yield
    if report.failed:
        evidence.keep_all()
    return report
