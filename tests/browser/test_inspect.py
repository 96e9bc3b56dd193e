"""The page Inspect in a real browser: the instrument answers hand and keys with the core's numbers, cheap parts compute themselves."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.i18n.format import number
from dashboard.i18n.texts import t
from tests.browser.serving import Server
from tests.browser.watching import Watched, watched
from tests.places import SHIPPED
from vae_core.evaluation.posterior_grid import PosteriorGrid, gap_of
from vae_core.inspection import process, store
from vae_core.inspection.parts import inference_gap
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run

TOLERANCE = 1e-3  # nats


@pytest.fixture(scope="module")
def run(root: Path) -> Run:
    """The shipped digits under another name, with some parts computed on a few images, and one left."""
    folder = root / "inspected"
    shutil.copytree(SHIPPED / "digits-2d", folder, ignore=shutil.ignore_patterns("evaluations", "control"))
    config = folder / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "name": "Inspected"}))
    run = load_run(root, folder.name)
    process.run_parts(run, ("kl-decomposition", "rate-distortion", "prior-holes", "bounds", "inference-gap"), max_images=20, max_samples=50)
    return run


@pytest.fixture
def watch(browser: Browser) -> Iterator[Watched]:
    """A page of 1440 pixels that in the end has nothing to complain of."""
    with watched(browser) as page:
        yield page
        assert page.complaints == []


def go(watch: Watched, server: Server, part: str) -> Page:
    """Open a part of the page and return it when it is at rest."""
    watch.page.goto(f"{server.url}/inspect?run=inspected")
    watch.settle()
    choose(watch, part)
    return watch.page


def choose(watch: Watched, part: str) -> None:
    """Press the part's name."""
    watch.page.get_by_role("radio", name=t(f"inspect.{part}.name")).check()
    watch.settle()


def field_of(run: Run, why: str) -> PosteriorGrid:
    """Return the stored field of the first example of a kind."""
    result = store.read(run, "inference-gap")
    assert result is not None
    return next(
        one for one, entry in zip(inference_gap.stored_grids(result), result.values["examples"], strict=True) if entry["why"] == why
    )


def shown(watch: Watched) -> tuple[str, float, np.ndarray, np.ndarray]:
    """Return whose q is shown, what it loses, its middle and its spread, when it has slid there."""
    root = watch.page.locator(".lq[data-nats]")
    root.wait_for()
    watch.drawn()
    watch.until(lambda: root.evaluate("root => !root.stage.slide"))
    told = root.evaluate("root => ({ ...root.dataset })")
    mu, sigma = (np.array([float(one) for one in told[key].split(",")]) for key in ("mu", "sigma"))
    return told["who"], float(told["nats"]), mu, sigma


def drag(page: Page, start: tuple[float, float], by: tuple[float, float]) -> None:
    """Drag with the mouse from a place on the large map."""
    page.locator(".lq-over").evaluate("map => map.scrollIntoView({ block: 'center' })")
    box = page.locator(".lq-over").bounding_box()
    assert box
    page.mouse.move(box["x"] + start[0], box["y"] + start[1])
    page.mouse.down()
    page.mouse.move(box["x"] + start[0] + by[0], box["y"] + start[1] + by[1], steps=5)
    page.mouse.up()


def spot(page: Page, z: np.ndarray) -> tuple[float, float]:
    """Return where a place of the latent space lies on the large map, in CSS px."""
    script = "(root, z) => { const s = root.stage, r = s.view.ratio; return [s.px(z[0]) / r, s.py(z[1]) / r]; }"
    x, y = page.locator(".lq").evaluate(script, z.tolist())
    return x, y


def test_hand_and_keys_change_q_and_every_number_is_the_cores(watch: Watched, server: Server, run: Run) -> None:
    page, exact = go(watch, server, "inference-gap"), field_of(run, "median")
    who, nats, mu, sigma = shown(watch)
    assert who == "encoder" and np.allclose(mu, exact.mu) and np.allclose(sigma, exact.sigma)
    drag(page, spot(page, mu), (60, -40))
    after = shown(watch)
    assert after[0] == "hand" and after[2][0] > mu[0] and after[2][1] > mu[1] and np.allclose(after[3], sigma)
    drag(page, spot(page, after[2] + [2 * sigma[0], 0]), (50, 0))
    stretched = shown(watch)
    assert stretched[3][0] > 1.1 * sigma[0] and stretched[3][1] == pytest.approx(sigma[1])
    page.locator(".lq-over").focus()
    for key in ("ArrowLeft", "ArrowDown", "Shift+ArrowUp", "r"):
        page.keyboard.press(key)
    pressed = shown(watch)
    assert pressed[2][0] < stretched[2][0] and pressed[2][1] < stretched[2][1] and pressed[3][1] > stretched[3][1]
    for _, lost, middle, spread in (shown(watch), after, stretched):
        assert lost == pytest.approx(gap_of(exact, middle, np.log(spread)), abs=TOLERANCE, rel=1e-5)
    assert nats == pytest.approx(gap_of(exact, exact.mu, np.log(exact.sigma)), abs=TOLERANCE)
    page.keyboard.press("Home")
    page.wait_for_selector(".lq[data-who=encoder]")


def test_the_viewer_can_beat_the_encoder_on_an_offered_image(watch: Watched, server: Server, run: Run) -> None:
    page, exact = go(watch, server, "inference-gap"), field_of(run, "beatable")
    page.get_by_role("button", name=t("inspect.inference-gap.beatable")).click()
    watch.until(lambda: np.allclose(shown(watch)[2], exact.mu))
    encoder = shown(watch)[1]
    page.get_by_role("button", name=t("inspect.inference-gap.best")).click()
    page.wait_for_selector(".lq[data-who=best]")
    assert shown(watch)[1] < encoder - 0.05
    page.locator(".lq-over").press("Shift+ArrowRight")
    expect(page.locator(".lq-verdict")).to_contain_text(t("inspect.inference-gap.verdict_beaten", gained="|").split("|")[0])
    expect(page.locator(".lq-drawn")).to_be_visible()  # the decoder draws the middle of q, in the browser


def test_far_off_the_scale_breaks_and_an_arrow_leads_home(watch: Watched, server: Server, run: Run) -> None:
    page = go(watch, server, "inference-gap")
    expect(page.locator(".lq-home")).to_be_hidden()
    page.locator(".lq-overview").click(position={"x": 4, "y": 108})
    assert shown(watch)[1] > 5
    expect(page.locator(".lq-verdict")).to_contain_text(t("inspect.inference-gap.verdict_far", nats="|").split("|")[0])
    page.locator(".lq-home").click()
    page.wait_for_selector(".lq[data-who=encoder]")
    expect(page.locator(".lq-home")).to_be_hidden()


def test_any_row_of_the_dataset_can_be_asked_for(watch: Watched, server: Server, run: Run) -> None:
    page = go(watch, server, "inference-gap")
    page.get_by_role("combobox").last.click()
    page.get_by_role("option", name=t("inspect.inference-gap.other")).click()
    watch.settle()
    before = shown(watch)[2]
    page.get_by_role("spinbutton").fill("3")
    page.keyboard.press("Enter")
    watch.until(lambda: not np.allclose(shown(watch)[2], before))
    page.get_by_role("spinbutton").fill("99999")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("stAlert")).to_contain_text("99999")


def test_a_cheap_part_is_computed_by_itself_and_shown_in_its_place(watch: Watched, server: Server, run: Run) -> None:
    page = go(watch, server, "kl-decomposition")
    card = page.locator(".pc-card", has=page.get_by_role("radio", name=t("inspect.outliers.name")))
    expect(card.locator(".pc-state")).to_have_text(t("inspect.card.done"))
    choose(watch, "outliers")
    assert "part=outliers" in page.url
    result = store.read(run, "outliers")
    assert result is not None
    at = int(np.nanargmax(result.arrays["reconstruction"]))
    row, nats = int(result.arrays["rows"][at]), number(result.arrays["reconstruction"][at], 3)
    expect(page.get_by_role("heading", name=f"{row} ")).to_contain_text(nats)
    expect(page.locator(".reconstructions a").first).to_have_attribute("href", re.compile("explore.*run=inspected"))
    expect(page.get_by_test_id("stProgress")).to_have_count(0)


def test_figures_can_be_taken_along_as_png_and_csv(watch: Watched, server: Server, run: Run) -> None:
    page = go(watch, server, "kl-decomposition")
    with page.expect_download() as picture:
        page.locator(".modebar-btn").first.click()
    assert Path(picture.value.path()).read_bytes().startswith(b"\x89PNG") and picture.value.suggested_filename == "inspected-nats.png"
    with page.expect_download() as table:
        page.get_by_test_id("stDownloadButton").first.get_by_role("button").click()
    assert Path(table.value.path()).read_text(encoding="utf-8-sig").startswith("part,nats,standard_error\nmean_kl,")


@pytest.mark.parametrize(
    ("width", "parts"),
    [(1440, ("bounds", "prior-holes")), (390, ("rate-distortion", "bounds", "inference-gap", "prior-holes", "kl-decomposition"))],
)
def test_every_part_opens_without_complaint(browser: Browser, server: Server, width: int, parts: tuple[str, ...], run: Run) -> None:
    with watched(browser, width) as watch:
        page = go(watch, server, "rate-distortion")
        for part in parts:
            choose(watch, part)
            expect(page.locator(".lq-over" if part == "inference-gap" else ".stPlotlyChart").first).to_be_visible()
            assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), f"{part} scrolls sideways"
            page.emulate_media(color_scheme="dark" if part in ("bounds", "prior-holes") else "light")
        watch.settle()
        assert watch.complaints == []
