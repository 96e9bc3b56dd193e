"""A browser page that is watched: whatever goes wrong in it, or leaves this machine, is written down."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import urlsplit

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page

from dashboard.text import t

# On a deep link Streamlit first asks below the page's own path, is told 404, and then asks at the root.
EXPECTED_404 = re.compile(r"/\w+/_stcore/(health|host-config)")
# From the last answer of the server on, the page is as it will stay.
SETTLED = "[data-testid=stApp][data-test-script-state=notRunning]"


@dataclass
class Watched:
    """A page and what went wrong in it so far."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def on_console(self, message: ConsoleMessage) -> None:
        """Write errors down, but for the 404s of a deep link."""
        is_expected = "404" in message.text and EXPECTED_404.fullmatch(urlsplit(message.location["url"]).path)
        if message.type == "error" and not is_expected:
            self.complaints.append(f"console: {message.text} ({message.location['url']})")

    def on_address(self, url: str) -> None:
        """Write every address on another host down."""
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
            self.complaints.append(f"request: {url}")

    def settle(self) -> None:
        """Wait until the script has run and nothing is loading, then note exception boxes and what stands in their place."""
        self.page.wait_for_selector(SETTLED, timeout=60_000)
        self.page.wait_for_selector("[data-testid=stSkeleton], [data-testid=stSpinner]", state="detached", timeout=60_000)
        self.page.wait_for_timeout(300)
        self.page.wait_for_selector(SETTLED, timeout=60_000)
        self.complaints += [f"exception box: {box.inner_text()}" for box in self.page.get_by_test_id("stException").all()]
        if self.page.get_by_text(t("app.unexpected")).count():
            self.complaints.append("the page could not be shown; its traceback stands in the server's log")


@contextmanager
def watched(browser: Browser, width: int = 1440, scheme: str = "light", locale: str = "en-US") -> Iterator[Watched]:
    """Open an empty page of the given width that records page errors, console errors and foreign requests."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, locale=locale)
    page = context.new_page()
    page.set_default_timeout(15_000)
    watch = Watched(page)
    page.on("pageerror", lambda error: watch.complaints.append(f"page error: {error}"))
    page.on("console", watch.on_console)
    page.on("websocket", lambda socket: watch.on_address(socket.url))
    context.on("request", lambda request: watch.on_address(request.url))
    try:
        yield watch
    finally:
        context.close()


def pixels(element: Locator) -> np.ndarray:
    """Return what the element shows, (height, width, 3) in 0 to 255."""
    element.scroll_into_view_if_needed()
    return np.asarray(Image.open(BytesIO(element.screenshot())).convert("RGB")).astype(int)


def count_of(picture: np.ndarray, colour: str, tolerance: int = 24) -> int:
    """Return how many pixels come close to a colour written as #rrggbb, in each of the three channels."""
    wanted = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    return int((abs(picture - wanted).max(axis=-1) <= tolerance).sum())
