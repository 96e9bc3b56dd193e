"""What a drawing brings onto the map, in a real browser: its ellipse, the dice, and what is said of the place where it lies."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from dashboard.i18n.texts import t
from tests.browser.serving import Server
from tests.browser.stage import THREE, Panel, number
from tests.conftest import tiny_config
from tests.places import SHIPPED
from vae_core.data import sources
from vae_core.latent import aggregate_posterior
from vae_core.latent.latents import ASLEEP
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run
from vae_core.training.runner import train

FOG = ("in_fog", "in_fog_deep")


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


def test_the_dice_are_true_and_frozen_and_places_are_judged_as_python_does(pad: Panel, server: Server) -> None:
    pad.unfold(server, "mnist-2d")
    pad.draw(THREE[:1])
    first, z = pad.bill(), pad.z()
    pad.page.locator(".ll-dice summary").click()
    eps = (np.array(z) - first["mu"]) / first["sigma"]
    rows_are_true(pad)
    assert t("live_map.dice_die", n=1) in pad.said("dice_who")
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
    assert pad.said("dice_who") == t("live_map.dice_hand")
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
    badge_is_true(pad, load_run(SHIPPED, "mnist-2d"))


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
    quantiles = aggregate_posterior.calibration(points.mu, points.log_var)
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
        nats = aggregate_posterior.log_ratio(z[None], points.mu, points.log_var)[0]
        percent = float(np.interp(nats, quantiles, np.linspace(0, 100, len(quantiles))))
        found = pad.ask("(e) => e.fog.trust.at(e.z)")
        assert found["nats"] == pytest.approx(nats, abs=1e-6) and found["percent"] == pytest.approx(percent, abs=1e-4)
        key = "ratio_low" if percent < 50 else "ratio_high"
        fog = [t(f"live_map.{name}", images=t("dataset.mnist.images")) for name in FOG]
        assert found["isInFog"] == (percent < 1) == (pad.said("trust") in fog)
        assert number(pad.said("ratio").split("= ")[-1].split(" ")[0]) == pytest.approx(nats, abs=0.051)
        n = min(99, int(100 - percent if percent < 50 else percent))
        at = "z" if np.linalg.norm(z) <= aggregate_posterior.rim(d) else f"|z| = {aggregate_posterior.rim(d):.2f}"
        assert pad.said("ratio") == t(f"live_map.{key}", at=at, nats=pad.said("ratio").split("= ")[-1].split(" ")[0], n=n)
        back = vae.encode(vae.likelihood.mean(vae.decode(torch.tensor(z, dtype=torch.float32)[None])))
        gap = (back.mu[0].numpy() - z)[awake]
        trip = pad.ask("(e) => e.badge.trip")
        assert trip["distance"] == pytest.approx(np.linalg.norm(gap), abs=1e-3)
        sigmas = math.sqrt(((gap / back.sigma[0].numpy()[awake]) ** 2).mean())
        assert trip["sigmas"] == pytest.approx(sigmas, rel=0.01)
        assert pad.said("back") == t("live_map.back_near" if sigmas <= 2 else "live_map.back_far", far=f"{np.linalg.norm(gap):.2f}")


def test_the_ink_stays_where_another_run_takes_the_same_pictures(pad: Panel, server: Server) -> None:
    pad.unfold(server, "mnist-2d")
    pad.draw()
    x = pad.bill()["x"]
    pad.watch.choose_run(load_run(SHIPPED, "mnist-16d").name)
    pad.ready("mnist-16d")
    pad.page.wait_for_function("(e) => e.liveMap.drawing.bill.result", arg=pad.handle())
    run = load_run(SHIPPED, "mnist-16d")
    found = pad.true_bill(run)
    assert found["x"] == x and len(found["mu"]) == 16
    badge_is_true(pad, run)
    pad.page.locator("[data-tab=place]").click()
    expect(pad.page.locator(".ll-pad")).to_be_hidden()
    pad.page.get_by_role("link", name=t("home.nav")).click()
    pad.ready("mnist-16d")
    for name in ("toolbar", "tabs", "studio", "badge"):
        expect(pad.page.locator(f".ll-{name}")).to_be_hidden()


def test_a_test_image_is_judged_as_if_it_had_not_been_seen(pad: Panel, server: Server) -> None:
    run = load_run(SHIPPED, "mnist-16d")
    if not sources.is_available("mnist"):
        pytest.skip("MNIST is not on this computer")
    pad.unfold(server, run.id)
    pad.page.locator("[data-do=next_image]").click()
    found, points = pad.bill(), run.latents()
    own = int(np.flatnonzero(points.rows == int(re.findall(r"\d+", pad.said("framed"))[0]))[0])
    np.testing.assert_allclose(found["mu"], points.mu[own], atol=1e-4)
    nats = aggregate_posterior.log_ratio(np.array([pad.z()]), points.mu, points.log_var, np.array([own]))[0]
    assert pad.ask("(e) => e.fog.trust.at(e.z, e.drawing.ownRow).nats") == pytest.approx(nats, abs=1e-3)
    assert number(pad.said("ratio").split("= ")[-1].split(" ")[0]) == pytest.approx(nats, abs=0.06)


def test_an_autoencoder_has_a_point_and_no_bill_but_the_reconstruction(pad: Panel, server: Server, root: Path) -> None:
    small = tiny_config("Point", 2)
    run = train(replace(small, objective=replace(small.objective, objective="ae")), root / "point")
    pad.unfold(server, run.id)
    pad.draw()
    found = pad.true_bill(run)
    assert found["kl"] is None and found["zs"] == found["mu"] and len(found["samples"]) == 1
    for name in ("kl_part", "sum_part", "dimensions", "dice", "inset"):
        expect(pad.page.locator(f".ll-{name}")).to_be_hidden()
    assert t("live_map.counted_point") in pad.said("how_counted")
    assert (
        pad.said("ratio") == ""
        and pad.said("fog_none") == t("live_map.fog_none_point")
        and pad.said("back").startswith(t("live_map.back", far="X").split("X")[0])
    )
    assert "NaN" not in pad.page.locator(".ll").inner_text() and "null" not in pad.page.locator(".ll").inner_text()


def test_one_dimension_has_an_interval(pad: Panel, server: Server, root: Path) -> None:
    run = train(tiny_config("Interval", 1), root / "interval")
    pad.unfold(server, run.id)
    pad.draw()
    found = pad.true_bill(run)
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
