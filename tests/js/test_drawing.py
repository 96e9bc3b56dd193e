"""The arithmetic behind the pad (framing, costs, density, ellipses): what ships against numpy and torch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from dashboard.i18n.format import cost_parts
from dashboard.i18n.texts import t
from tests.js.node import Engine, encoded, running
from tests.js.test_decoder import latent_points, model
from tests.places import SHIPPED
from vae_core import rounding
from vae_core.config import RunConfig
from vae_core.data import sources, synthetic
from vae_core.data.batches import Batch
from vae_core.data.binarisation import binarise
from vae_core.latent import aggregate_posterior
from vae_core.model.architectures import NETWORKS
from vae_core.model.likelihoods import LIKELIHOODS
from vae_core.model.vae import VAE
from vae_core.model.weights import part_of
from vae_core.runs.listing import load_run
from vae_core.runs.writer import RunWriter

ENGINE = ("safetensors", "network", "decoder", "ink", "likelihoods", "gaussian", "aggregate_posterior", "numbers")
MODULES = (*(f"js/engine/{name}.js" for name in ENGINE), "js/canvas/pad.js", "live_map/trust_panel.js")
# A picture (tall, wide) lies on an otherwise empty pad, each pixel so many dots large, its corner at (left, top).
FRAME = """([dataset, pad, height, width, drawings]) => drawings.map(({ pixels, tall, wide, left, top, times }) => {
    const ink = new js.ink.Ink(pad, pad), bytes = oddly(pixels);
    for (let y = 0; y < tall * times; y++) {
        for (let x = 0; x < wide * times; x++) {
            ink.dots[(top + y) * pad + left + x] = bytes[Math.floor(y / times) * wide + Math.floor(x / times)];
        }
    }
    const picture = js.ink.framed(ink, dataset, height, width);
    return picture && Array.from(picture);
})"""
PAD = 280


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has what the pad needs loaded."""
    with running(*MODULES) as node:
        yield node


# ---- ink and frames


def drawing(pixels: NDArray[np.uint8], left: int = 0, top: int = 0, times: int = 1) -> dict[str, Any]:
    """Return a picture (tall, wide) that lies on the pad, so many times enlarged, with its corner at (left, top)."""
    place = {"left": left, "top": top, "times": times}
    return {"pixels": encoded(pixels.tobytes()), "tall": pixels.shape[0], "wide": pixels.shape[1], **place}


def framed(engine: Engine, dataset: str, side: int, drawings: list[dict[str, Any]]) -> NDArray[np.float64]:
    """Return the pictures (N, side, side) that drawings become."""
    return np.array(engine.call(FRAME, [dataset, PAD, side, side, drawings])).reshape(-1, side, side)


def images_of(name: str, count: int) -> NDArray[np.uint8]:
    """Return the first images of a dataset, which train."""
    if name == "glyphs":
        return synthetic.glyphs().values[:count]
    if not sources.is_available(name):
        pytest.skip(f"{name} is not on this computer")
    return sources.load(name).values[:count]


@pytest.mark.parametrize(("name", "least"), [("mnist", 0.99), ("fashion-mnist", 0.9), ("glyphs", 0.99)])
def test_framing_an_image_of_the_data_gives_it_back(engine: Engine, name: str, least: float) -> None:
    images = images_of(name, 100)
    found = framed(engine, name, 28, [drawing(image, times=10) for image in images])
    same = abs(found - images / 255).max(axis=(1, 2)) < 1e-6
    assert same.mean() >= least


@pytest.mark.parametrize(("name", "mean"), [("mnist", 0.035), ("fashion-mnist", 0.055)])
def test_where_and_how_large_it_is_drawn_hardly_matters(engine: Engine, name: str, mean: float) -> None:
    images = images_of(name, 60)
    large = [np.asarray(Image.fromarray(image).resize((190, 190), Image.Resampling.BILINEAR)) for image in images]
    if name == "mnist":  # a pen leaves full ink or none, as the black and white originals did
        large = [np.where(dots > 127, 255, 0).astype(np.uint8) for dots in large]
    found = framed(engine, name, 28, [drawing(dots, 7 + n, 80 - n) for n, dots in enumerate(large)])
    assert abs(found - images / 255).mean() < mean
    assert abs(found - np.roll(images, 1, axis=0) / 255).mean() > 3 * mean, "the bound holds for any picture"


def test_digits_are_as_high_and_as_wide_as_the_data(engine: Engine) -> None:
    block = framed(engine, "digits", 8, [drawing(np.full((120, 90), 255, np.uint8), 100, 30)])[0]
    np.testing.assert_array_equal(block, np.tile([0, 0.5, 1, 1, 1, 1, 0.5, 0], (8, 1)))
    stroke = framed(engine, "digits", 8, [drawing(np.full((200, 24), 255, np.uint8), 10, 30)])[0]
    assert stroke.sum(1) == pytest.approx([7 / 4] * 8), "a thin drawing is no block"
    own = sources.load("digits").values
    assert (own > 0).any(2).all(), "all digits fill the height"
    # A block with so much ink is at least so many of its four dots wide.
    dots = np.ceil(own.max(1) / 4).astype(int)
    left = np.array([4 * row.argmax() + 4 - row[row.argmax()] for row in (dots > 0) * dots * (np.cumsum(dots > 0, 1) == 1)])
    right = np.array([4 * row.argmax() + row[row.argmax()] for row in dots * (np.cumsum(dots[:, ::-1] > 0, 1)[:, ::-1] == 1)])
    assert (np.median(left), np.median(right)) == (6, 26), "their bitmaps are 20 dots wide and stand in the middle"


def test_any_other_data_take_the_pad_as_it_is(engine: Engine) -> None:
    dots = np.zeros((PAD, PAD), np.uint8)
    dots[:140, :70] = 255
    found = framed(engine, "toString", 4, [drawing(dots)])[0]
    np.testing.assert_allclose(found, [[1, 0, 0, 0]] * 2 + [[0] * 4] * 2, atol=1e-6)
    # MNIST of another size has no rule.
    assert framed(engine, "mnist", 4, [drawing(dots)])[0] == pytest.approx(found)
    assert engine.call(FRAME, ["mnist", PAD, 28, 28, [drawing(np.zeros((1, 1), np.uint8))]]) == [None]
    shape = "() => { const ink = js.ink.Ink.forPicture(7, 5); return [ink.width, ink.height, ink.isEmpty]; }"
    assert engine.call(shape, None) == [200, 280, True]


def test_a_stroke_is_as_wide_as_its_pen_and_the_eraser_takes_it_back(engine: Engine) -> None:
    draw = """([from, to, radius, erase]) => {
        const ink = new js.ink.Ink(60, 40);
        ink.stroke(...from, ...to, radius, false);
        const before = Array.from(ink.dots);
        if (erase) ink.stroke(...from, ...to, radius + 1.5, true);
        return [before, Array.from(ink.dots), ink.box()];
    }"""
    before, after, box = engine.call(draw, [[10, 20], [50, 20], 6, True])
    assert sum(before) / 255 == pytest.approx(40 * 12 + math.pi * 36, rel=0.01)
    assert sum(after) == 0 and box is None
    before, _, box = engine.call(draw, [[20.5, 20.5], [20.5, 20.5], 6, False])
    assert sum(before) / 255 == pytest.approx(math.pi * 36, rel=0.02)
    assert box == [14, 14, 27, 27]
    before, _, box = engine.call(draw, [[-5, -5], [70, 50], 3, False])
    assert box == [0, 0, 60, 40]


def test_levels_are_those_of_the_data(engine: Engine) -> None:
    level = "([x, levels, pixels]) => js.ink.levelled(x, levels, pixels)"
    x = [0, 0.031, 0.49, 0.5, 0.98, 1]
    assert engine.call(level, [x, 0, "grey"]) == x, "real numbers have no levels"
    assert engine.call(level, [x, 16, "grey"]) == [0, 0, 0.5, 0.5, 1, 1]
    for pixels in ("thresholded", "static", "dynamic"):
        assert engine.call(level, [x, 255, pixels]) == [0, 0, 0, 1, 1, 1]
        expected = binarise(np.array(x), 1, "thresholded")
        assert engine.call(level, [x, 255, pixels]) == expected.tolist()


def test_a_picture_laid_on_the_pad_fills_it(engine: Engine) -> None:
    show = """([pixels, height, width, divisor]) => {
        const ink = new js.ink.Ink(280, 280);
        ink.dots.fill(9);
        ink.show(pixels, height, width, divisor);
        return Array.from(ink.average([0, 0, 280, 280], 8, 8));
    }"""
    image = sources.load("digits").values[3]
    found = np.array(engine.call(show, [image.ravel().tolist(), 8, 8, 16])).reshape(8, 8)
    np.testing.assert_allclose(found, image / 16, atol=0.003)
    tall = np.array(engine.call(show, [[16] * 8, 8, 1, 16])).reshape(8, 8)
    np.testing.assert_allclose(tall, np.tile([0, 0, 0, 0.5, 0.5, 0, 0, 0], (8, 1)), atol=0.015)


# ---- dark on light

SEEN = """([picked, isDark, told]) => {
    const ink = js.ink.Ink.forPicture(told.height, told.width);
    if (picked) ink.show(picked.pixels, picked.height, picked.width, picked.divisor, picked.own && isDark);
    const pad = { ink, isDark, picked: picked?.laid ? picked : null };
    const x = js.ink.asSeen(pad, told, told.height, told.width);
    return x && Array.from(x);
}"""


@pytest.mark.parametrize("pixels", ["grey", "thresholded"])
def test_ink_is_as_dark_as_that_of_the_data(engine: Engine, pixels: str) -> None:
    """What is drawn on dark on light data is the negative of what it is on their negatives; an own test image is what it is."""
    told = {"dataset": "mine.npy", "height": 8, "width": 8, "levels": 16, "pixels": pixels}
    image = sources.load("digits").values[3]
    image = np.where(image == 8, 9, image)  # one half of the ink is white on either paper
    picked = {"pixels": image.ravel().tolist(), "height": 8, "width": 8, "divisor": 16, "own": False, "laid": False}
    as_tested = binarise(image.ravel(), 16, pixels)

    def seen(is_dark: bool, **changed: object) -> list[float]:
        return np.round(engine.call(SEEN, [{**picked, **changed}, is_dark, told]), 6).tolist()

    negative = binarise(16 - image.ravel(), 16, pixels).tolist()
    for laid in (False, True):  # drawn, or taken from elsewhere
        assert seen(False, laid=laid) == as_tested.tolist() and seen(True, laid=laid) == negative
    grey = (image.ravel() / 16).tolist()
    for is_dark in (False, True):
        assert seen(is_dark, own=True, laid=True) == grey, "as it is in the data"
        assert seen(is_dark, own=True) == as_tested.tolist(), "drawn over, it stays what it is"
    assert engine.call(SEEN, [None, True, told]) is None, "an empty pad is no picture, whatever its paper"
    assert engine.call("() => js.ink.isOfSize(null, undefined, undefined)") is False, "before the weights have come"


def test_the_other_ink_leaves_an_own_picture_and_undo_as_they_were(engine: Engine) -> None:
    switch = """(pixels) => {
        const pad = Object.assign(Object.create(js.pad.Pad.prototype), {
            explorer: { find: () => ({ setAttribute() {} }) }, ink: js.ink.Ink.forPicture(8, 8), before: [], picked: null, key: {},
            changed() {}, rested() {}, paint() { this.onScreen = Array.from(this.ink.dots, (dot) => (this.isDark ? 255 - dot : dot)); },
        });
        pad.setDark(true);
        pad.paint();
        const screens = [pad.onScreen];
        const act = (does) => { does(); screens.push(pad.onScreen); };
        act(() => pad.pick({ pixels, height: 8, width: 8, divisor: 16, own: true }));
        act(() => pad.switchInk());
        act(() => pad.clear());
        act(() => pad.switchInk());
        act(() => pad.undo());
        return screens.map((screen) => screen.reduce((sum, dot) => sum + dot, 0) / (255 * screen.length));
    }"""
    image = sources.load("digits").values[3]
    white, own, other, black, white_again, undone = engine.call(switch, image.ravel().tolist())
    assert (white, black, white_again) == (1, 0, 1)
    assert own == other == undone == pytest.approx(image.mean() / 16, abs=0.003)


def test_the_pen_is_told_beside_the_data(engine: Engine) -> None:
    keys = engine.call("() => [false, true].flatMap((pen) => [false, true].map((data) => js.ink.aboutInk(pen, data)))")
    assert keys == ["ink_light", "ink_light_on_light", "ink_dark_on_dark", "ink_dark"]
    assert all(t(f"explorer.{key}") for key in keys)


# ---- what it costs


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_every_pixel_costs_what_torch_says(engine: Engine, name: str) -> None:
    likelihood = LIKELIHOODS[name](sigma=0.17, quantum=1 / 16).double()
    params = np.concatenate([np.linspace(-30, 30, 61), np.linspace(-0.4, 0.4, 41), [0.3, -0.3, 1e-9, 400, -400]])
    x = np.tile([0, 0.25, 1], len(params))[: len(params)]
    sigma = float(likelihood.variance.detach().sqrt()) if likelihood.support == "real" else None
    cost = "([told, params, x]) => { const sums = params.map(() => 2); js.likelihoods.addCosts(told, params, x, sums); return sums; }"
    found = engine.call(cost, [{"support": likelihood.support, "sigma": sigma}, params.tolist(), x.tolist()])
    expected = -likelihood.log_prob_map(torch.tensor(params)[None, None], torch.tensor(x)[None])[0].detach().numpy()
    np.testing.assert_allclose(np.array(found) - 2, expected, rtol=1e-9, atol=1e-9)


PRICE = """([file, told, x, eps]) => {
    const encoder = new js.network.Network(js.safetensors.parseSafetensors(oddly(file)), "encoder");
    const drawer = js.decoder.openDecoder({ weights: oddly(file) });
    const codes = encoder.run(x), d = drawer.latentSize;
    const [mu, logVar] = [Float64Array.from(codes.subarray(0, d)), Float64Array.from(codes.subarray(d))];
    const perPixel = new Float64Array(x.length), zs = [];
    for (const die of eps) {
        const z = die.map((value, j) => mu[j] + Math.exp(0.5 * logVar[j]) * value);
        drawer.decode(z);
        js.likelihoods.addCosts(told, drawer.params, x, perPixel);
        zs.push(z);
    }
    return { zs, perPixel: Array.from(perPixel, (sum) => sum / eps.length), kl: Array.from(js.gaussian.klPerDim(mu, logVar)) };
}"""


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("network", NETWORKS)
@torch.no_grad()
def test_the_bill_is_that_of_the_terms(engine: Engine, written: Callable[[VAE], bytes], network: str, likelihood: str) -> None:
    vae = model(network, likelihood)
    x = torch.rand(1, 8, 8, generator=torch.Generator().manual_seed(1))
    eps = np.random.default_rng(2).standard_normal((8, 3))
    family = vae.likelihood
    sigma = float(family.variance.sqrt()) if family.support == "real" else None
    told = {"support": family.support, "sigma": sigma}
    found = engine.call(PRICE, [encoded(written(vae)), told, x.flatten().tolist(), eps.tolist()])
    z = torch.tensor(found["zs"], dtype=torch.float32)[:, None]
    terms = vae.terms(Batch(x), z=z)
    assert sum(found["perPixel"]) == pytest.approx(float(terms.reconstruction), abs=1e-3, rel=1e-5)
    per_pixel = -family.log_prob_map(vae.decode(z), x).mean(0).flatten()
    np.testing.assert_allclose(found["perPixel"], per_pixel, atol=1e-4, rtol=1e-4)
    np.testing.assert_allclose(found["kl"], terms.kl_per_dim[0], atol=1e-4)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[VAE], bytes]:
    """The bytes of model.safetensors as the trainer writes them."""
    writer = RunWriter(tmp_path_factory.mktemp("run"), RunConfig(), {})

    def write(vae: VAE) -> bytes:
        writer.weights(vae)
        return (writer.path / "model.safetensors").read_bytes()

    return write


def test_printed_parts_add_up_to_the_rounded_sum(engine: Engine) -> None:
    rng = np.random.default_rng(0)
    cases = [rng.normal(0, 3, rng.integers(1, 20)).tolist() for _ in range(200)] + [[0, 0], [0.04] * 16, [-0.01, 0.02], [1.05, 2.05]]
    found = engine.call("(cases) => cases.map((values) => js.numbers.printed(values))", cases)
    for values, shown in zip(cases, found, strict=True):
        assert abs(np.subtract(shown, values)).max() < 0.1 + 1e-9
        assert all(value == round(value, 1) for value in shown)
        assert round(10 * sum(shown)) == round(10 * float(f"{sum(values):.1f}"))


def test_the_bill_is_printed_as_the_losses_are(engine: Engine) -> None:
    rng = np.random.default_rng(1)
    cases = [rng.normal(20, 30, rng.integers(1, 6)).tolist() for _ in range(300)] + [[20.686543, 3.035231], [83.26, 5.35]]
    found = engine.call("(cases) => cases.map((values) => js.numbers.printed(values, 2))", cases)
    assert found == [rounding.parts(values, 2) for values in cases]
    assert cost_parts(20.686543, 3.035231, places=2) == ["20.69", "3.03", "23.72"]


def test_the_dimensions_add_up_to_the_kl_as_it_is_printed(engine: Engine) -> None:
    # 83.44 + 5.34 = 88.78 is printed as 83.4 + 5.4 = 88.8, and 5.4 as 2.2 + 3.2; alone 5.34 were 5.3.
    for reconstruction, dims in ((83.44, [2.16, 3.18]), (83.46, [2.16, 3.18]), (83.41, [2.22, 3.12])):
        whole = rounding.parts([reconstruction, sum(dims)], 1)[1]
        found = engine.call("([kl, whole]) => js.numbers.printed(kl, 1, whole)", [dims, whole])
        assert found == rounding.parts(dims, 1, whole) and round(sum(found), 1) == whole


BUSY = """(ranks) => ranks.map((rank) => {
    const explorer = { text: (key, { n }) => (key === "busy" ? n : key) };
    return js.trust_panel.Badge.prototype.busy.call({ explorer, density: { places: new Array(359), rank: () => rank } }, 0);
})"""


def test_a_place_is_busier_than_no_more_places_than_it_is(engine: Engine) -> None:
    found = engine.call(BUSY, list(range(360)))
    assert found[:4] == ["emptiest", *["emptier"] * 3] and found[-1] == "busiest" and found[4] == 1 and found[-2] == 99
    assert found[4:-1] == [100 * rank // 359 for rank in range(4, 359)]


def test_the_share_of_cheaper_images_is_read_between_the_quantiles(engine: Engine) -> None:
    quantiles = np.sort(np.random.default_rng(1).gamma(5, 10, 101))
    values = np.concatenate([quantiles[1:], np.linspace(quantiles[0], quantiles[-1], 50), [0, 1e6]])
    found = engine.call(
        "([q, values]) => values.map((value) => js.aggregate_posterior.percentBelow(q, value))", [quantiles.tolist(), values.tolist()]
    )
    np.testing.assert_allclose(found, np.interp(values, quantiles, np.arange(101)), atol=1e-9)
    assert engine.call(
        "(q) => [js.aggregate_posterior.percentBelow(q, 3), js.aggregate_posterior.percentBelow(q, 3.5)]", [3.0] * 50 + [4.0] * 51
    ) == [0, 49.5]


# ---- where it lies


def test_the_ellipse_is_the_projection_of_the_gaussian(engine: Engine) -> None:
    rng = np.random.default_rng(3)
    for d in (2, 3, 7, 16):
        axes, _ = np.linalg.qr(rng.standard_normal((d, 2)))
        mu, sigma = rng.standard_normal(d), np.exp(rng.normal(-2, 1, d))
        found = engine.call(
            "([u, v, mu, sigma]) => js.gaussian.ellipse({ u, v }, mu, sigma)", [*axes.T.tolist(), mu.tolist(), sigma.tolist()]
        )
        covariance = axes.T @ np.diag(sigma**2) @ axes
        values, vectors = np.linalg.eigh(covariance)
        assert [found["a"], found["b"]] == pytest.approx((axes.T @ mu).tolist())
        assert [found["minor"], found["major"]] == pytest.approx(np.sqrt(values).tolist(), rel=1e-9)
        longest = np.array([math.cos(found["angle"]), math.sin(found["angle"])])
        assert abs(longest @ vectors[:, 1]) == pytest.approx(1)
        drawn = mu + sigma * rng.standard_normal((200_000, d))
        assert (drawn @ axes @ longest).std() == pytest.approx(found["major"], rel=0.01)


def test_on_a_line_the_ellipse_is_an_interval(engine: Engine) -> None:
    found = engine.call("() => js.gaussian.ellipse({ u: [1], v: null }, [0.5], [0.25])", None)
    assert found == {"a": 0.5, "b": 0, "major": 0.25, "minor": 0, "angle": 0}


RANKS = """([mu, logVar, d, places, zs, own]) => {
    const floats = (text) => new Float32Array(oddly(text).slice().buffer);
    const doubles = (text) => new Float64Array(oddly(text).slice().buffer);
    const there = new js.aggregate_posterior.Density(floats(mu), floats(logVar), d, doubles(places)), all = doubles(zs);
    const logs = Array.from({ length: all.length / d }, (_, n) => there.log(all.subarray(n * d, (n + 1) * d), own?.[n]));
    return { logs, ranks: logs.map((log) => there.rank(log)) };
}"""


@pytest.mark.parametrize("name", ["mnist-2d", "mnist-16d", "digits-2d"])
def test_the_page_ranks_every_place_as_python_does(engine: Engine, name: str) -> None:
    points = load_run(SHIPPED, name).latents()
    mu, log_var = points.mu.astype(np.float32), points.log_var.astype(np.float32)
    places = aggregate_posterior.calibration_sample(mu, log_var)
    rng, d = np.random.default_rng(5), mu.shape[1]
    rows = rng.integers(len(mu), size=200)
    kinds = [rng.standard_normal((200, d)), mu[rows] + np.exp(0.5 * log_var[rows]) * rng.standard_normal((200, d)), mu[rows[:50]]]
    z = np.concatenate([*kinds, 3 * rng.standard_normal((50, d)), np.full((1, d), 99.0)]).astype(np.float64)
    packed = [encoded(array.tobytes()) for array in (mu, log_var)]
    found = engine.call(RANKS, [*packed, d, encoded(places.tobytes()), encoded(z.tobytes()), None])
    log_q = aggregate_posterior.log_density(z, mu, log_var)
    np.testing.assert_allclose(found["logs"], log_q, rtol=1e-10, atol=1e-9)
    expected = aggregate_posterior.percentile(log_q, places)
    assert [100 * rank / len(places) for rank in found["ranks"]] == expected.tolist()
    assert expected.min() == 0 and expected.max() > 90 and len(np.unique(expected)) > 100


def test_an_image_is_left_out_of_its_own_density(engine: Engine) -> None:
    points = load_run(SHIPPED, "digits-2d").latents()
    mu, log_var, own = points.mu.astype(np.float32), points.log_var.astype(np.float32), np.arange(50)
    packed = [encoded(array.tobytes()) for array in (mu, log_var)]
    found = engine.call(RANKS, [*packed, 2, "", encoded(mu[own].astype(np.float64).tobytes()), own.tolist()])
    np.testing.assert_allclose(found["logs"], aggregate_posterior.log_density(mu[own], mu, log_var, own), rtol=1e-10)


def test_a_tie_counts_as_not_below(engine: Engine) -> None:
    places = [-3.0, -2.0, -2.0, -1.0]
    rank = """([places, values]) => {
        const density = Object.assign(Object.create(js.aggregate_posterior.Density.prototype), { places });
        return values.map((value) => density.rank(value));
    }"""
    values = [-4.0, -3.0, -2.0, -1.5, -1.0, 0.0]
    found = engine.call(rank, [places, values])
    assert found == [0, 0, 1, 3, 3, 4]
    assert aggregate_posterior.percentile(np.array(values), np.array(places)).tolist() == [25.0 * one for one in found]


def test_the_way_there_and_back(engine: Engine) -> None:
    trip = engine.call(
        "([z, codes]) => js.aggregate_posterior.roundTrip(z, codes, [0, 1])", [[1, 2, 9], [1.3, 1.6, 0, math.log(0.09), math.log(0.04), 0]]
    )
    assert trip["distance"] == pytest.approx(0.5)
    assert trip["sigmas"] == pytest.approx(math.sqrt((1 + 4) / 2))


@torch.no_grad()
def test_what_the_page_encodes_is_what_torch_encodes(engine: Engine) -> None:
    """The encoder's part of the file by itself, as it is sent."""

    run = load_run(SHIPPED, "mnist-2d")
    part = part_of(run.weights(), is_encoder=True)
    x = torch.tensor(latent_points(784).clamp(0, 1).numpy()).reshape(-1, 28, 28)
    encode = """([file, inputs]) => {
        const network = new js.network.Network(js.safetensors.parseSafetensors(oddly(file)), "encoder");
        return inputs.map((x) => Array.from(network.run(x)));
    }"""
    found = engine.call(encode, [encoded(part), x.flatten(1).tolist()])
    posterior = run.model().encode(x)
    np.testing.assert_allclose(found, torch.cat([posterior.mu, posterior.log_var], 1), atol=1e-4, rtol=1e-4)
