"""Maps under one cursor, on Compare in a real browser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, expect

from dashboard.i18n.texts import t
from tests.browser.serving import Server
from tests.browser.stage import Stage, on_page
from tests.browser.watching import pixels_on
from tests.conftest import tiny_config
from vae_core.training.runner import train


class Maps(Stage):
    """The maps of several runs."""

    root = ".lt"
    holder = "stage"

    def at(self, n: int, row: int) -> list[float]:
        """Return where an image lies on a map, from the map's upper left corner."""
        script = "({ maps, flats }, [n, row]) => { const { view } = maps[n], [x, y] = flats[n].slice(2 * row, 2 * row + 2);"
        return list(self.ask(script + "return [view.px(x) / view.ratio, view.py(y) / view.ratio]; }", [n, row]))


def test_pointing_at_an_image_marks_it_in_all_maps(browser: Browser, server: Server, root: Path) -> None:
    run = train(tiny_config("Two", 2), root / "two")
    with on_page(browser, Maps) as shown:
        page = shown.page
        page.goto(f"{server.url}/compare?run=two")
        page.wait_for_selector(".lt[data-ready]")
        shown.watch.settle()
        maps = page.locator(".lt canvas")
        assert maps.count() == 2
        quiet = shown.watch.count()
        maps.nth(1).scroll_into_view_if_needed()
        x, y = shown.at(1, 11)
        before = [pixels_on(maps.nth(n))[..., :3] for n in (0, 1)]
        box = maps.nth(1).bounding_box()
        assert box
        page.mouse.move(box["x"] + x, box["y"] + y)
        shown.watch.drawn()
        found = int(page.locator(".lt").get_attribute("data-row") or -1)
        for n in (0, 1):
            changed = np.argwhere(abs(pixels_on(maps.nth(n))[..., :3] - before[n]).max(-1) > 60)
            assert len(changed) > 20 and abs(changed.mean(0)[::-1] - shown.at(n, found)).max() < 4, "the ring stands elsewhere"
        expect(page.locator(".lt-said")).to_contain_text(f"Test image {run.latents().rows[found]},")
        maps.nth(0).focus()
        page.mouse.move(5, 5)
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        shown.watch.drawn()
        assert page.locator(".lt").get_attribute("data-row") == "1"
        assert shown.watch.count() == quiet, "a message while pointing"
        page.get_by_role("button", name=t("compare.work")).click()  # the control
        page.get_by_text("±").first.wait_for()
        assert shown.watch.count(quiet + 1) > quiet
        expect(page.locator(".lt-said")).to_contain_text(t("twins.point"))
