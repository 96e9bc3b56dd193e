"""A browser page that is watched: what goes over the wire, whatever goes wrong in it, or leaves this machine, is written down."""

from __future__ import annotations

import re
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import urlsplit

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, WebSocket
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.tabs import tab
from tests.dashboard.pages import UNEXPECTED

# On a deep link Streamlit first asks below the page's own path, is told 404, and then asks at the root.
EXPECTED_404 = re.compile(r"/\w+/_stcore/(health|host-config)")
# From the last answer of the server on, the page is as it will stay.
SETTLED = "[data-testid=stApp][data-test-script-state=notRunning]"
LOADING = "[data-testid=stSkeleton], [data-testid=stSpinner]"
# What a hand has done is dealt with before the next frame and drawn in it; the frame after that tells that it was.
FRAMES = "(ms) => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, ms))))"
ON_ITS_WAY = 50  # ms after a frame, within which Streamlit sends what the frame brought up
PATIENCE = 60.0  # seconds


@dataclass
class Watched:
    """A page, what went over the wire, and what went wrong so far."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    sent: list[str | bytes] = field(default_factory=list)
    received: list[int] = field(default_factory=list)  # bytes
    runs: int = 0  # of the script
    is_asking: bool = False  # the page waits for the server to begin with what it asked for

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear what happens on the page for the length of a test."""
        heard = {
            "pageerror": lambda error: self.complaints.append(f"page error: {error}"),
            "console": self.on_console,
            "websocket": self.on_socket,
            "domcontentloaded": self.on_document,
            "request": lambda request: self.on_address(request.url),
        }
        for event, handler in heard.items():
            self.page.on(event, handler)
        try:
            yield
        finally:
            for event, handler in heard.items():
                self.page.remove_listener(event, handler)

    def on_socket(self, socket: WebSocket) -> None:
        """Listen to a connection with the server."""
        self.on_address(socket.url)
        socket.on("framesent", self.on_sent)
        socket.on("framereceived", self.on_received)

    def on_sent(self, frame: str | bytes) -> None:
        """Write a message down, and whether it wants the script to run."""
        self.sent.append(frame)
        if isinstance(frame, bytes) and BackMsg.FromString(frame).HasField("rerun_script"):
            self.is_asking = True

    def on_received(self, frame: str | bytes) -> None:
        """Write the size of an answer down, and whether it says that the script runs."""
        self.received.append(len(frame))
        if isinstance(frame, bytes) and ForwardMsg.FromString(frame).HasField("new_session"):
            self.is_asking = False
            self.runs += 1

    def on_document(self, page: Page) -> None:
        """A new document asks the server first of all."""
        self.is_asking = page.url.startswith("http")

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
        for _ in range(2):  # what has come may ask for more
            self.drawn(ON_ITS_WAY)
            self.until(lambda: not self.is_asking)
            self.page.wait_for_selector(SETTLED)
            self.page.wait_for_selector(LOADING, state="detached")
        self.complaints += [f"exception box: {box.inner_text()}" for box in self.page.get_by_test_id("stException").all()]
        if any(self.page.get_by_text(sentence).count() for sentence in UNEXPECTED):
            self.complaints.append("the page could not be shown; its traceback stands in the server's log")

    def choose_run(self, name: str) -> None:
        """Choose a run in the sidebar, by typing: the list shows few at a time."""
        picker = self.page.get_by_test_id("stSidebar").get_by_role("combobox")
        picker.click()
        picker.fill(name)
        self.page.get_by_role("option", name=name).click()

    def notes(self) -> list[str]:
        """Return what a component on the page says of what it cannot do; where there is none, nothing."""
        return [said for said in self.page.locator(".ll-note, .lf-note, .ls-note").all_inner_texts() if said]

    def drawn(self, ms: float = 0) -> None:
        """Wait until what was done is drawn, and some milliseconds more."""
        self.page.evaluate(FRAMES, ms)

    def until(self, condition: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait for a condition; fail when it does not come true."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it did not happen in time"
            self.page.wait_for_timeout(20)

    def count(self, least: int = 0) -> int:
        """Return how many messages have gone to the server, after waiting for those on their way and for so many at the least."""
        self.drawn(ON_ITS_WAY)
        if len(self.sent) < least:
            self.until(lambda: len(self.sent) >= least)
            self.drawn(ON_ITS_WAY)
        return len(self.sent)


@contextmanager
def watched(
    browser: Browser, width: int = 1440, scheme: str = "light", locale: str = "en-US", *, is_alone: bool = False, is_calm: bool = False
) -> Iterator[Watched]:
    """Open an empty page of the given width that records page errors, console errors and foreign requests."""
    with tab(browser, width, scheme, locale, is_alone=is_alone, is_calm=is_calm) as page:
        watch = Watched(page)
        with watch.listening():
            yield watch


def pixels(element: Locator) -> np.ndarray:
    """Return what the element shows, (height, width, 3) in 0 to 255."""
    element.scroll_into_view_if_needed()
    return np.asarray(Image.open(BytesIO(element.screenshot())).convert("RGB")).astype(int)


def pixels_on(canvas: Locator) -> np.ndarray:
    """Return what is drawn on a canvas, (height, width, 4) in 0 to 255."""
    png = canvas.evaluate("(canvas) => canvas.toDataURL().split(',')[1]")
    return np.asarray(Image.open(BytesIO(b64decode(png))).convert("RGBA")).astype(int)
