"""The pad in a real browser: a drawing is encoded, priced and placed as Python does it, and nothing goes over the wire meanwhile."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, expect

from dashboard.i18n.texts import t
from tests.browser.serving import Server
from tests.browser.stage import Map, fingers, on_page
from tests.conftest import tiny_config
from vae_core.data import sources
from vae_core.data.batches import Batch
from vae_core.data.binarisation import binarise, static_uniforms
from vae_core.latent import aggregate_posterior
from vae_core.latent.latents import ASLEEP
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run
from vae_core.training.runner import train

THREE = (((90, 60), (140, 45), (190, 70), (180, 110), (135, 130)), ((135, 130), (190, 150), (195, 200), (140, 230), (85, 215)))


@pytest.fixture(scope="module")
def runs(root: Path) -> Path:
    """The shipped runs, and small ones of other kinds."""
    small = tiny_config("Black", 2)
    train(replace(small, data=replace(small.data, pixels="static")), root / "black")
    train(replace(small, name="Point", objective=replace(small.objective, objective="ae")), root / "point")
    train(tiny_config("Interval", 1), root / "interval")
    return root


class Panel(Map):
    """The live map with its pad."""

    def unfold(self, server: Server, run: str) -> None:
        """Open a run with its pad."""
        self.open(server, "explore", run)
        self.press()

    def press(self) -> None:
        """Open the pad, and wait until the encoder and the pictures to pick from are there."""
        self.page.locator("[data-do=draw]").click()
        self.page.wait_for_function("(e) => e.getRootNode().querySelector('.ll').explorer.drawing.encoder", arg=self.handle())
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
        self.page.locator(".ll-pad").scroll_into_view_if_needed()
        for first, *others in strokes:
            self.page.mouse.move(*self.place(*first))
            self.page.mouse.down()
            for place in others:
                self.page.mouse.move(*self.place(*place), steps=steps)
            self.page.mouse.up()

    def bill(self) -> dict[str, Any]:
        """Return what the page has worked out, when it is at rest."""
        self.watch.drawn()
        self.watch.until(lambda: not self.ask("(e) => e.drawing.isStale || e.drawing.task.isBusy || e.badge.task.isBusy"))
        self.watch.drawn()
        return dict(self.ask(
            """(e) => {
                const plain = (value) => (value?.length === undefined ? value : Array.from(value, plain));
                return Object.fromEntries(Object.entries(e.drawing.bill.result ?? {}).map(([name, value]) => [name, plain(value)]));
            }"""
        ))  # fmt: skip

    def said(self, name: str) -> str:
        return self.page.locator(f".ll-{name}").inner_text()


@pytest.fixture
def pad(browser: Browser) -> Iterator[Panel]:
    """A page that in the end has nothing to complain of."""
    with on_page(browser, Panel) as panel:
        yield panel
        assert panel.watch.notes() == []


def number(text: str) -> float:
    return float(re.sub(r"[^\d.−-]", "", text).replace("−", "-"))


@torch.no_grad()
def assert_true(found: dict[str, Any], run: Run) -> None:
    """Compare a bill with what torch says of the same picture and the same places."""
    vae = run.model()
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
    if found["kl"] is None:
        return
    np.testing.assert_allclose(found["sigma"], posterior.sigma[0], rtol=1e-4)
    np.testing.assert_allclose(found["kl"], terms.kl_per_dim[0], atol=1e-3)


def test_a_drawing_is_encoded_priced_and_placed(pad: Panel, server: Server, runs: Path) -> None:
    run = load_run(runs, "mnist-2d")
    pad.open(server, "explore", run.id)
    parts = "() => [...globalThis[Symbol.for('latent-lens')].parts.keys()].map((key) => key.split('/')[1])"
    assert set(pad.ask(parts)) == {"first", "weights"}, "bytes that nobody asked for"
    expect(pad.page.locator(".ll-pad")).to_be_hidden()
    button = pad.page.locator("[data-do=draw]")
    expect(button).to_have_text(t("dataset.mnist.draw"))
    pad.press()
    assert {"encoder", "images"} <= set(pad.ask(parts))
    assert pad.said("verdict") == t("explorer.draw_empty") and pad.bill() == {}
    expect(pad.page.locator(".ll-account")).to_be_hidden()

    quiet = pad.watch.count()
    pad.draw()
    found = pad.bill()
    assert_true(found, run)
    assert t("dataset.mnist.framed") in pad.said("framed")
    assert pad.watch.count() == quiet, "a message while drawing"
    shown = [number(pad.said(f"{name}_value")) for name in ("reconstruction", "kl", "sum")]
    assert shown[0] == pytest.approx(found["reconstruction"], abs=0.1) and shown[1] == pytest.approx(sum(found["kl"]), abs=0.1)
    assert shown[2] == pytest.approx(found["reconstruction"] + sum(found["kl"]), abs=0.051)
    assert shown[0] + shown[1] == pytest.approx(shown[2], abs=1e-9)
    bars = [number(text) for text in pad.page.locator(".ll-bars b").all_inner_texts()]
    assert sum(bars) == pytest.approx(shown[1])
    percent = 100 * (shown[2] - 60) / 200
    assert 10 < percent < 90 and pad.said("verdict") == t("explorer.like_most", low="80", high="240")
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
    assert pad.said("verdict") == t("explorer.dearest", things=t("dataset.mnist.things"))
    pad.page.locator("[data-do=clear]").click()
    assert pad.bill() == {} and pad.said("verdict") == t("explorer.draw_empty")
    expect(pad.page.locator(".ll-parts")).to_be_hidden()
    pad.page.locator("[data-do=undo]").click()
    assert_true(pad.bill(), run)
    expect(pad.page.locator(".ll-spoken")).to_contain_text(t("explorer.dearest", things=t("dataset.mnist.things")))
    assert pad.watch.count() == quiet
    assert pad.smallest_text() >= 12


def test_the_ellipse_has_the_axes_of_sigma(pad: Panel, server: Server) -> None:
    pad.unfold(server, "mnist-2d")
    pad.draw()
    sigma = pad.bill()["sigma"]
    inset = pad.page.locator(".ll-inset")
    expect(inset).to_be_visible()
    scale = pad.ask("(e) => e.view.scale")
    times = pad.ask("(e) => e.drawing.posterior.magnification()")
    assert 10 <= times <= 20
    # The dice would lie on the lines that are measured, in one of a dozen throws: they are laid beside the axes.
    pad.ask("(e) => { e.drawing.posterior.eps.fill(1); e.drawing.posterior.lead(); e.drawOver(); }")
    assert extent(pad.ask(PIXELS, "inset")) == pytest.approx([4 * one * scale * times for one in sigma], rel=0.02)
    # On the map they are some pixels wide: enlarge them where they stand; z gets out of the way.
    pad.ask(
        """(e) => {
            const { mu } = e.drawing.posterior;
            Object.assign(e.view, { x: mu[0], y: mu[1], scale: 0.35 * e.view.width / (2 * Math.max(...e.drawing.posterior.sigma)) });
            e.pin(true);
            e.moveTo(mu[0] + 60, mu[1]);
            e.invalidate();
        }"""
    )
    pad.watch.drawn()
    scale = pad.ask("(e) => e.view.scale")
    assert extent(pad.ask(PIXELS, "over")) == pytest.approx([4 * one * scale for one in sigma], rel=0.01)
    expect(inset).to_be_hidden()


# The dark pixels of a canvas, in rows and columns from its middle.
PIXELS = """(e, name) => {
    const { canvas } = name === "inset" ? e.drawing.posterior.inset : e.over;
    const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const [column, row] = [new Float64Array(width), new Float64Array(height)];
    for (let n = 0; n < width * height; n++) {
        const [x, y] = [n % width, Math.floor(n / width)];
        // At the edges of the inset there are words and a scale bar.
        const isInside = name !== "inset" || Math.abs(y - height / 2) < 0.35 * height;
        const ink = isInside && data[4 * n + 3] > 128 && data[4 * n] < 120 ? 1 : 0;
        if (Math.abs(y - height / 2) < 2) column[x] ||= ink;
        if (Math.abs(x - width / 2) < 2) row[y] ||= ink;
    }
    return [Array.from(column), Array.from(row)];
}"""


def extent(ink: list[list[float]]) -> list[float]:
    """Return the distances between the outermost lines, across and along, of an ellipse whose axes are those of the canvas."""
    found = []
    for line in ink:
        dark = np.flatnonzero(line)
        middle = len(line) / 2
        groups = np.split(dark, np.flatnonzero(np.diff(dark) > 1) + 1)
        # The two outermost lines at like distances: dice and words may lie elsewhere.
        sides = [[group.mean() + 0.5 for group in groups if (group.mean() - middle) * side > 0] for side in (-1, 1)]
        pairs = [(abs(left + right - 2 * middle), right - left) for left in sides[0] for right in sides[1]]
        found.append(max(length for off, length in pairs if off < 0.03 * len(line)))
    return [float(one) for one in found]


def test_the_dice_are_true_and_frozen_and_places_are_judged_as_python_does(pad: Panel, server: Server, runs: Path) -> None:
    pad.unfold(server, "mnist-2d")
    pad.draw(THREE[:1])
    first, z = pad.bill(), pad.z()
    pad.page.locator(".ll-dice summary").click()
    eps = (np.array(z) - first["mu"]) / first["sigma"]
    rows_are_true(pad)
    assert t("explorer.dice_die", n=1) in pad.said("dice_who")
    pad.draw(THREE[1:])
    second = pad.bill()
    assert abs(np.subtract(second["mu"], first["mu"])).max() > 0.1
    np.testing.assert_allclose((np.array(pad.z()) - second["mu"]) / second["sigma"], eps, atol=1e-9)
    np.testing.assert_allclose(pad.z(), np.array(second["mu"]) + np.array(second["sigma"]) * eps)
    rows_are_true(pad)

    pad.page.locator(".ll-over").scroll_into_view_if_needed()
    pad.move(1, -1)  # the hand takes z and lets it go
    pad.watch.drawn()
    assert pad.z() == pytest.approx([1, -1], abs=0.02)
    rows_are_true(pad)
    assert pad.said("dice_who") == t("explorer.dice_hand")
    pad.page.mouse.move(5, 5)
    pad.watch.drawn()
    np.testing.assert_allclose(pad.z(), np.array(second["mu"]) + np.array(second["sigma"]) * eps)
    pad.drag((0.5, 0.5), (-1, 1))
    pad.page.mouse.up()
    held = pad.z()
    pad.page.locator(".ll-pad").scroll_into_view_if_needed()
    pad.draw([[(40, 250), (240, 250)]])
    assert pad.z() == held, "a pinned z was taken out of the hand"
    rows_are_true(pad)

    pad.page.locator("[data-do=resample]").click()
    thrown = pad.bill()
    assert pad.z() == pytest.approx(thrown["zs"][:2]) and abs(np.subtract(thrown["zs"], second["zs"])).min() > 1e-4
    fourth = pad.page.locator(".ll-samples button").nth(3)
    fourth.click()
    assert pad.z() == pytest.approx(thrown["zs"][6:8])
    expect(fourth).to_have_attribute("aria-pressed", "true")
    rows_are_true(pad)
    badge_is_true(pad, load_run(runs, "mnist-2d"))


def rows_are_true(pad: Panel) -> None:
    """z = mu + sigma * eps holds for the printed numbers as closely as they are printed, and z is the one shown."""
    pad.watch.drawn()
    shown = {"₁": pad.z()[0], "₂": pad.z()[1]}
    rows = [row.inner_text().split("\t") for row in pad.page.locator(".ll-dice_rows tr").all()]
    assert len(rows) == 2
    for name, *texts in rows:
        mu, sigma, eps, z = map(number, texts)
        assert abs(mu + sigma * eps - z) <= 0.001 + 5e-5 * abs(eps) + 5e-4 * sigma
        assert z == pytest.approx(shown[name[-1]], abs=5.1e-4)


@torch.no_grad()
def badge_is_true(pad: Panel, run: Run) -> None:
    """Compare what is said of places near images, of one that the prior draws and of one far out with what Python says of them."""
    d, points, vae = run.config.model.latent_size, run.latents(), run.model()
    places = aggregate_posterior.calibration_sample(points.mu, points.log_var)
    awake = np.flatnonzero(points.kl_per_dim >= ASLEEP)
    assert (len(awake) == d) == (d == 2)
    rng = np.random.default_rng(1)
    zs = np.concatenate([points.mu[rng.integers(len(points.mu), size=2)] + 0.05, rng.standard_normal((1, d)), np.full((1, d), 6.0)])
    for z in zs.astype(np.float64):
        pad.ask("(e, z) => { e.pin(true); e.z.set(z); e.moved(); }", z.tolist())
        pad.bill()
        seen = np.where(np.isin(np.arange(d), awake), z, 0)
        far = np.linalg.norm(points.mu - seen, axis=1)
        captions = pad.page.locator(".ll-three figcaption").all_inner_texts()
        assert [number(text.split(" ")[-1]) for text in captions] == pytest.approx(np.sort(far)[:3].round(2).tolist(), abs=0.0051)
        assert [text.split("”")[0][1:] for text in captions] == [str(points.labels[row]) for row in np.argsort(far)[:3]]
        rank = int(np.searchsorted(places, aggregate_posterior.log_density(z[None], points.mu, points.log_var)[0]))
        assert pad.ask("(e) => e.badge.density.rank(e.badge.density.log(e.z))") == rank
        share = 100 * rank // len(places)
        key = "emptiest" if rank == 0 else "emptier" if share == 0 else "busiest" if share == 100 else "busy"
        assert pad.said("busy") == t(f"explorer.{key}", n=share)
        back = vae.encode(vae.likelihood.mean(vae.decode(torch.tensor(z, dtype=torch.float32)[None])))
        gap = (back.mu[0].numpy() - z)[awake]
        trip = pad.ask("(e) => e.badge.trip")
        assert trip["distance"] == pytest.approx(np.linalg.norm(gap), abs=1e-3)
        sigmas = math.sqrt(((gap / back.sigma[0].numpy()[awake]) ** 2).mean())
        assert trip["sigmas"] == pytest.approx(sigmas, rel=0.01)
        assert pad.said("back") == t("explorer.back_near" if sigmas <= 2 else "explorer.back_far", far=f"{np.linalg.norm(gap):.2f}")


def test_a_test_image_is_judged_as_if_it_had_not_been_seen(pad: Panel, server: Server, runs: Path) -> None:
    run = load_run(runs, "mnist-16d")
    if not sources.is_available("mnist"):
        pytest.skip("MNIST is not on this computer")
    pad.unfold(server, run.id)
    pad.page.locator("[data-do=next_image]").click()
    found, points = pad.bill(), run.latents()
    own = int(np.flatnonzero(points.rows == int(re.findall(r"\d+", pad.said("framed"))[0]))[0])
    np.testing.assert_allclose(found["mu"], points.mu[own], atol=1e-4)
    log_q = aggregate_posterior.log_density(np.array([pad.z()]), points.mu, points.log_var, np.array([own]))
    share = float(aggregate_posterior.percentile(log_q, aggregate_posterior.calibration_sample(points.mu, points.log_var))[0])
    said = re.fullmatch(re.escape(t("explorer.busy", n="N")).replace("N", r"(\d+)"), pad.said("busy"))
    assert said and 1 < share < 99 and -0.01 < share - int(said[1]) < 1.01, "any image may come, and one may lie on the edge of two"
    assert pad.said("trust") != t("explorer.outside")


def test_pictures_to_pick_from(pad: Panel, server: Server, runs: Path) -> None:
    run = load_run(runs, "black")
    pad.unfold(server, run.id)
    page, data = pad.page, sources.load("digits")
    page.locator(".ll-class").select_option("7")
    found = pad.bill()
    assert_true(found, run)
    row = int(re.findall(r"\d+", pad.said("framed"))[0])
    assert data.labels[row] == 7 and "“7”" in pad.said("framed") and row in run.latents().rows
    uniforms = static_uniforms(np.array([row]), (8, 8), run.config.data.split_seed)
    np.testing.assert_array_equal(found["x"], binarise(data.values[[row]], 16, "static", uniforms).ravel())
    total = found["reconstruction"] + sum(found["kl"])
    assert number(pad.said("sum_value").split("=")[1]) == pytest.approx(total / math.log(2), abs=0.051) and "bits" in pad.said("sum_value")
    page.locator("[data-do=next_image]").click()
    assert pad.bill()["x"] != found["x"] and "“7”" in pad.said("framed")
    assert t("explorer.black_or_white") not in pad.said("framed")

    page.locator(".ll-source").select_option(label=t("explorer.source_glyphs"))
    letter = pad.bill()
    assert_true(letter, run)
    assert set(letter["x"]) == {0, 1} and t("dataset.digits.framed") in pad.said("framed")
    said = pad.said("framed")
    pad.draw([[(20, 20), (20, 260)]])  # a pen makes it a drawing
    drawn = pad.bill()
    assert set(drawn["x"]) == {0, 1} and drawn["x"] != letter["x"] and t("explorer.black_or_white") in pad.said("framed")
    assert "Image" in said and "Image" not in pad.said("framed")
    page.locator("[data-do=undo]").click()
    assert pad.bill()["x"] == letter["x"]


def test_an_autoencoder_has_a_point_and_no_bill_but_the_reconstruction(pad: Panel, server: Server, runs: Path) -> None:
    run = load_run(runs, "point")
    pad.unfold(server, run.id)
    pad.draw()
    found = pad.bill()
    assert_true(found, run)
    assert found["kl"] is None and found["zs"] == found["mu"] and len(found["samples"]) == 1
    for name in ("kl_part", "sum_part", "dimensions", "dice", "inset"):
        expect(pad.page.locator(f".ll-{name}")).to_be_hidden()
    assert t("explorer.counted_point") in pad.said("how_counted")
    assert pad.said("busy") == "" and pad.said("back").startswith(t("explorer.back", far="X").split("X")[0])
    assert "NaN" not in pad.page.locator(".ll").inner_text() and "null" not in pad.page.locator(".ll").inner_text()


def test_one_dimension_has_an_interval(pad: Panel, server: Server, runs: Path) -> None:
    run = load_run(runs, "interval")
    pad.unfold(server, run.id)
    pad.draw()
    found = pad.bill()
    assert_true(found, run)
    pad.ask(
        """(e) => {
            const [mu] = e.drawing.posterior.mu;
            e.pin(true);
            e.moveTo(mu + 30, 0);
            e.view.x = mu;
            e.invalidate();
        }"""
    )
    pad.watch.drawn()
    ink = np.array(pad.ask(PIXELS, "over")[0])
    assert ink.sum() == pytest.approx(4 * found["sigma"][0] * pad.ask("(e) => e.view.scale"), rel=0.01, abs=2)


def test_a_map_by_likeness_beside_sixteen_dimensions(pad: Panel, server: Server, runs: Path) -> None:
    run = load_run(runs, "mnist-16d")
    pad.open(server, "explore", run.id)
    page = pad.page
    fold = page.locator(".ll-umap")
    fold.locator("summary").click()
    page.wait_for_function("(e) => e.explorer.umap.xy", arg=pad.handle())
    fold.scroll_into_view_if_needed()
    xy, points = run.projection("umap"), run.latents()
    edge = int(np.argmax(xy[:, 0]))
    box = page.locator(".ll-umap_over").bounding_box()
    px, py, ratio = pad.ask("(e, [x, y]) => [e.umap.view.px(x), e.umap.view.py(y), e.umap.view.ratio]", xy[edge].tolist())
    assert box
    quiet = pad.watch.count()
    page.mouse.move(box["x"] + px / ratio, box["y"] + py / ratio)
    caption = pad.said("umap_caption")
    assert str(points.rows[edge]) in caption and t("explorer.umap_caution") in caption
    assert pad.ask("(e) => e.hovered") == edge and pad.watch.count() == quiet
    page.mouse.move(5, 5)
    assert pad.said("umap_caption") == ""
    pad.open(server, "explore", "mnist-2d")
    expect(page.locator(".ll-umap")).to_be_hidden()
    expect(page.locator(".ll-umap_none")).to_be_hidden()


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


def test_the_ink_stays_where_another_run_takes_the_same_pictures(pad: Panel, server: Server, runs: Path) -> None:
    pad.unfold(server, "mnist-2d")
    pad.draw()
    x = pad.bill()["x"]
    pad.watch.choose_run(load_run(runs, "mnist-16d").name)
    pad.ready("mnist-16d")
    pad.page.wait_for_function("(e) => e.explorer.drawing.bill.result", arg=pad.handle())
    found = pad.bill()
    assert found["x"] == x and len(found["mu"]) == 16
    assert_true(found, load_run(runs, "mnist-16d"))
    badge_is_true(pad, load_run(runs, "mnist-16d"))
    pad.page.locator("[data-do=draw]").click()
    expect(pad.page.locator(".ll-pad")).to_be_hidden()
    assert pad.ask("(e) => e.drawing.posterior.mu") is None
    pad.page.get_by_role("link", name=t("home.nav")).click()
    pad.ready("mnist-16d")
    for name in ("draw", "studio", "badge", "umap"):
        expect(pad.page.locator(f".ll-{name}")).to_be_hidden()


def test_a_finger_draws_on_a_narrow_screen(browser: Browser, server: Server, runs: Path) -> None:
    with on_page(browser, Panel, width=390, scheme="dark") as pad, fingers(pad.page, 1) as put:
        pad.unfold(server, "mnist-2d")
        pad.page.locator(".ll-pad").scroll_into_view_if_needed()
        top = pad.page.locator(".ll-pad").bounding_box()
        for stroke in THREE:
            for n, dot in enumerate(stroke):
                put("touchMove" if n else "touchStart", pad.place(*dot))
            put("touchEnd")
        assert_true(pad.bill(), load_run(runs, "mnist-2d"))
        assert pad.page.locator(".ll-pad").bounding_box() == top, "the page was scrolled by the pen"
        assert pad.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
        is_inside = "(e) => [...e.querySelectorAll('*')].every((one) => one.getBoundingClientRect().right <= innerWidth)"
        assert pad.page.locator(".ll").evaluate(is_inside)
        assert pad.smallest_text() >= 12
