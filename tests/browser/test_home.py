"""The landing page in a real browser: its opening, the map answers the hand at once and the server once, dots, the film, fingers, calm."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from dashboard.i18n.texts import t
from tests.browser.serving import Server
from tests.browser.stage import Map, fingers, on_page
from tests.places import SHIPPED
from vae_core.runs.listing import load_run


@pytest.fixture
def live(browser: Browser) -> Iterator[Map]:
    """A page on which things may move by themselves, that in the end has nothing to complain of."""
    with on_page(browser, Map) as opened:
        yield opened


def test_the_landing_page_answers_the_hand_and_tells_the_server_once(live: Map, server: Server) -> None:
    run = load_run(SHIPPED, "mnist-2d")
    live.open(server, "", run.id, ready=False)
    page = live.page
    opens_with_dots(live, run.id)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight <= innerHeight"), "the landing page must be scrolled"
    expect(page.locator(".ll-over")).to_have_accessible_description(t("live_map.fog_means", images=t("dataset.mnist.images")))

    page.locator(".ll").evaluate("(root) => { root.mark = 1; }")
    quiet, pictures = live.watch.count(), []
    for place in ((-1, -1.5), (0.4, 1.7), (2, -1)):
        live.move(*place)
        live.picture_is_that_of_z(run)
        pictures.append(live.shown())
        assert live.z() == pytest.approx(place, abs=0.02)
    assert min(abs(one - other).max() for one, other in itertools.pairwise(pictures)) > 100
    live.drag((-1, 0.5), (1.2, -0.8))
    assert live.watch.count() == quiet, "a message while moving"
    page.mouse.up()
    assert live.watch.count(quiet + 1) == quiet + 1, "not one message on release"
    page.wait_for_url("**z=1.2*")
    live.picture_is_that_of_z(run)

    live.watch.received.clear()
    wears_both_looks(live)
    assert page.locator(".ll").evaluate("(root) => root.mark") == 1, "the look has rebuilt the map"
    page.get_by_role("link", name=t("losses.nav")).click()  # a page without a map
    page.wait_for_url("**/losses?**")
    live.watch.settle()
    page.evaluate("[globalThis.then] = globalThis[Symbol.for('latent-lens')].decoders.values()")
    live.watch.received.clear()
    page.get_by_role("link", name=t("home.nav")).click()
    live.ready(run.id)
    assert live.z() == pytest.approx([1.2, -0.8], abs=0.02)
    assert live.ask("(e) => e.decoder === globalThis.then"), "the weights were parsed again"
    assert sum(live.watch.received) < 100_000, "the weights were sent again"
    live.picture_is_that_of_z(run)

    page.locator(".ll").evaluate("(root) => { root.mark = 2; }")
    live.watch.choose_run(load_run(SHIPPED, "digits-2d").name)
    live.ready("digits-2d")
    assert page.locator(".ll").evaluate("(root) => root.mark") == 2, "a run change has rebuilt the map"
    assert "z=" not in page.url
    live.move(1, 1)
    live.picture_is_that_of_z(load_run(SHIPPED, "digits-2d"))


def opens_with_dots(live: Map, run: str) -> None:
    """Hold the opening at its beginning; any key leaves it, and the ring drifts."""
    live.watch.until(lambda: live.ask("(e) => Boolean(e?.opening.isOn)"))
    live.ask("(e) => { e.opening.start = performance.now() + 1e6; }")
    live.ready(run)
    assert set(np.unique(live.shown())) == {0, 255}
    before = live.moves()
    live.page.keyboard.press("Shift")
    live.watch.until(lambda: live.moves() > before)


def wears_both_looks(live: Map) -> None:
    """Make the stage light and dark again."""
    for look in ("light", "dark"):
        live.page.locator("[data-do=look]").click()
        expect(live.page.get_by_test_id("stApp")).to_have_css("color-scheme", look)
        live.watch.until(lambda look=look: (live.pixels("ground")[..., 0].mean() > 128) == (look == "light"))
        live.watch.settle()


@pytest.mark.quiet
def test_the_first_picture_comes_within_a_moment(live: Map, server: Server) -> None:
    live.open(server, "", "mnist-2d")
    assert live.ask("() => globalThis[Symbol.for('latent-lens')].ready") < 300  # ms from the data to the first picture


def test_random_dots_and_the_film(live: Map, server: Server) -> None:
    live.open(server, "", "digits-2d")
    page, words = live.page, live.page.locator(".ll-place")
    page.locator("[data-do=dots]").click()
    assert set(np.unique(live.shown())) == {0, 255}
    expect(words).to_have_text(t("live_map.dots_words", dots=64, power="19").replace("^", ""))
    assert page.locator(".ll-place sup").inner_text() == "19"
    top = page.locator("[data-do=dots]").bounding_box()
    live.move(0.5, 0.5)
    live.picture_is_that_of_z(load_run(SHIPPED, "digits-2d"))
    assert page.locator("[data-do=dots]").bounding_box() == top, "the buttons jump"

    page.locator("[data-do=film]").click()
    before = t("live_map.film_step", step="X").split("X")[0]
    expect(words).to_contain_text(before)
    first = words.inner_text()
    then = live.shown()
    drawn = [frame["grid"][6 * 15 + 8] for frame in load_run(SHIPPED, "digits-2d").snapshots()]  # row and column of the place (0.5, 0.5)
    assert any(abs(then - picture).max() <= 1 for picture in drawn[:-1]), "beside the film stands a picture of another time"
    column, ground = live.ask("(e) => Math.round(e.view.px(1))"), live.pixels("ground")[..., :3]
    assert ground[-3, column - 1 : column + 2].max() > 128 > ground[-3, column + 5 : column + 9].max(), "the film has no axes"
    live.move(0, 0)  # to look at it more closely does not stop it
    expect(words).not_to_have_text(first)
    expect(words).to_contain_text(before)
    live.ask("(e) => { e.film.reel.start -= 7000; }")  # most of the eight seconds
    expect(words).not_to_contain_text(before)
    assert not live.ask("(e) => e.film.isOn")
    page.locator("[data-do=film]").click()
    expect(words).to_contain_text(before)
    page.locator("[data-do=dots]").click()
    assert set(np.unique(live.shown())) == {0, 255}, "the film's end has wiped the dots away"
    page.locator("[data-do=film]").click()
    expect(words).to_contain_text(before)
    live.move(0, 0)
    page.mouse.down()
    page.mouse.up()
    live.watch.drawn()
    assert not live.ask("(e) => e.film.isOn"), "a press does not stop the film"
    expect(words).not_to_contain_text(before)


def test_a_finger_moves_and_two_zoom_on_a_narrow_screen(browser: Browser, server: Server) -> None:
    with on_page(browser, Map, width=390) as live, fingers(live.page, 2) as put:
        run = load_run(SHIPPED, "mnist-2d")
        live.open(server, "", run.id)
        assert live.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")

        def touch(kind: str, *places: tuple[float, float]) -> None:
            put(kind, *[live.at(*place) for place in places])

        quiet = live.watch.count()
        touch("touchStart", (0, 0))
        for share in np.linspace(0, 1, 10):
            touch("touchMove", (1.5 * share, -share))
        live.picture_is_that_of_z(run)
        assert live.watch.count() == quiet
        touch("touchEnd")
        assert live.watch.count(quiet + 1) == quiet + 1
        assert live.z() == pytest.approx([1.5, -1], abs=0.05)
        scale = live.ask("(e) => e.view.scale")
        touch("touchStart", (-0.5, -0.5))
        touch("touchStart", (-0.5, -0.5), (0.5, 0.5))
        for _ in range(5):
            touch("touchMove", (-0.7, -0.7), (0.7, 0.7))
        touch("touchEnd")
        assert live.ask("(e) => e.view.scale") > 1.2 * scale
        assert live.smallest_text() >= 12


def test_nothing_wanders_where_calm_is_asked_for(live: Map, server: Server) -> None:
    live.page.emulate_media(reduced_motion="reduce")
    live.open(server, "", "digits-2d")
    live.page.wait_for_timeout(300)
    before = live.moves()
    live.page.wait_for_timeout(700)
    assert live.moves() == before and not live.ask("(e) => e.opening.isOn")
    live.move(1, 1)
    live.picture_is_that_of_z(load_run(SHIPPED, "digits-2d"))
