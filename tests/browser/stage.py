"""A component on canvases in a real browser: what it holds and what it has drawn; the live map above all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np
from playwright.sync_api import Browser, Page

from tests.browser.serving import Server
from tests.browser.watching import Watched, pixels_on, watched
from vae_core.latent.inference import decode_mean
from vae_core.runs.run import Run

MANY = 30  # moves of a drag


@dataclass
class Stage:
    """A component on a page that is watched."""

    watch: Watched
    root: ClassVar[str]  # what the selectors of all its parts begin with
    holder: ClassVar[str]  # the property of its root that holds its state

    @property
    def page(self) -> Page:
        return self.watch.page

    def ask(self, script: str, argument: Any = None) -> Any:
        """Return what a function of (state, argument) gives."""
        return self.page.locator(self.root).evaluate(f"(root, argument) => ({script})(root.{self.holder}, argument)", argument)

    def pixels(self, canvas: str) -> np.ndarray:
        """Return what lies on one of its canvases after the frame that is under way, (height, width, 4) in 0 to 255."""
        self.watch.drawn()
        return pixels_on(self.page.locator(f"{self.root}-{canvas}"))

    def smallest_text(self) -> float:
        """Return the size in pixels of the smallest text on it."""
        sizes = self.page.locator(f"{self.root} *").evaluate_all(
            "(all) => all.filter((e) => e.innerText).map((e) => parseFloat(getComputedStyle(e).fontSize))"
        )
        assert len(sizes) > 8
        return float(min(sizes))


Kind = TypeVar("Kind", bound=Stage)


@contextmanager
def on_page(browser: Browser, kind: type[Kind], width: int = 1440, scheme: str = "light") -> Iterator[Kind]:
    """Open an empty page that in the end has nothing to complain of."""
    with watched(browser, width, scheme) as watch:
        yield kind(watch)
        assert watch.complaints == []


@contextmanager
def fingers(page: Page, count: int) -> Iterator[Callable[..., None]]:
    """Give the page a touch screen, and a function that takes "touchStart", "touchMove" or "touchEnd" and where the fingers are."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": count})

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(places)]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    yield touch
    devtools.detach()


class Map(Stage):
    """The live latent map."""

    root = ".ll"
    holder = "explorer"

    def open(self, server: Server, path: str, run: str, *, ready: bool = True) -> None:
        """Go to an address and wait until the map can decode and the server is at rest."""
        self.page.goto(f"{server.url}/{path}{'&' if '?' in path else '?'}run={run}")
        if ready:
            self.ready(run)

    def ready(self, run: str) -> None:
        """Wait until the map shows the run, and for the last message."""
        self.page.wait_for_selector(f'.ll[data-ready^="{run}@"]')
        self.watch.settle()

    def z(self) -> list[float]:
        return list(self.ask("(e) => Array.from(e.z)"))

    def shown(self) -> np.ndarray:
        """Return the picture's pixels, (height, width) in 0 to 255."""
        return self.pixels("picture")[..., 0]

    def move(self, a: float, b: float) -> None:
        """Bring the pointer over the world's point (a, b)."""
        self.page.mouse.move(*self.at(a, b))

    def at(self, a: float, b: float) -> tuple[float, float]:
        """Return where (a, b) lies on the screen; the map is in sight."""
        box = self.page.locator(".ll-over").bounding_box()
        assert box
        x, y, ratio = self.ask("(e, [a, b]) => [e.view.px(a), e.view.py(b), e.view.ratio]", [a, b])
        return box["x"] + x / ratio, box["y"] + y / ratio

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press at one world point and move to another in many steps; the button stays down."""
        self.move(*start)
        self.page.mouse.down()
        self.page.mouse.move(*self.at(*end), steps=MANY)

    def picture_is_that_of_z(self, run: Run) -> None:
        """Compare the picture with torch's at the z that is shown."""
        shown = self.shown()
        assert abs(shown - decode_mean(run.model(), np.array([self.z()]))[0] * 255).max() <= 2.5

    def moves(self) -> int:
        return int(self.ask("() => globalThis[Symbol.for('latent-lens')].moved"))
