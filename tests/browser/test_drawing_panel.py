"""The pad in a real browser: a drawing is encoded and priced as Python does it, and nothing goes over the wire meanwhile."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from dashboard.i18n.texts import t
from tests.browser.serving import Server
from tests.browser.stage import THREE, Panel, fingers, number, on_page
from tests.conftest import tiny_config
from tests.places import SHIPPED
from vae_core.data import sources
from vae_core.data.binarisation import binarise, static_uniforms
from vae_core.runs.listing import load_run
from vae_core.training.runner import train

RARER = {"odder": t("live_map.odder_rarer"), "images": t("dataset.mnist.images")}


def said_of_a_stranger(pad: Panel) -> str:
    """Return what is to be said of a drawing that costs more than every test image."""
    found = pad.bill()
    words = t("live_map.verdict_both" if found["place"] < 1 else "live_map.verdict_rarest", **RARER)
    return t("live_map.knows_only_saw", verdict=words, things=t("dataset.mnist.things"), name=found["taken"])


def test_a_drawing_is_encoded_priced_and_placed(pad: Panel, server: Server) -> None:
    run = load_run(SHIPPED, "mnist-2d")
    pad.open(server, "explore?z=0.5,0.5", run.id)
    parts = "() => [...globalThis[Symbol.for('latent-lens')].parts.keys()].map((key) => key.split('/')[1])"
    assert set(pad.ask(parts)) == {"points", "first", "weights", "trust"}, "bytes that nobody asked for"
    expect(pad.page.locator(".ll-pad")).to_be_hidden()
    pad.press()
    expect(pad.page.locator("[data-tab=draw]")).to_have_attribute("aria-selected", "true")
    assert {"encoder", "images"} <= set(pad.ask(parts))
    assert pad.said("verdict") == t("live_map.draw_empty") and pad.bill() == {}
    expect(pad.page.locator(".ll-account")).to_be_hidden()
    assert pad.ask("(e) => e.isPinned") and pad.z() == [0.5, 0.5], "an empty pad has let go of the pinned place"

    quiet = pad.watch.count()
    pad.draw()
    found = pad.true_bill(run)
    assert t("dataset.mnist.framed") in pad.said("framed")
    assert pad.watch.count() == quiet, "a message while drawing"
    shown = [number(pad.said(f"{name}_value")) for name in ("reconstruction", "kl", "sum")]
    assert shown[0] == pytest.approx(found["reconstruction"], abs=0.1) and shown[1] == pytest.approx(sum(found["kl"]), abs=0.1)
    assert shown[2] == pytest.approx(found["reconstruction"] + sum(found["kl"]), abs=0.051)
    assert shown[0] + shown[1] == pytest.approx(shown[2], abs=1e-9)
    bars = [number(text) for text in pad.page.locator(".ll-bars b").all_inner_texts()]
    assert sum(bars) == pytest.approx(shown[1])
    percent = 100 * (shown[2] - 60) / 200
    assert 10 < percent < 90 and found["place"] > 1
    assert pad.said("verdict") == t("live_map.verdict_usual", low="80", high="240", **RARER)
    assert "bits" not in pad.said("sum_value")
    x = np.array(found["x"]).reshape(28, 28)
    rows, columns = np.flatnonzero(x.any(1)), np.flatnonzero(x.any(0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    assert [int(centre) for centre in (x.sum(1) @ (np.arange(28) + 0.5) / x.sum(), x.sum(0) @ (np.arange(28) + 0.5) / x.sum())] == [14, 14]
    assert pad.z() == pytest.approx(found["zs"][:2]), "z is not where the die in hand falls"
    pad.picture_is_that_of_z(run)

    # A picture unlike all others, then none.
    pad.draw([[(10 + 20 * n, 10), (270 - 15 * n, 270)] for n in range(12)], steps=1)
    assert sum(pad.bill()["kl"]) + pad.bill()["reconstruction"] > 260
    stranger = said_of_a_stranger(pad)
    assert pad.said("verdict") == stranger
    pad.page.locator("[data-do=clear]").click()
    assert pad.bill() == {} and pad.said("verdict") == t("live_map.draw_empty")
    expect(pad.page.locator(".ll-parts")).to_be_hidden()
    pad.page.locator("[data-do=undo]").click()
    pad.true_bill(run)
    expect(pad.page.locator(".ll-spoken")).to_contain_text(stranger)
    assert pad.watch.count() == quiet
    assert pad.smallest_text() >= 12


def test_pictures_to_pick_from(pad: Panel, server: Server, root: Path) -> None:
    small = tiny_config("Black", 2)
    run = train(replace(small, data=replace(small.data, pixels="static")), root / "black")
    pad.unfold(server, run.id)
    page, data = pad.page, sources.load("digits")
    page.locator(".ll-class").select_option("7")
    found = pad.true_bill(run)
    row = int(re.findall(r"\d+", pad.said("framed"))[0])
    assert data.labels[row] == 7 and "“7”" in pad.said("framed") and row in run.latents().rows
    uniforms = static_uniforms(np.array([row]), (8, 8), run.config.data.split_seed)
    np.testing.assert_array_equal(found["x"], binarise(data.values[[row]], 16, "static", uniforms).ravel())
    total = found["reconstruction"] + sum(found["kl"])
    assert number(pad.said("sum_value").split("=")[1]) == pytest.approx(total / math.log(2), abs=0.051) and "bits" in pad.said("sum_value")
    page.locator("[data-do=next_image]").click()
    assert pad.bill()["x"] != found["x"] and "“7”" in pad.said("framed")
    assert t("live_map.black_or_white") not in pad.said("framed")

    other = "(e) => { const { rows } = e.drawing.album.sources[0]; return [...e.indexes].find((row) => !rows.includes(row)); }"
    row = pad.ask(other)
    page.locator(".ll-row").fill(str(row))
    page.locator(".ll-row").press("Enter")
    pad.watch.until(lambda: f" {row}, " in pad.said("framed"))
    found = pad.true_bill(run)
    np.testing.assert_array_equal(
        found["x"], binarise(data.values[[row]], 16, "static", static_uniforms(np.array([row]), (8, 8), run.config.data.split_seed)).ravel()
    )
    page.locator(".ll-row").fill("99999")
    page.locator(".ll-row").press("Enter")
    expect(page.locator(".ll-note")).to_have_text(t("live_map.row_none", row="99999", one=int(run.latents().rows[0])))
    page.locator(".ll-row").fill(str(row))
    page.locator(".ll-row").press("Enter")
    expect(page.locator(".ll-note")).to_have_text("")

    page.locator(".ll-source").select_option(label=t("live_map.source_glyphs"))
    letter = pad.true_bill(run)
    assert set(letter["x"]) == {0, 1} and t("dataset.digits.framed") in pad.said("framed")
    said = pad.said("framed")
    pad.draw([[(20, 20), (20, 260)]])  # a pen makes it a drawing
    drawn = pad.bill()
    assert set(drawn["x"]) == {0, 1} and drawn["x"] != letter["x"] and t("live_map.black_or_white") in pad.said("framed")
    assert "Image" in said and "Image" not in pad.said("framed")
    page.locator("[data-do=undo]").click()
    assert pad.bill()["x"] == letter["x"]


def test_keys_draw_and_stop_at_the_pad(pad: Panel, server: Server) -> None:
    pad.unfold(server, "mnist-2d")
    page = pad.page
    page.locator(".ll-pad").focus()
    quiet = pad.watch.count()
    for key in ("Space", *["Shift+ArrowDown"] * 3, "ArrowRight", "Space", "Shift+ArrowLeft", "r", "c"):
        page.keyboard.press(key)
    drawn = pad.bill()
    assert drawn["x"] and page.get_by_role("dialog").count() == 0
    box = pad.ask("(e) => e.drawing.pad.ink.box()")
    assert box == [140 - 12, 140 - 12, 148 + 12, 140 + 72 + 12]
    page.keyboard.press("Control+z")
    assert pad.bill() == {}
    page.keyboard.press("Space")
    page.keyboard.press("ArrowUp")
    assert pad.bill()
    page.keyboard.press("Delete")
    assert pad.bill() == {} and pad.watch.count() == quiet
    page.keyboard.press("Tab")
    assert pad.ask("(e) => e.root.getRootNode().activeElement.dataset.do") == "eraser", "Tab does not leave the pad"
    pad.draw()
    whole = pad.bill()["x"]
    page.locator("[data-do=eraser]").click()
    expect(page.locator("[data-do=eraser]")).to_have_attribute("aria-pressed", "true")
    pad.draw(THREE[1:])
    assert sum(pad.bill()["x"]) < sum(whole)


def test_a_finger_draws_on_a_narrow_screen(browser: Browser, server: Server) -> None:
    with on_page(browser, Panel, width=390, scheme="dark", is_calm=True) as pad, fingers(pad.page, 1) as put:
        pad.unfold(server, "mnist-2d")
        pad.page.locator(".ll-pad").scroll_into_view_if_needed()
        top = pad.page.locator(".ll-pad").bounding_box()
        for stroke in THREE:
            for n, dot in enumerate(stroke):
                put("touchMove" if n else "touchStart", pad.place(*dot))
            put("touchEnd")
        pad.true_bill(load_run(SHIPPED, "mnist-2d"))
        assert pad.page.locator(".ll-pad").bounding_box() == top, "the page was scrolled by the pen"
        picture = pad.page.locator(".ll-picture").bounding_box()
        expect(pad.page.locator(".ll-picture")).to_be_in_viewport(ratio=1)
        assert picture["y"] + picture["height"] <= top["y"], "the picture lies on the pad"
        assert pad.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
        is_inside = "(e) => [...e.querySelectorAll('*')].every((one) => one.getBoundingClientRect().right <= innerWidth)"
        assert pad.page.locator(".ll").evaluate(is_inside)
        assert pad.smallest_text() >= 12
        seen = "(root) => ['map', 'note'].map((name) => getComputedStyle(root.querySelector(`.ll-${name}`)).visibility)"
        before = pad.page.locator(".ll").evaluate(f"(root) => {{ delete root.dataset.mode; return ({seen})(root); }}")
        assert before == ["hidden", "visible"], "the map before it has its size, and what goes wrong"
