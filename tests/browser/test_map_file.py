"""The map of a run as one HTML file, opened from the disk: it draws, decodes, selects and is laid out anew, and asks for nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, expect

from dashboard.components import map_file
from tests.browser.watching import Watched, pixels_on, watched
from tests.places import ROOT
from vae_core.latent import regions
from vae_core.latent.latents import Latents
from vae_core.runs.listing import open_run

ROUND = "(e) => { const m = e.liveMap; m.tools.lasso.done([[-1, -1], [1, -1], [1, 1], [-1, 1]]); }"
MARKED = "(e) => { const m = e.liveMap; return [...m.colouring.selected].filter((one) => one).length; }"


def rules_choose_and_sets_are_kept(watch: Watched, points: Latents) -> None:
    """Choose by the form and keep a set, as from the keyboard."""
    root = watch.page.locator(".ll")
    form = watch.page.locator(".ll-set_form")
    form.locator(".ll-set_by").select_option("near")
    form.locator(".ll-set_number").fill("7")
    form.locator("button").click()
    watch.until(lambda: root.evaluate(MARKED) == 7)
    z = root.evaluate("(e) => [...e.liveMap.z]")
    near = root.evaluate("(e) => e.liveMap.indexes.filter((_, n) => e.liveMap.sets.choice[n])")
    assert sorted(near) == sorted(points.rows[regions.nearest(points.mu, np.array(z), 7)].tolist())
    watch.page.locator(".ll-set_name").fill("<b>my</b> set")
    watch.page.locator(".ll-set_keeps").click()
    expect(watch.page.locator(".ll-set_list")).to_contain_text("<b>my</b> set")
    form.locator(".ll-set_by").select_option("rows")
    form.locator(".ll-set_words").fill("x")
    form.locator("button").click()
    expect(watch.page.locator(".ll-set_said")).to_contain_text("no row numbers")


def a_link_brings_the_sets(watch: Watched) -> None:
    """Open the address anew that the file has written."""
    assert "#sets=" in watch.page.url, "the set is a link"
    watch.page.reload()
    expect(watch.page.locator(".ll-set_list")).to_contain_text("<b>my</b> set")
    watch.until(lambda: watch.page.locator(".ll").evaluate("(e) => e.liveMap.sets.marks?.reduce((sum, one) => sum + one, 0)") == 7)


def test_the_file_lives_without_a_server(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "map.html"
    run = open_run(ROOT / "checkpoints" / "digits-2d")
    path.write_text(map_file.map_file(run, "en"), encoding="utf-8")
    with watched(browser) as watch:
        asked: list[str] = []
        watch.page.on("request", lambda request: asked.append(request.url))
        watch.page.goto(path.as_uri())
        root = watch.page.locator(".ll")
        expect(root).to_have_attribute("data-ready", f"{run.id}@{run.weights_sha256[:12]}")
        picture = watch.page.locator(".ll-picture")
        watch.drawn()
        before = pixels_on(picture)
        box = watch.page.locator(".ll-over").bounding_box()
        assert box
        watch.page.mouse.click(box["x"] + 0.7 * box["width"], box["y"] + 0.3 * box["height"])
        watch.drawn()
        assert (pixels_on(picture) != before).any()
        root.evaluate(ROUND)
        watch.drawn()
        flat = root.evaluate("(e) => [...e.liveMap.flat]")
        points = run.latents()
        inside = [row for row, x, y in zip(points.rows, flat[::2], flat[1::2], strict=True) if abs(x) <= 1 and abs(y) <= 1]
        assert root.evaluate(MARKED) == len(inside) > 0
        watch.page.get_by_role("tab", name="Sets").click()
        with watch.page.expect_download() as saved:
            watch.page.locator("[data-set=rows]").click()
        assert saved.value.path().read_text().split() == ["row", *map(str, sorted(inside))]
        watch.page.locator("[data-set=undo]").click()
        watch.until(lambda: root.evaluate("(e) => e.liveMap.colouring.selected === null"))
        rules_choose_and_sets_are_kept(watch, points)
        watch.page.locator(".ll-column_choice").select_option("kl")
        expect(watch.page.locator(".ll-legend .ll-range")).to_be_visible()
        count = root.evaluate("(e) => e.liveMap.count")
        expect(watch.page.locator(".ll-range_words")).to_contain_text(f"{count} of {count}")
        watch.page.locator(".ll-thumbs input").first.press("PageUp")
        expect(watch.page.locator(".ll-range_words")).not_to_contain_text(f"{count} of {count}")
        watch.page.get_by_role("tab", name="Draw").click()
        expect(watch.page.locator(".ll-pad")).to_be_visible()
        expect(watch.page.locator(".ll-row_field")).to_be_hidden()
        watch.page.locator("[data-do=film]").click()
        expect(watch.page.locator(".ll-place")).to_contain_text("step")
        a_link_brings_the_sets(watch)
        watch.complaints = [one for one in watch.complaints if not one.startswith(f"request: {path.as_uri()}")]
        assert watch.complaints == [] and watch.notes() == []
        assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [path.as_uri()] * 2
