"""What a failed browser test leaves behind: each page's trace and picture and the servers' logs, until the next run."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import BrowserContext, Error, Page

from tests.browser.serving import SERVERS
from tests.conftest import FAILURES

OPEN: list[Page] = []  # pages of the test that is running


def begin(context: BrowserContext) -> None:
    """Write down from now on what is done to a context's pages: without pictures and copies of the page that costs nothing."""
    context.tracing.start()


def place() -> Path:
    """Return the folder of the test that is running."""
    test = os.environ["PYTEST_CURRENT_TEST"].rsplit(" ", 1)[0]  # behind it stands the phase
    folder = FAILURES / re.sub(r"[^\w.-]+", "-", test.removeprefix("tests/browser/")).strip("-")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def forget(page: Page) -> bool:
    """Let go of a page at the end of its test, and tell whether nothing was kept of it."""
    is_fine = page in OPEN
    if is_fine:
        OPEN.remove(page)
    return is_fine


def keep_logs() -> None:
    """Copy what the servers have printed."""
    for server in SERVERS:
        shutil.copy(server.log, place() / f"server-{server.port}.log")
    SERVERS[:] = [server for server in SERVERS if server.process.poll() is None]


def keep(page: Page) -> None:
    """Keep a page's picture and trace, once; look at the trace with `python -m playwright show-trace`."""
    if not forget(page):
        return
    number = len(list(place().glob("trace*.zip"))) + 1
    with suppress(Error):  # a page that has crashed gives no picture
        page.screenshot(path=place() / f"page-{number}.png", timeout=10_000)
    with suppress(Error):
        page.context.tracing.stop_chunk(path=place() / f"trace-{number}.zip")
    keep_logs()


def keep_all() -> None:
    """Keep what there is of the test that has just failed."""
    keep_logs()
    for page in list(OPEN):
        keep(page)
