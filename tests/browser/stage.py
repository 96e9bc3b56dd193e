"""A component on canvases in a real browser, what it holds and what it has drawn: the live map and its pad above all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page

from dashboard.figures.colours import class_colour
from tests.browser.serving import Server
from tests.browser.watching import Watched, pixels_on, watched
from vae_core.data.batches import Batch
from vae_core.latent.inference import decode_mean
from vae_core.runs.run import Run

MANY = 30  # moves of a drag
# The strokes of a three, by the pad's dots.
THREE = (((90, 60), (140, 45), (190, 70), (180, 110), (135, 130)), ((135, 130), (190, 150), (195, 200), (140, 230), (85, 215)))


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
def on_page(browser: Browser, kind: type[Kind], width: int = 1440, scheme: str = "light", *, is_calm: bool = False) -> Iterator[Kind]:
    """Open an empty page that in the end has nothing to complain of."""
    with watched(browser, width, scheme, is_calm=is_calm) as watch:
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
    holder = "liveMap"

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
        """Compare the picture with torch's at the z that is shown, once it is drawn: a finger's moves are, in the frame after them."""
        self.watch.drawn()
        drawn = decode_mean(run.model(), np.array([self.z()]))[0] * 255
        shown = self.shown() if drawn.ndim == 2 else np.moveaxis(self.pixels("picture")[..., :3], -1, 0)
        assert abs(shown - drawn).max() <= 2.5

    def moves(self) -> int:
        return int(self.ask("() => globalThis[Symbol.for('latent-lens')].moved"))


class Panel(Map):
    """The live map with its pad."""

    def unfold(self, server: Server, run: str) -> None:
        """Open a run with its pad."""
        self.open(server, "explore", run)
        self.press()

    def press(self) -> None:
        """Open the pad, and wait until the encoder and the pictures to pick from are there."""
        self.page.locator("[data-tab=draw]").click()
        self.page.wait_for_function("(e) => e.getRootNode().querySelector('.ll').liveMap.drawing.encoder", arg=self.handle())
        self.page.wait_for_function("(e) => !e.getRootNode().querySelector('.ll-album').hidden", arg=self.handle())
        self.watch.settle()

    def handle(self) -> Any:
        return self.page.locator(".ll").element_handle()

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return where a dot of the pad lies on the screen."""
        pad = self.page.locator(".ll-pad")
        box, size = pad.bounding_box(), pad.evaluate("(c) => [c.width, c.height]")
        assert box
        return box["x"] + x / size[0] * box["width"], box["y"] + y / size[1] * box["height"]

    def draw(self, strokes: Any = THREE, steps: int = 6) -> None:
        """Draw with the mouse."""
        self.page.locator(".ll-pad").evaluate("(pad) => pad.scrollIntoView({ block: 'end' })")  # from under the picture, which stays
        for first, *others in strokes:
            self.page.mouse.move(*self.place(*first))
            self.page.mouse.down()
            for place in others:
                self.page.mouse.move(*self.place(*place), steps=steps)
            self.page.mouse.up()

    def bill(self) -> dict[str, Any]:
        """Return what the page has worked out, when it is at rest."""
        self.watch.drawn()
        self.watch.until(lambda: not self.ask("(e) => e.drawing.isStale || [e.drawing, e.badge, e.fog].some((one) => one.task.isBusy)"))
        self.watch.drawn()
        return dict(self.ask(
            """(e) => {
                const plain = (value) => (typeof value === "string" || value?.length === undefined ? value : Array.from(value, plain));
                return Object.fromEntries(Object.entries(e.drawing.bill.result ?? {}).map(([name, value]) => [name, plain(value)]));
            }"""
        ))  # fmt: skip

    @torch.no_grad()
    def true_bill(self, run: Run) -> dict[str, Any]:
        """Return the bill, compared with what torch says of the same picture and the same places."""
        found, vae = self.bill(), run.model()
        d, side = run.config.model.latent_size, run.dataset["event_shape"]
        x = torch.tensor(found["x"], dtype=torch.float32).reshape(1, *side)
        posterior = vae.encode(x)
        np.testing.assert_allclose(found["mu"], posterior.mu[0], atol=1e-4, rtol=1e-4)
        z = torch.tensor(found["zs"], dtype=torch.float32).reshape(-1, 1, d)
        terms = vae.terms(Batch(x), z=z)
        assert found["reconstruction"] == pytest.approx(float(terms.reconstruction), abs=1e-3)
        assert sum(found["perPixel"]) == pytest.approx(found["reconstruction"])
        np.testing.assert_allclose(found["samples"], vae.likelihood.mean(vae.decode(z)).flatten(1), atol=1e-4)
        np.testing.assert_allclose(found["redrawn"], vae.likelihood.mean(vae.decode(posterior.mu)).flatten(), atol=1e-4)
        if found["kl"] is not None:
            np.testing.assert_allclose(found["sigma"], posterior.sigma[0], rtol=1e-4)
            np.testing.assert_allclose(found["kl"], terms.kl_per_dim[0], atol=1e-3)
        return found

    def said(self, name: str) -> str:
        return self.page.locator(f".ll-{name}").inner_text()


def rgb_of_class(label: int) -> list[int]:
    """Return a class's colour as three numbers in 0 to 255."""
    return [int(class_colour(label)[start : start + 2], 16) for start in (1, 3, 5)]


def points_in_their_colour(picture: np.ndarray, scale: float, mu: np.ndarray, labels: np.ndarray) -> list[bool]:
    """Tell of every point (N, 2) well inside a map around the origin, `scale` pixels to a unit, whether it shows its class's colour."""
    height, width = picture.shape[:2]
    hits = []
    for (a, b), label in zip(mu.astype(float), labels, strict=False):
        column, row = int(width / 2 + a * scale), int(height / 2 - b * scale)
        if 20 < column < width - 20 and 20 < row < height - 20:
            hits.append(bool((picture[row, column, :3] == rgb_of_class(int(label))).all()))
    return hits


def number(text: str) -> float:
    """Return the number in a text of the page."""
    return float(re.sub(r"[^\d.−-]", "", text).replace("−", "-"))
