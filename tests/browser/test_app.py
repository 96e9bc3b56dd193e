"""The dashboard in a real browser, on the shipped runs: every page opens without complaint and shows what it should."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from dashboard.i18n.texts import t
from tests.browser.serving import Server
from tests.browser.watching import Watched, pixels_on, watched
from tests.places import SHIPPED
from vae_core.latent.inference import decode_mean
from vae_core.runs.listing import load_run

RUN = "digits-2d"
# The pages by the end of their address, each with the picture that it is about.
PICTURES = {
    "": "canvas.ll-picture",
    "explore": "canvas.ll-picture",
    "manifold": "canvas.ll-ground",
    "latent": "canvas.ll-ground",
    "sample": "canvas.ll-draws_grid",
    "losses": ".stPlotlyChart .scatterlayer",
}
BRIGHTNESS = {"light": range(200, 256), "dark": range(60)}  # of the ground


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
    expect(page.get_by_role("heading", name=t(f"{path}.title" if path else "dataset.digits.line"))).to_be_visible()
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
    with watched(browser, 390, "dark", is_calm=True) as watch:
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


def drawn(z: tuple[float, float]) -> np.ndarray:
    """Return the picture that the model draws at z, straight from vae_core."""
    return decode_mean(load_run(SHIPPED, RUN).model(), np.array([z]))[0]


def shown(page: Page) -> np.ndarray:
    """Return the picture on a page with the live map, one value in [0, 1] per pixel of the model."""
    return pixels_on(page.locator(PICTURES["explore"]))[..., 0] / 255


def test_a_link_to_a_point_shows_the_picture_of_that_point(watch: Watched, server: Server) -> None:
    assert abs(drawn((1.5, -0.75)) - drawn((0, 0))).max() > 0.1
    for path in ("sample", ""):
        page = go(watch, server, f"{path}?run={RUN}&z=1.5,-0.75")
        assert abs(shown(page) - drawn((1.5, -0.75))).max() < 0.01, path


def test_an_unknown_run_is_answered_by_a_sentence(watch: Watched, server: Server) -> None:
    page = go(watch, server, "losses?run=nobody")
    expect(page.get_by_test_id("stAlert")).to_contain_text("nobody")
    assert page.locator(".stPlotlyChart").count() == 0
    page = go(watch, server, "?run=nobody")
    ground = page.get_by_test_id("stAlertContainer").evaluate("e => getComputedStyle(e).backgroundColor")
    ink = page.get_by_test_id("stAlert").locator("p").evaluate("e => getComputedStyle(e).color")
    assert (max(colours(ink)) < 128) == (min(colours(ground)) > 128), "the sentence cannot be read on the stage"


def colours(css: str) -> list[float]:
    """Return red, green and blue of rgb(...)."""
    return [float(one) for one in re.findall(r"[\d.]+", css)[:3]]


def test_an_unknown_address_is_answered_by_a_page_of_ours(watch: Watched, server: Server) -> None:
    page = go(watch, server, "nowhere")
    expect(page.get_by_role("heading", level=1)).to_have_text(t("unknown.title"))
    expect(page.get_by_test_id("stMain")).to_contain_text("nowhere")
    assert page.get_by_role("dialog").count() == 0
    page.get_by_test_id("stMain").get_by_role("link", name=t("explore.nav")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(t("explore.title"))
