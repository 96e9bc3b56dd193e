"""The live map of Explore in a real browser: keys, sliders, the path, layers, planes, what goes over the wire, a server that is away."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from dashboard.i18n.texts import t
from tests.browser.serving import APP, Server, command, fresh_machine, serving, stop, wait_until_healthy
from tests.browser.stage import Map, on_page, points_in_their_colour, rgb_of_class
from tests.places import SHIPPED
from vae_core.data.pictures import mosaic_of
from vae_core.latent.grids import manifold_grid, quantile_axis
from vae_core.latent.inference import decode_mean
from vae_core.latent.regions import in_polygon
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run


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
    live.open(server, "explore?tab=sliders", run.id)
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

    page.locator("[name=ll-shows][value=one]").click()
    assert set(np.unique(live.shown())) <= {0, 255}
    page.locator("[name=ll-shows][value=mean]").click()
    live.picture_is_that_of_z(run)

    page.locator("[data-tab=sliders]").press("Home")
    expect(page.locator("[data-tab=place]")).to_be_focused()
    expect(page.locator("[data-do=play]")).to_be_disabled()
    for place, letter in (((-1.0, -1.0), "a"), ((1.5, 0.5), "b")):
        live.drag(place, place)
        page.mouse.up()
        page.locator(f"[data-do=pin_{letter}]").click()
    end = strip_is_that_of_the_path(live, run)
    quiet = live.watch.count()
    page.locator("[data-do=play]").click()
    live.watch.until(lambda: -0.9 < live.z()[0] < 1.4)
    assert len(live.watch.sent) == quiet, "a message on the way"
    live.watch.until(lambda: live.z() == pytest.approx(end, abs=1e-6))
    page.locator(".ll-arc").click()
    assert live.watch.count() <= quiet + 1


def strip_is_that_of_the_path(live: Map, run: Run) -> list[float]:
    """Compare the nine pictures between the path's ends with torch's; return where it ends."""
    drawn = live.pixels("strip")[..., 0]
    assert drawn.shape == (8, 9 * 8)
    ends = np.array(live.ask("(e) => [Array.from(e.path.ends.A), Array.from(e.path.ends.B)]"))
    way = ends[0] + np.linspace(0, 1, 9)[:, None] * (ends[1] - ends[0])
    assert abs(np.concatenate(list(decode_mean(run.model(), way)), axis=1) * 255 - drawn).max() <= 2.5
    return [float(one) for one in ends[1]]


def test_layers_legend_zoom_and_true_scale(live: Map, server: Server) -> None:
    run = load_run(SHIPPED, "digits-2d")
    live.open(server, "explore", run.id)
    page = live.page
    layer = {name: page.locator(f"[data-layer={name}]") for name in ("points", "rings", "density", "fog")}
    layer["fog"].uncheck()
    full = ground(live)
    page.locator(".ll-pictures").select_option("off")
    layer["points"].uncheck()
    rings = ground(live)
    assert abs(rings - full).max() > 100
    scale = live.ask("(e) => e.view.scale")
    rings_are_round(rings, scale)

    layer["rings"].uncheck()
    layer["points"].check()
    points, latents = ground(live), run.latents()
    hits = points_in_their_colour(points, scale, latents.mu, latents.labels)
    assert len(hits) > 300 and np.mean(hits) > 0.75  # the rest lie under others and under names
    page.locator(".ll-legend button").first.click()
    assert page.locator(".ll-legend button").first.get_attribute("aria-pressed") == "false"
    blue = rgb_of_class(0)
    assert (points == blue).all(-1).sum() > 100 and (ground(live) == blue).all(-1).sum() == 0
    without = ground(live)
    layer["density"].check()
    assert abs(ground(live) - without).max() > 40

    live.move(1, 1)
    page.mouse.wheel(0, -200)  # a plain wheel zooms where the pointer is inside
    live.watch.drawn()
    live.watch.until(lambda: "win=" in page.url)
    assert live.ask("(e) => e.view.scale") > 1.5 * scale
    assert live.ask("(e) => [e.view.worldX(e.view.px(1)), e.view.worldY(e.view.py(1))]") == pytest.approx([1, 1])
    page.locator(".ll-toolbar [data-do=home]").click()
    assert live.ask("(e) => e.view.scale") == pytest.approx(scale)
    page.locator(".ll-toolbar [data-do=zoom_in]").click()
    page.locator(".ll-toolbar [data-do=zoom_out]").click()
    assert live.ask("(e) => e.view.scale") == pytest.approx(scale)

    layer["density"].uncheck()
    layer["fog"].check()
    page.locator(".ll-over").evaluate("(map) => map.scrollIntoView({ block: 'center' })")
    place = latents.mu[latents.labels == 1][0]
    live.move(*map(float, place))
    expect(page.locator(".ll-caption")).to_contain_text("Test image")
    assert float(np.linalg.norm(np.subtract(live.ask("(e) => [e.flat[2 * e.hovered], e.flat[2 * e.hovered + 1]]"), place))) * scale < 7
    live.move(3.2, 3.2)
    expect(page.locator(".ll-trust")).to_have_text(t("live_map.in_fog_deep", images=t("dataset.digits.images")))
    assert live.smallest_text() >= 12


def rings_are_round(picture: np.ndarray, scale: float) -> None:
    """Compare the rings at one and two standard deviations with circles of those radii, so many pixels to a unit."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width] + 0.5
    radius = np.hypot(x - width / 2, y - height / 2)
    middle = (abs(x - width / 2) < 0.4 * width) & (abs(y - height / 2) < 0.4 * height)  # without axes
    ink = (255 - picture.mean(axis=-1)) * middle
    for sigma in (1, 2):
        near = abs(radius - sigma * scale) < 0.2 * scale
        assert float((ink * radius)[near].sum() / ink[near].sum()) == pytest.approx(sigma * scale, rel=0.01)


def ground(live: Map) -> np.ndarray:
    """Return the pixels of the map's ground, (height, width, 3), when it is drawn."""
    live.watch.drawn()
    live.watch.until(lambda: live.ask("(e) => e.mosaic.isWhole || !e.layers.mosaic"))
    return live.pixels("ground")[..., :3]


def test_a_plane_through_sixteen_dimensions(live: Map, server: Server) -> None:
    run = load_run(SHIPPED, "mnist-16d")
    live.open(server, "explore?tab=sliders", run.id)
    page = live.page
    live.drag((0, 0), (1, -0.7))
    page.mouse.up()
    live.picture_is_that_of_z(run)
    best = live.ask("(e) => e.data.best")
    i, j = (int(n) - 1 for n in best["v"].split(","))
    expect(page.locator(".ll-why")).to_contain_text(f"{100 * best['own']:.0f} of 100 images")
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
    asleep = page.locator(".ll-sliders_asleep label").count()
    assert page.locator(".ll-sliders label").count() + asleep == 16 and asleep == 16 - best["dimensions"]
    live.watch.settle()
    assert "v=pca" in page.url and "tab=sliders" in page.url
    page.reload()
    live.ready(run.id)
    expect(page.locator(".ll-plane_choice")).to_have_value("principal")
    assert live.z() == pytest.approx(after.tolist(), abs=0.006), "the copied link does not restore the place"


def test_a_layout_by_likeness_of_sixteen_dimensions(live: Map, server: Server) -> None:
    run = load_run(SHIPPED, "mnist-16d")
    live.open(server, "explore?v=umap", run.id)
    page = live.page
    live.watch.until(lambda: live.ask("(e) => Boolean(e.flat)"))
    xy, points = run.projection("umap"), run.latents()
    edge = int(np.argmax(xy[:, 0]))
    quiet = live.watch.count()
    live.drag(tuple(live.ask("(e, n) => [e.flat[2 * n], e.flat[2 * n + 1]]", edge)), (0, 0))
    page.mouse.move(*live.at(*live.ask("(e, n) => [e.flat[2 * n], e.flat[2 * n + 1]]", edge)))
    live.picture_is_that_of_z(run)
    assert live.z() == pytest.approx(points.mu[edge].tolist(), abs=1e-6) and live.watch.count() == quiet
    expect(page.locator(".ll-place")).to_contain_text(str(points.rows[edge]))
    page.mouse.up()
    assert page.locator(".ll-pictures").is_disabled() and page.locator("[data-layer=fog]").is_disabled()


def test_quantiles_samples_and_what_goes_from_page_to_page(live: Map, server: Server) -> None:
    """The grid stands at the quantiles that Python takes; draws are the same on another page; the window and hidden classes stay."""
    run = load_run(SHIPPED, "digits-2d")
    live.open(server, "manifold?n=9&share=80&hide=3&tab=samples&seed=5&count=16", run.id)
    page = live.page
    ground(live)
    with page.expect_download() as saved:
        page.locator("[data-save=grid]").click()
    picture = np.asarray(Image.open(saved.value.path()).convert("L")).astype(float)
    times = len(picture) // 72
    axis = quantile_axis(9, 0.8)
    expected = mosaic_of(manifold_grid(lambda z: decode_mean(run.model(), z), axis, 2).images)
    assert picture.shape == (72 * times, 72 * times) and abs(picture[::times, ::times] - expected).max() <= 2.5
    page.mouse.move(*live.at(float(axis[8]), float(axis[0])))
    place = live.z()
    assert place == pytest.approx([axis[8], axis[0]], abs=0.05)
    draws = live.pixels("draws_grid")
    page.get_by_test_id("stSidebarNavLink").filter(has_text=t("sample.nav")).click()
    page.wait_for_url("**/sample?**")
    live.ready(run.id)
    live.watch.until(lambda: not live.ask("(e) => e.samples.task.isBusy"))
    assert "seed=5" in page.url and "hide=3" in page.url and "n=9" not in page.url
    np.testing.assert_array_equal(live.pixels("draws_grid"), draws)
    box = page.locator(".ll-draws_grid").bounding_box()
    assert box
    page.mouse.click(box["x"] + 0.6 * box["width"], box["y"] + 0.1 * box["height"])
    live.picture_is_that_of_z(run)
    assert live.z() == pytest.approx(live.ask("(e) => Array.from(e.samples.zs.slice(4, 6))"))


def test_the_map_goes_on_while_the_server_is_away(browser: Browser, tmp_path: Path) -> None:
    run = load_run(SHIPPED, "digits-2d")
    with serving(APP, tmp_path) as first, on_page(browser, Map, is_calm=True) as live:
        wait_until_healthy(first)
        live.open(first, "explore?z=0.5,0.5", run.id)
        stop(first.process)
        note = live.page.locator(".ll-note")
        expect(note).to_have_text(t("live_map.gone"))
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


def test_a_lasso_holds_the_rows_of_its_polygon_and_is_kept_as_a_set(live: Map, server: Server, root: Path) -> None:
    """Drawn by a pointer, kept under a name by the keyboard, marked on the map and in the address; inverted and undone."""
    run = load_run(root, "digits-2d")
    live.open(server, "explore?tab=sets&on=p", run.id)
    page = live.page
    page.get_by_role("button", name=t("live_map.tool_lasso"), exact=True).click()
    corners = [(-1.3, -0.7), (1.1, -1.2), (1.6, 0.4), (0.1, 1.9), (-1.5, 0.8)]
    live.move(*corners[0])
    page.mouse.down()
    live.ask(
        "(e) => { e.drawn = []; const tool = e.tools.lasso, done = tool.done; tool.done = (line) => { e.drawn = line; done(line); }; }"
    )
    for corner in corners[1:]:
        page.mouse.move(*live.at(*corner), steps=5)
    page.mouse.up()
    page.mouse.move(5, 5)
    polygon = live.ask("(e) => e.drawn")
    rows, mu = run.latents().rows, run.latents().mu
    wanted = in_polygon(mu, polygon)
    assert len(polygon) > 8 and 20 < wanted.sum() < len(mu) - 20
    expect(page.locator(".ll-set_count")).to_contain_text(f"{wanted.sum()} of {len(mu)} images")
    page.locator(".ll-set_name").fill("middle <b>=1+1</b>")
    page.keyboard.press("Enter")
    expect(page.locator(".ll-set_list li")).to_contain_text("middle <b>=1+1</b>")
    live.watch.settle()
    kept = run.selection("middle <b>=1+1</b>")
    assert sorted(kept.tolist()) == sorted(rows[wanted].tolist())
    assert "sel=" in page.url and page.locator(".ll-set_list input").is_checked()
    ((n, marks),) = live.ask("(e) => [[e.sets.shown.length, Array.from(e.sets.marks)]]")
    assert n == 1 and np.array_equal(np.array(marks, bool), wanted)
    page.locator("[data-set=invert]").click()
    expect(page.locator(".ll-set_count")).to_contain_text(f"{(~wanted).sum()} of {len(mu)} images")
    live.watch.settle()
    page.locator("[data-set=undo]").click()
    expect(page.locator(".ll-set_count")).to_contain_text(f"{wanted.sum()} of {len(mu)} images")
    live.watch.settle()
    run.selections.remove("middle <b>=1+1</b>")
