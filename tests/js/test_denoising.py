"""Noise by hand as the page Use lays it over a picture and takes it off, against numpy, scipy and torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from tests.js.models import model
from tests.js.node import Engine, encoded, running
from tests.js.page import PAGE
from vae_core.evaluation import denoisers
from vae_core.inspection.parts.denoising import redrawn
from vae_core.model.vae import VAE

MODULES = tuple(f"js/engine/{name}.js" for name in ("denoising", "decoder", "network", "safetensors"))
REDRAW = """([file, x, isBounded]) => {
    const weights = oddly(file);
    const encoder = new js.network.Network(js.safetensors.parseSafetensors(weights), "encoder");
    return Array.from(js.denoising.redrawn(encoder, js.decoder.openDecoder({ weights }), x, isBounded));
}"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has what denoises loaded."""
    with running(*MODULES) as node:
        yield node


@pytest.mark.parametrize("shape", [(1, 8, 5), (3, 4, 6)])
def test_the_median_is_that_of_scipy_plane_by_plane(engine: Engine, shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).normal(0.5, 1, shape).astype(np.float32)
    picture = dict(zip(("channels", "height", "width"), shape, strict=True))
    found = engine.call("([x, picture]) => Array.from(js.denoising.median(x, picture))", [x.ravel().tolist(), picture])
    np.testing.assert_allclose(np.reshape(found, shape), denoisers.median(x[None])[0], rtol=1e-6)


def test_noise_is_normal_the_same_for_a_seed_and_as_strong_as_the_slider_says(engine: Engine) -> None:
    noise, again, other = (np.array(engine.call("(seed) => Array.from(js.denoising.noiseOf(20000, seed))", seed)) for seed in (5, 5, 6))
    assert (noise == again).all() and abs(np.corrcoef(noise, other)[0, 1]) < 0.03
    shares = [noise.mean(), noise.std(), (np.abs(noise) < 1).mean()]
    assert shares == pytest.approx([0, 1, 0.683], abs=0.03)
    x = np.linspace(0, 1, 40)
    noisy, off = engine.call(
        "([x, e]) => { const y = js.denoising.withNoise(x, e, 0.4); return [Array.from(y), js.denoising.errorOf(y, x)]; }",
        [x.tolist(), noise[:40].tolist()],
    )
    np.testing.assert_allclose(noisy, x + 0.4 * noise[:40], atol=1e-6)
    assert off == pytest.approx(0.4 * np.sqrt((noise[:40] ** 2).mean()), rel=1e-5)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_a_picture_is_redrawn_as_torch_redraws_it(engine: Engine, written: Callable[[VAE], bytes], likelihood: str) -> None:
    vae = model("mlp", likelihood, (4, 5))
    x = np.random.default_rng(1).normal(0.5, 0.6, (4, 5)).astype(np.float32)
    is_bounded = vae.likelihood.support != "real"
    found = engine.call(REDRAW, [encoded(written(vae)), x.ravel().tolist(), is_bounded])
    np.testing.assert_allclose(np.reshape(found, (4, 5)), redrawn(vae, x[None])[0], atol=1e-5)


SLIDE = """([file, x]) => {
    const root = document.createElement();
    const figures = ["noisy", "model", "median", "clean"].map(() => {
        const figure = document.createElement();
        const canvas = figure.querySelector("canvas");
        canvas.getContext = () => ({ canvas, putImageData: () => {} });
        return figure;
    });
    root.querySelectorAll = (name) => (name === "figure" ? figures : []);
    const slider = root.querySelector(".bh-noise");
    slider.value = "0";
    const network = { weights: oddly(file) };
    const image = { sources: [{ name: "own", is_real: false, divisor: 16 }], "values/own": Uint8Array.from(x) };
    const packets = { "r/weights": network, "r/encoder": network, "r/row/3": image };
    const data = { run: "r", row: 3, support: "binary", texts: { verdict: "{noise} {noisy} {model} {median}" }, language: "en" };
    new js.denoising.Denoising(root).update({ data, bytes: (key) => packets[key] });
    const told = () => (drawn(), root.querySelector(".bh-verdict").textContent);
    const found = [told()];
    slider.value = "0.5";
    slider.dispatchEvent(new Event("input"));
    found.push(told());
    root.querySelector(".bh-again").dispatchEvent(new Event("click"));
    return [...found, told()];
}"""


def test_the_slider_lays_noise_over_the_picture_and_says_what_each_way_leaves(written: Callable[[VAE], bytes]) -> None:
    x = np.random.default_rng(2).integers(0, 17, (4, 5))
    vae = model("mlp", "bernoulli", (4, 5))
    with running("by_hand/denoising.js") as node:
        node.call(PAGE)
        told = node.call(SLIDE, [encoded(written(vae)), x.ravel().tolist()])
    none, some, other = ([float(one) for one in line.split()] for line in told)
    clean = (x / 16).astype(np.float32)
    off = [np.sqrt(((one - clean) ** 2).mean()) for one in (clean, redrawn(vae, clean[None])[0], denoisers.median(clean[None])[0])]
    assert none == pytest.approx([0, *off], abs=6e-4)
    assert some[0] == other[0] == 0.5 and 0.3 < some[1] < 0.75 and some[1:] != other[1:]
