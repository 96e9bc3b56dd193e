"""Completions as the page Use draws them: weights against torch, and the exact answer of a linear model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from dashboard.components import by_hand
from dashboard.i18n.texts import section
from tests.js import page
from tests.js.models import model
from tests.js.node import Engine, encoded, running
from tests.places import SHIPPED
from vae_core.data import sources
from vae_core.evaluation.completion import Candidates, complete
from vae_core.model.vae import VAE
from vae_core.runs.listing import load_run

MODULES = tuple(f"js/engine/{name}.js" for name in ("completion", "decoder", "task", "cholesky"))
COMPLETE = """([file, facts, places, x, seen, samples]) => {
    let state = 1;
    const random = () => ((state = (state * 48271) % 2147483647) / 2147483647);
    const bell = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const completer = new js.completion.Completer(js.decoder.openDecoder({ weights: oddly(file) }), facts);
    js.task.whole(completer.prepare(places));
    const found = js.task.whole(completer.complete(x, Int32Array.from(seen), samples, bell));
    const average = Array.from(js.completion.averageOf(found));
    const plain = { ...found, zs: found.zs.map((z) => Array.from(z)), average };
    for (const key of ["weights", "logDensity", "pictures"]) plain[key] = Array.from(found[key]);
    return plain;
}"""
SEEN = np.arange(20) % 3 > 0
# The same picture completed from the same draws: without candidates, with its own place alone, and with its own and another one.
OWN = """([file, facts, places, x, seen]) => {
    const completed = (count) => {
        let state = 1;
        const random = () => ((state = (state * 48271) % 2147483647) / 2147483647);
        const bell = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
        const completer = new js.completion.Completer(js.decoder.openDecoder({ weights: oddly(file) }), facts);
        js.task.whole(completer.prepare(places.slice(0, count * completer.d), [7, 8]));
        const found = js.task.whole(completer.complete(x, Int32Array.from(seen), 20, bell, 7));
        return [Array.from(found.weights), found.zs.map((z) => Array.from(z))];
    };
    return [0, 1, 2].map(completed);
}"""
SWITCH = """([file, mu, rows, images]) => {
    const root = document.createElement();
    const figures = Array.from({ length: 4 }, () => {
        const figure = document.createElement();
        const canvas = figure.querySelector("canvas");
        canvas.getContext = () => ({ canvas, putImageData: () => {} });
        return figure;
    });
    root.querySelectorAll = (name) => (name === "figure" ? figures : []);
    const bytes = (numbers) => new Uint8Array(numbers.buffer);
    const points = { mu: bytes(Float32Array.from(mu)), rows: bytes(Int32Array.from(rows)), labels: new Uint8Array() };
    const packets = { "r/weights": { weights: oddly(file) }, "r/points": points };
    const own = { name: "own", is_real: false, divisor: 16 };
    rows.forEach((row, n) => (packets[`r/row/${row}`] = { sources: [own], "values/own": Uint8Array.from(images[n]) }));
    const texts = { verdict: "{average} {one}", nothing: "nothing" };
    const stage = new js.completion.Completing(root);
    const open = (row) =>
        stage.update({ data: { run: "r", row, support: "binary", levels: 16, texts, language: "en" }, bytes: (key) => packets[key] });
    const told = () => ["verdict", "note"].map((name) => root.querySelector(`.bh-${name}`).textContent ?? "");
    open(rows[0]);
    drawn();
    const candidates = stage.completer.candidates.map(({ row }) => row);
    const before = told();
    stage.say("of the first image");
    stage.ask();
    stage.task.go();
    const shows = [];
    const [show, complete] = [stage.show, stage.completer.complete];
    stage.show = (erased) => shows.push(stage.row) && show.call(stage, erased);
    stage.completer.complete = (...all) => shows.push(["own", all[4]]) && complete.apply(stage.completer, all);
    const was = stage.task.isBusy;
    open(rows[1]);
    const between = told();
    drawn();
    return { candidates, before, was, between, shows, after: told() };
}"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has what completes loaded."""
    with running(*MODULES) as node:
        yield node


def completed(engine: Engine, file: bytes, told: dict[str, Any], places: np.ndarray, x: np.ndarray, seen: np.ndarray, n: int) -> dict:
    """Return what the page computes."""
    return engine.call(COMPLETE, [encoded(file), told, places.ravel().tolist(), x.ravel().tolist(), np.flatnonzero(seen).tolist(), n])


def test_of_a_linear_model_they_are_the_conditional_normal(engine: Engine, written: Callable[[VAE], bytes]) -> None:
    vae, generator = model("linear", "gaussian", (4, 5)), np.random.default_rng(0)
    sigma = float(vae.likelihood.variance.sqrt())
    layer = vae.decoder[0]
    w, b = (one.detach().double().numpy() for one in (layer.weight, layer.bias))
    x = b + w @ generator.normal(size=3) + sigma * generator.normal(size=20)
    told = {"support": "real", "sigma": sigma, "levels": 255}
    found = completed(engine, written(vae), told, generator.normal(size=(40, 3)), x, SEEN, 300)
    whole = w @ w.T + sigma**2 * np.eye(20)
    gain = whole[~SEEN][:, SEEN] @ np.linalg.inv(whole[np.ix_(SEEN, SEEN)])
    drawn = np.array(found["pictures"]).reshape(300, 20)[:, ~SEEN]
    assert np.array(found["average"])[~SEEN] == pytest.approx(b[~SEEN] + gain @ (x[SEEN] - b[SEEN]), abs=1e-3)
    spread = np.cov(drawn.T, aweights=found["weights"], bias=True) + sigma**2 * np.eye(drawn.shape[1])
    assert spread == pytest.approx(whole[np.ix_(~SEEN, ~SEEN)] - gain @ whole[np.ix_(SEEN, ~SEEN)], abs=1e-3)
    assert found["effective"] == pytest.approx(300, rel=1e-2) and found["modes"] == 1


@torch.no_grad()
def test_weights_are_those_of_torch_and_the_average_that_of_python(engine: Engine) -> None:
    run, digits = load_run(SHIPPED, "digits-2d"), sources.load("digits")
    vae, latents = run.model(), run.latents()
    x = torch.from_numpy((digits.values[latents.rows[3]] / digits.divisor).astype(np.float32))
    seen = np.repeat([True, False], 32)
    told = {"support": "binary", "sigma": None, "levels": 16}
    found = completed(engine, (SHIPPED / "digits-2d" / "model.safetensors").read_bytes(), told, latents.mu[4:260], x.numpy(), seen, 400)
    z = torch.tensor(found["zs"], dtype=torch.float32)
    per_pixel = vae.likelihood.log_prob_map(vae.decode(z), x[None]).flatten(1)[:, torch.from_numpy(seen)]
    log_w = per_pixel.double().sum(1) + vae.prior.log_prob(z).double() - torch.tensor(found["logDensity"], dtype=torch.float64)
    assert found["weights"] == pytest.approx(log_w.softmax(0).numpy(), abs=1e-4) and found["effective"] > 100
    python = complete(vae, x[None], seen.reshape(8, 8), Candidates.at(vae, latents.mu[4:260]), samples=400)
    assert np.array(found["average"]) == pytest.approx(python.mean.ravel(), abs=0.04)


def test_the_place_of_the_image_itself_does_not_climb_and_without_another_the_middle_of_the_prior_does(
    engine: Engine, written: Callable[[VAE], bytes]
) -> None:
    vae, generator = model("mlp", "bernoulli", (4, 5)), np.random.default_rng(3)
    told, x = {"support": "binary", "sigma": None, "levels": 255}, generator.random(20)
    places = generator.normal(size=(2, 3))
    none, own, both = engine.call(OWN, [encoded(written(vae)), told, places.ravel().tolist(), x.tolist(), np.flatnonzero(SEEN).tolist()])
    assert none == own and np.sum(none[0]) == pytest.approx(1) and np.isfinite(none[1]).all() and both != own


def test_another_image_is_not_shown_what_was_under_way_for_the_last_one() -> None:
    run, digits = load_run(SHIPPED, "digits-2d"), sources.load("digits")
    latents = run.latents()
    rows = latents.rows[:12].tolist()
    file, images = (SHIPPED / "digits-2d" / "model.safetensors").read_bytes(), digits.values[rows].reshape(12, -1)
    with running("by_hand/completion.js") as node:
        node.call(page.PAGE)
        found = node.call(SWITCH, [encoded(file), latents.mu[:12].ravel().tolist(), rows, images.tolist()])
    assert found["was"] and found["candidates"] == rows, "made once for all images, each of which leaves out its own"
    assert found["between"] == ["", ""], "neither numbers nor a sentence of the image before"
    assert found["shows"] == [["own", rows[1]], rows[1]], "once, and of the new image"
    assert found["before"][0] != found["after"][0] != "nothing"


def test_what_is_shown_comes_evenly_by_weight(engine: Engine) -> None:
    assert engine.call("() => js.completion.someOf([0.5, 0, 0.25, 0.25], 4)") == [0, 0, 2, 3]
    matrix = np.array([[4.0, 2, 0.6], [2, 5, 1], [0.6, 1, 3]])
    inverse = engine.call("(a) => Array.from(js.cholesky.inverse(js.cholesky.cholesky(a, 3), 3))", matrix.ravel().tolist())
    assert np.reshape(inverse, (3, 3)) == pytest.approx(np.linalg.inv(matrix), abs=1e-12)


ERASE = """([height, width]) => {
    const root = document.createElement();
    const on = (name, type, act) => root.querySelector(name).addEventListener(type, act);
    let changes = 0;
    const eraser = new js.eraser.Eraser({ find: (name) => root.querySelector(name), on }, () => changes++);
    const pad = root.querySelector("pad");
    const press = (key, shiftKey = false) => pad.dispatchEvent(Object.assign(new Event("keydown"), { key, shiftKey }));
    const seen = () => [changes, Array.from(eraser.erased)];
    eraser.open(new Float32Array(height * width), { channels: 1, height, width });
    const found = [seen()];
    root.querySelector("all").dispatchEvent(new Event("click"));
    found.push(seen());
    pad.point("pointerdown", 25, 25);
    pad.point("pointermove", 75, 25);
    pad.point("pointerup", 75, 25);
    pad.point("pointermove", 175, 175);
    found.push(seen());
    root.querySelector("restore").dispatchEvent(new Event("click"));
    pad.point("pointerdown", 75, 25);
    pad.point("pointerup", 75, 25);
    found.push(seen());
    root.querySelector("erase").dispatchEvent(new Event("click"));
    press("ArrowRight");
    found.push(seen());
    press(" ");
    for (let n = 0; n < 3; n++) press("ArrowRight", true);
    press(" ");
    press("ArrowUp", true);
    return [...found, seen()];
}"""


def test_a_pointer_and_keys_erase_what_lies_under_them() -> None:
    with running("by_hand/eraser.js") as node:
        node.call(page.PAGE)
        found = [(changes, np.reshape(erased, (4, 4))) for changes, erased in node.call(ERASE, [4, 4])]
    assert [found[0][1].tolist(), found[1][1].sum()] == [[[0] * 4, [0] * 4, [1] * 4, [1] * 4], 0], "first the lower half, then nothing"
    assert np.argwhere(found[2][1]).tolist() == [[0, 0], [0, 1]], "along the stroke, and nothing once the pointer is up"
    assert np.argwhere(found[3][1]).tolist() == [[0, 0]] and found[3][0] > found[2][0], "what is brought back"
    assert found[4][0] == found[3][0], "a lifted eraser changes nothing"
    by_keys = found[5][1] - found[4][1]
    assert by_keys[:, 2:].sum() == by_keys.sum() > 0 and by_keys[0].sum() == 0 and found[5][0] > found[4][0]


@pytest.mark.parametrize("kind", ["completion", "denoising"])
def test_every_word_that_the_page_asks_for_is_there(kind: str) -> None:
    files = [by_hand.HERE / f"{kind}.js", *([by_hand.HERE / "eraser.js"] if kind == "completion" else [])]
    code = "".join(file.read_text(encoding="utf-8") for file in files)
    markup = (by_hand.HERE / f"{kind}.html").read_text(encoding="utf-8")
    asked = set(re.findall(r'data-text="(\w+)"', markup)) | set(re.findall(r'\.text\("(\w+)"', code))
    chosen = {"completion": {"worth", "worth_1", "worth_little"}, "denoising": {"noisy_off", "model_off", "median_off", "clean"}}
    assert asked | chosen[kind] | {"image"} == set(section(f"inspect.{kind}.live"))
