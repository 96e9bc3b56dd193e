"""The live map in a real browser: what the hand sees, what goes over the wire, and what happens when something is missing."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from dashboard.figures.colours import class_colour
from dashboard.i18n.texts import t
from tests.browser.serving import APP, Server, command, fresh_machine, serving, stop, wait_until_healthy
from tests.browser.stage import Map, fingers, on_page
from tests.conftest import tiny_config
from tests.js.test_decoder import is_one_sentence
from tests.places import SHIPPED
from vae_core.latent.inference import decode_mean
from vae_core.runs.listing import load_run
from vae_core.training.runner import train

HOSTILE = '<img src=x onerror="document.title=1"> ![a](http://evil.invalid/i.png) **b**'


@pytest.fixture
def live(browser: Browser) -> Iterator[Map]:
    """A page that in the end has nothing to complain of."""
    with on_page(browser, Map) as opened:
        yield opened


@pytest.fixture(scope="module")
def own_runs(root: Path) -> Path:
    """Small runs that the shipped ones do not cover: hostile names, no labels, one dimension, a layer that the browser does not know."""
    train(tiny_config(HOSTILE, 2), root / "hostile")
    train(tiny_config("One", 1), root / "one")
    rename_classes(root / "hostile")
    shutil.copytree(root / "one", root / "strange")
    config = root / "strange" / "config.json"
    config.write_text(config.read_text().replace('"One"', '"strange"'))
    weights = (root / "one" / "model.safetensors").read_bytes()
    (root / "strange" / "model.safetensors").write_bytes(weights.replace(b'"gelu', b'"tanh').replace(b'\\"gelu', b'\\"tanh'))
    return root


def rename_classes(path: Path) -> None:
    """Give a run's classes names that try to be markup."""
    config = path / "config.json"
    named = ", ".join(f'"<b>{n}</b>"' for n in range(10))
    text = config.read_text()
    start = text.index("[", text.index('"class_names"'))
    config.write_text(text[:start] + f"[{named}]" + text[text.index("]", start) + 1 :])


# ------------------------------------------------------------------ the landing page


def test_the_landing_page_answers_the_hand_and_tells_the_server_once(live: Map, server: Server) -> None:
    run = load_run(SHIPPED, "mnist-2d")
    live.open(server, "", run.id)
    page = live.page
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight <= innerHeight"), "the landing page must be scrolled"
    before = live.moves()
    live.watch.until(lambda: live.moves() > before)  # the dot wanders

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
    page.emulate_media(color_scheme="dark")
    expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", "dark")
    live.watch.settle()
    assert page.locator(".ll").evaluate("(root) => root.mark") == 1, "the theme has rebuilt the map"
    page.get_by_role("link", name=t("sample.nav")).click()
    page.wait_for_url("**/sample?**")
    live.watch.settle()
    expect(page.get_by_text("(1.2, −0.8)").or_(page.get_by_text("(1.20, −0.80)")).first).to_be_visible()
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


@pytest.mark.quiet
def test_the_first_picture_comes_within_a_moment(live: Map, server: Server) -> None:
    live.open(server, "", "mnist-2d")
    assert live.ask("() => globalThis[Symbol.for('latent-lens')].ready") < 300  # ms from the data to the first picture


def test_random_dots_and_the_film(live: Map, server: Server) -> None:
    live.open(server, "", "digits-2d")
    page, words = live.page, live.page.locator(".ll-place")
    page.locator("[data-do=dots]").click()
    assert set(np.unique(live.shown())) == {0, 255}
    expect(words).to_have_text(t("explorer.dots_words", dots=64, power=19))
    top = page.locator("[data-do=dots]").bounding_box()
    live.move(0.5, 0.5)
    live.picture_is_that_of_z(load_run(SHIPPED, "digits-2d"))
    assert page.locator("[data-do=dots]").bounding_box() == top, "the buttons jump"

    page.locator("[data-do=film]").click()
    before = t("explorer.film_step", step="X").split("X")[0]
    expect(words).to_contain_text(before)
    first = words.inner_text()
    then = live.shown()
    drawn = [frame["grid"][6 * 15 + 8] for frame in load_run(SHIPPED, "digits-2d").snapshots()]  # row and column of the place (0.5, 0.5)
    assert any(abs(then - picture).max() <= 1 for picture in drawn[:-1]), "beside the film stands a picture of another time"
    column, ground = live.ask("(e) => Math.round(e.view.px(1))"), live.pixels("ground")[..., :3]
    assert ground[-3, column - 1 : column + 2].min() < 128 < ground[-3, column + 5 : column + 9].min(), "the film has no axes"
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


# ------------------------------------------------------------------ Explore


def test_keys_move_and_stop_at_the_map(live: Map, server: Server) -> None:
    run = load_run(SHIPPED, "digits-2d")
    live.open(server, "explore?z=1.5,-0.75", run.id)
    page = live.page
    assert live.z() == [1.5, -0.75]
    live.picture_is_that_of_z(run)
    page.locator(".ll-over").focus()
    quiet = live.watch.count()
    page.keyboard.press("ArrowRight")
    live.watch.count(quiet + 1)  # Streamlit sends what comes within one frame as one message
    page.keyboard.press("Shift+ArrowUp")
    assert live.z() == pytest.approx([1.55, -0.25])
    assert live.watch.count(quiet + 2) == quiet + 2  # each key that goes up is a release
    page.keyboard.down("ArrowLeft")
    for _ in range(10):
        page.keyboard.down("ArrowLeft")
    assert live.watch.count(quiet + 2) == quiet + 2, "a message while a key is held"
    page.keyboard.up("ArrowLeft")
    assert live.watch.count(quiet + 3) == quiet + 3
    for key in ("r", "c", "R"):
        page.keyboard.press(key)
    assert live.watch.count(quiet + 3) == quiet + 3 and page.get_by_role("dialog").count() == 0
    live.watch.settle()
    assert live.z() == pytest.approx([1.0, -0.25]), "the map was thrown back"
    page.keyboard.press("Home")
    assert live.z() == [0, 0]
    live.picture_is_that_of_z(run)
    expect(page.locator(".ll-spoken")).to_contain_text("0.00")
    scale = live.ask("(e) => e.view.scale")
    page.keyboard.press("+")
    assert live.ask("(e) => e.view.scale") == pytest.approx(1.25 * scale)
    page.keyboard.press("0")
    assert live.ask("(e) => e.view.scale") == pytest.approx(scale)
    page.keyboard.press("Tab")
    assert live.ask("(e) => e.over.canvas !== e.root.getRootNode().activeElement"), "Tab does not leave the map"


def test_the_hand_is_not_thrown_back_by_its_own_release(live: Map, server: Server) -> None:
    live.open(server, "explore", "digits-2d")
    live.drag((0, 0), (1, 1))
    live.page.mouse.up()
    live.drag((1, 1), (-1.234567, 0.5))  # the answer to the first release arrives while this goes on
    here = live.z()
    live.watch.settle()
    assert live.z() == here
    live.page.mouse.up()
    live.page.wait_for_url("**z=-1.2*")


def test_sliders_buttons_and_the_path(live: Map, server: Server) -> None:
    run = load_run(SHIPPED, "digits-2d")
    live.open(server, "explore", run.id)
    page = live.page
    slider = page.locator(".ll-sliders input").first
    box, quiet = slider.bounding_box(), live.watch.count()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    pictures = []
    for share in np.linspace(0.5, 0.8, 6):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        pictures.append(live.shown())
        live.picture_is_that_of_z(run)
    assert abs(pictures[0] - pictures[-1]).max() > 20
    assert live.watch.count() == quiet, "a message while the slider is dragged"
    page.mouse.up()
    assert live.watch.count(quiet + 1) == quiet + 1
    page.locator("[data-do=random]").click()
    assert live.watch.count(quiet + 2) == quiet + 2
    live.picture_is_that_of_z(run)
    dim = int(slider.get_attribute("data-dim") or 0)
    edges = [float(slider.get_attribute(name) or 0) for name in ("min", "max")]
    assert float(slider.input_value()) == pytest.approx(np.clip(live.z()[dim], *edges), abs=0.01), "the slider does not follow"

    page.locator("[data-do=sample]").click()
    expect(page.locator("[data-do=sample]")).to_have_text(t("explorer.sample_one"))
    assert set(np.unique(live.shown())) <= {0, 255}
    page.locator("[data-do=sample]").click()
    live.picture_is_that_of_z(run)

    expect(page.locator("[data-do=play]")).to_be_disabled()
    for place, letter in (((-1.0, -1.0), "a"), ((1.5, 0.5), "b")):
        live.drag(place, place)
        page.mouse.up()
        page.locator(f"[data-do=pin_{letter}]").click()
    strip = page.locator(".ll-strip")
    assert strip.evaluate("(c) => [c.width, c.height]") == [9 * 8, 8]
    drawn = np.array(strip.evaluate("(c) => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)")).reshape(8, 72, 4)[
        ..., 0
    ]
    ends = np.array(live.ask("(e) => [Array.from(e.path.ends.A), Array.from(e.path.ends.B)]"))
    way = ends[0] + np.linspace(0, 1, 9)[:, None] * (ends[1] - ends[0])
    assert abs(np.concatenate(list(decode_mean(run.model(), way)), axis=1) * 255 - drawn).max() <= 2.5
    quiet = live.watch.count()
    page.locator("[data-do=play]").click()
    live.watch.until(lambda: -0.9 < live.z()[0] < 1.4)
    assert len(live.watch.sent) == quiet, "a message on the way"
    live.watch.until(lambda: live.z() == pytest.approx(ends[1].tolist(), abs=1e-6))
    page.locator(".ll-arc").click()
    assert live.watch.count() <= quiet + 1


def test_layers_legend_zoom_and_true_scale(live: Map, server: Server) -> None:
    run = load_run(SHIPPED, "digits-2d")
    live.open(server, "explore", run.id)
    page = live.page
    layer = {name: page.locator(f"[data-layer={name}]") for name in ("mosaic", "points", "rings", "density")}
    full = ground(live)
    for name in ("mosaic", "points"):
        layer[name].uncheck()
    rings = ground(live)
    assert abs(rings - full).max() > 100
    height, width = rings.shape[:2]
    y, x = np.mgrid[:height, :width] + 0.5
    radius = np.hypot(x - width / 2, y - height / 2)
    middle = (abs(x - width / 2) < 0.4 * width) & (abs(y - height / 2) < 0.4 * height)  # without axes
    ink = (255 - rings.mean(axis=-1)) * middle
    scale = live.ask("(e) => e.view.scale")
    for sigma in (1, 2):
        near = abs(radius - sigma * scale) < 0.2 * scale
        found = float((ink * radius)[near].sum() / ink[near].sum())
        assert found == pytest.approx(sigma * scale, rel=0.01)

    layer["rings"].uncheck()
    layer["points"].check()
    points, latents = ground(live), run.latents()
    hits = []
    for mu, label in zip(latents.mu, latents.labels, strict=True):
        colour = [int(class_colour(int(label))[start : start + 2], 16) for start in (1, 3, 5)]
        column, row = int(width / 2 + mu[0] * scale), int(height / 2 - mu[1] * scale)
        if 20 < column < width - 20 and 20 < row < height - 20:
            hits.append(bool((points[row, column] == colour).all()))
    assert len(hits) > 300 and np.mean(hits) > 0.75  # the rest lie under others and under names
    page.locator(".ll-legend button").first.click()
    assert page.locator(".ll-legend button").first.get_attribute("aria-pressed") == "false"
    blue = [int(class_colour(0)[start : start + 2], 16) for start in (1, 3, 5)]
    assert (points == blue).all(-1).sum() > 100 and (ground(live) == blue).all(-1).sum() == 0
    without = ground(live)
    layer["density"].check()
    assert abs(ground(live) - without).max() > 40

    live.move(1, 1)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    live.watch.drawn()
    assert live.ask("(e) => e.view.scale") > 1.5 * scale
    assert live.ask("(e) => [e.view.worldX(e.view.px(1)), e.view.worldY(e.view.py(1))]") == pytest.approx([1, 1])
    page.locator("[data-do=home]").click()
    assert live.ask("(e) => e.view.scale") == pytest.approx(scale)
    page.locator("[data-do=zoom_in]").click()
    page.locator("[data-do=zoom_out]").click()
    assert live.ask("(e) => e.view.scale") == pytest.approx(scale)

    layer["density"].uncheck()
    page.locator(".ll-over").evaluate("(map) => map.scrollIntoView({ block: 'center' })")
    place = latents.mu[latents.labels == 1][0]
    live.move(*map(float, place))
    expect(page.locator(".ll-caption")).to_contain_text("Test image")
    assert float(np.linalg.norm(np.subtract(live.ask("(e) => [e.flat[2 * e.hovered], e.flat[2 * e.hovered + 1]]"), place))) * scale < 7
    live.move(3.2, 3.2)
    expect(page.locator(".ll-trust")).to_have_text(t("explorer.outside"))
    assert live.smallest_text() >= 12


def ground(live: Map) -> np.ndarray:
    """Return the pixels of the map's ground, (height, width, 3), when it is drawn."""
    live.watch.drawn()
    live.watch.until(lambda: live.ask("(e) => e.mosaic.isWhole"))
    return live.pixels("ground")[..., :3]


def test_a_plane_through_sixteen_dimensions(live: Map, server: Server) -> None:
    run = load_run(SHIPPED, "mnist-16d")
    live.open(server, "explore", run.id)
    page = live.page
    live.drag((0, 0), (1, -0.7))
    page.mouse.up()
    live.picture_is_that_of_z(run)
    i, j = live.ask("(e) => e.data.dims")
    z = live.z()
    assert z[i] == pytest.approx(1, abs=0.02) and z[j] == pytest.approx(-0.7, abs=0.02)
    assert sum(value != 0 for value in z) == 2
    page.locator("[data-do=random]").click()
    page.locator(".ll-plane_choice").select_option("principal")
    before = np.array(live.z())
    live.drag((0.3, 0.3), (-1, 1))
    page.mouse.up()
    live.picture_is_that_of_z(run)
    axes = np.array(live.ask("(e) => e.data.axes"))
    assert axes @ axes.T == pytest.approx(np.eye(2), abs=1e-6)
    after = np.array(live.z())
    assert axes @ after == pytest.approx([-1, 1], abs=0.03)
    assert after - axes.T @ (axes @ after) == pytest.approx(before - axes.T @ (axes @ before), abs=1e-6)
    labels = page.locator(".ll-sliders label").all_inner_texts()
    assert len(labels) == 16 and "asleep" not in labels[0] and t("explorer.slider_asleep", name="z₁", kl="").split(":")[0][3:] in labels[-1]
    live.watch.settle()
    page.reload()
    live.ready(run.id)
    assert live.z() == pytest.approx(after.tolist(), abs=0.006), "the copied link does not restore the place"


# ------------------------------------------------------------------ fingers, calm, trouble


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
    assert live.moves() == before and live.z() == [0, 0]
    live.move(1, 1)
    live.picture_is_that_of_z(load_run(SHIPPED, "digits-2d"))


def test_the_map_goes_on_while_the_server_is_away(browser: Browser, tmp_path: Path) -> None:
    run = load_run(SHIPPED, "digits-2d")
    with serving(APP, tmp_path) as first, on_page(browser, Map) as live:
        wait_until_healthy(first)
        live.open(first, "explore?z=0.5,0.5", run.id)
        stop(first.process)
        note = live.page.locator(".ll-note")
        expect(note).to_have_text(t("explorer.gone"))
        live.drag((0.5, 0.5), (-1, 1))
        live.page.mouse.up()
        live.picture_is_that_of_z(run)
        again = subprocess.Popen(
            command(APP, first.port, "--server.headless", "true"), cwd=tmp_path, env=fresh_machine(tmp_path), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            expect(note).to_have_text("")
            live.page.wait_for_url("**z=-1*")
            live.ready(run.id)
            assert f"run={run.id}" in live.page.url
            assert live.z() == pytest.approx([-1, 1], abs=0.02)
            live.drag((-1, 1), (1.5, 0))
            live.page.mouse.up()
            live.page.wait_for_url("**z=1*")
            live.picture_is_that_of_z(run)
            # That nobody answers is all that may be complained of.
            live.watch.complaints[:] = [one for one in live.watch.complaints if not one.startswith("console")]
        finally:
            stop(again)


def test_weights_that_the_browser_refuses_are_one_sentence_on_the_page(live: Map, server: Server, own_runs: Path) -> None:
    live.open(server, "", "strange", ready=False)
    note = live.page.locator(".ll-note")
    expect(note).to_contain_text("does not know")
    live.watch.settle()
    live.move(0.5, 0)
    live.page.locator("[data-do=random]").click()
    assert is_one_sentence(note.inner_text()), note.inner_text()
    assert live.page.get_by_test_id("stAlert").count() == 0


def test_names_reach_the_page_as_text(live: Map, server: Server, own_runs: Path) -> None:
    live.open(server, "explore", "hostile")
    live.move(0, 0)
    expect(live.page.locator(".ll-legend button").first).to_have_text("<b>0</b>")
    expect(live.page.locator(".ll-trust")).to_contain_text("<b>")
    assert live.page.locator(".ll-legend b, .ll-trust b, .ll img").count() == 0
    assert live.page.title() != "1"


def test_one_dimension_has_a_map_of_its_own(live: Map, server: Server, own_runs: Path) -> None:
    live.open(server, "", "one")
    live.drag((0, 0), (1.5, 0.8))
    live.page.mouse.up()
    assert live.z() == pytest.approx([1.5], abs=0.02)
    live.picture_is_that_of_z(load_run(own_runs, "one"))
    strip = live.ask("(e) => [e.mosaic.canvas.width, e.mosaic.canvas.height, e.data.map.side]")
    assert strip == [8 * strip[2], 8, strip[2]]
    live.page.wait_for_url("**z=1.*")
