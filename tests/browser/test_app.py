"""The dashboard in a real browser, on the shipped runs: every page opens without complaint and shows what it should."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from dashboard.figures.colours import CLASSES
from dashboard.i18n.texts import t
from tests.browser.serving import Server
from tests.browser.watching import Watched, count_of, pixels, watched
from tests.places import SHIPPED
from vae_core.latent.inference import decode_mean
from vae_core.runs.listing import load_run

RUN = "digits-2d"
# The pages by the end of their address, each with the picture that it is about.
PICTURES = {
    "": "canvas.ll-picture",
    "explore": "canvas.ll-picture",
    "manifold": ".stPlotlyChart image",
    "latent": ".stPlotlyChart :is(canvas, .scatterlayer)",  # many points are drawn by the graphics card
    "sample": "[data-testid=stImage] img",
    "losses": ".stPlotlyChart .scatterlayer",
}
BRIGHTNESS = {"light": range(200, 256), "dark": range(60)}  # of the ground
VIVID = CLASSES[:5]  # no text, line or edge looks like them


@pytest.fixture
def watch(browser: Browser) -> Iterator[Watched]:
    """A page of 1440 pixels in light colours that in the end has nothing to complain of."""
    with watched(browser) as page:
        yield page
        assert page.complaints == []


def go(watch: Watched, server: Server, path: str) -> Page:
    """Open a page of the dashboard and return it when it is at rest."""
    watch.page.goto(f"{server.url}/{path}")
    watch.settle()
    return watch.page


def shows(watch: Watched, path: str, scheme: str) -> None:
    """Fail where a page lacks its title or its picture, is too wide, or is not light or dark as asked."""
    page = watch.page
    page.emulate_media(color_scheme=scheme)
    scheme = scheme if path else "dark"  # the stage
    expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", scheme)
    watch.settle()
    expect(page.get_by_role("heading", name=t(f"{path}.title" if path else "app.title"))).to_be_visible()
    expect(page.locator(PICTURES[path]).first).to_be_visible()
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), f"{path} scrolls sideways"
    corner = page.screenshot(clip={"x": page.viewport_size["width"] - 1, "y": page.viewport_size["height"] - 1, "width": 1, "height": 1})
    assert round(np.asarray(Image.open(BytesIO(corner)).convert("L")).mean()) in BRIGHTNESS[scheme], (path, scheme)
    assert watch.complaints == [], path


def test_every_page_opens_without_complaint_and_keeps_the_run(watch: Watched, server: Server) -> None:
    page = go(watch, server, f"losses?run={RUN}")
    for path in PICTURES:
        page.locator(f"[data-testid=stSidebarNavLink][href$='/{path}']").click()
        page.wait_for_url(re.compile(f"/{path}\\?"))
        for scheme in ("light", "dark"):
            shows(watch, path, scheme)
        assert f"run={RUN}" in page.url
        expect(page.get_by_test_id("stSidebar").get_by_role("combobox")).to_have_value(load_run(SHIPPED, RUN).name)


def test_every_page_opens_on_a_phone(browser: Browser, server: Server) -> None:
    with watched(browser, 390, "dark") as watch:
        for path in PICTURES:
            go(watch, server, path)
            shows(watch, path, "dark")


def test_the_watch_sees_what_goes_wrong(browser: Browser, server: Server) -> None:
    with watched(browser) as watch:
        page = go(watch, server, "")
        assert watch.complaints == []
        page.evaluate(
            "() => { console.error('one'); setTimeout(() => { throw new Error('two') }); fetch('http://three.invalid/').catch(() => 0) }"
        )
        page.evaluate("() => { const box = document.createElement('p'); box.dataset.testid = 'stException'; document.body.append(box) }")
        watch.settle()
        for part in ("console: one", "page error: two", "request: http://three.invalid/", "exception box"):
            watch.until(lambda part=part: any(part in complaint for complaint in watch.complaints))


def test_the_scatter_shows_every_class_in_its_colour(watch: Watched, server: Server) -> None:
    page = go(watch, server, f"latent?run={RUN}")
    chart = page.locator(".stPlotlyChart")
    counts: dict[str, int] = {}

    def counted() -> bool:
        counts.update({colour: count_of(pixels(chart), colour, tolerance=48) for colour in VIVID})
        return min(counts.values()) > 100

    watch.until(counted)
    page.locator(".legendtoggle").nth(CLASSES.index(VIVID[0])).click()
    watch.until(lambda: count_of(pixels(chart), VIVID[0], tolerance=48) < counts[VIVID[0]] / 2)
    assert count_of(pixels(chart), VIVID[1], tolerance=48) > counts[VIVID[1]] / 2


def test_the_manifold_shows_its_pictures(watch: Watched, server: Server) -> None:
    page = go(watch, server, f"manifold?run={RUN}")
    shown = pixels(page.locator(".stPlotlyChart image").first).mean(axis=-1)
    stored = Image.open(BytesIO(load_run(SHIPPED, RUN).mosaic())).convert("L").resize(shown.shape[::-1])
    assert shown.std() > 30
    assert np.corrcoef(shown.ravel(), np.asarray(stored).ravel())[0, 1] > 0.9


def drawn(z: tuple[float, float]) -> np.ndarray:
    """Return the picture that the model draws at z, straight from vae_core."""
    return decode_mean(load_run(SHIPPED, RUN).model(), np.array([z]))[0]


def shown(page: Page) -> np.ndarray:
    """Return the picture on Sample or on a page with the live map, one value in [0, 1] per pixel of the model."""
    element = page.locator(", ".join({PICTURES["sample"], PICTURES["explore"]}))
    encoded = element.evaluate(
        """async (shown) => {
            if (shown.matches('img')) await shown.decode();
            const copy = document.createElement('canvas');
            [copy.width, copy.height] = [shown.naturalWidth || shown.width, shown.naturalHeight || shown.height];
            copy.getContext('2d').drawImage(shown, 0, 0);
            return copy.toDataURL().split(',')[1];
        }"""
    )
    large = np.asarray(Image.open(BytesIO(b64decode(encoded))).convert("L")) / 255
    scale = len(large) / 8
    centres = (scale * (np.arange(8) + 0.5)).astype(int)
    return large[np.ix_(centres, centres)]


def test_a_link_to_a_point_shows_the_picture_of_that_point(watch: Watched, server: Server) -> None:
    assert abs(drawn((1.5, -0.75)) - drawn((0, 0))).max() > 0.1
    for path in ("sample", ""):
        page = go(watch, server, f"{path}?run={RUN}&z=1.5,-0.75")
        assert abs(shown(page) - drawn((1.5, -0.75))).max() < 0.01, path


def test_a_moved_slider_changes_picture_and_address(watch: Watched, server: Server) -> None:
    page = go(watch, server, f"sample?run={RUN}&z=0.5,0.5")
    page.get_by_role("slider").first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"z=.*0\.53"))
    watch.settle()
    z = tuple(float(value) for value in parse_qs(urlsplit(page.url).query)["z"][0].split(","))
    assert sorted(z) == [0.5, 0.53]
    assert abs(shown(page) - drawn(z)).max() < 0.01


def test_an_unknown_run_is_answered_by_a_sentence(watch: Watched, server: Server) -> None:
    page = go(watch, server, "losses?run=nobody")
    expect(page.get_by_test_id("stAlert")).to_contain_text("nobody")
    assert page.locator(".stPlotlyChart").count() == 0
