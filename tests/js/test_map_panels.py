"""What the panels of the live map show and say, piece by piece in Node: each says what holds now, and of nothing that was before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from dashboard.i18n.texts import section, t
from tests.js import page
from tests.js.node import Engine, running

PANELS = ("samples", "likeness", "exact_posterior_panel", "posterior_panel", "trust_panel", "controls", "packets")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine with the panels, and as much of a page as they need."""
    modules = ("js/engine/quantile_scale.js", "js/engine/plane.js", "js/engine/words.js", "js/canvas/view.js", "js/host/store.js")
    with running(*modules, *(f"live_map/{name}.js" for name in PANELS)) as node:
        node.call(page.PAGE)
        yield node


# ------------------------------------------------------------------ words


def test_sentences_follow_one_another_as_their_language_wants_it(engine: Engine) -> None:
    said = [["One.", "", "Two?", "Three."], ["一。", "", "二？", "三：", "四。"], ["第 1 步", "一。"], []]
    assert engine.call("(said) => said.map(js.words.prose)", said) == ["One. Two? Three.", "一。二？三：四。", "第 1 步 一。", ""]


# ------------------------------------------------------------------ the weights


# What arrives twice, after something was said: how often the weights were looked at, and whether the map moves by them.
ARRIVE = """([isRefused, said]) => {
    const nothing = () => {}, store = js.store.shared(), context = () => ({ canvas: {} });
    const decoder = { picture: { channels: 1, height: 2, width: 2 }, engine: "plain" };
    store.decoders = new Map(isRefused ? [] : [["r", decoder]]);
    let looks = 0;
    const heavy = { get weights() { looks++; throw new Error("no weights"); } };
    const liveMap = {
        data: { run: "r" }, host: { bytes: (key) => (key === "r/weights" ? heavy : undefined) }, mu: [], error: said, refused: null,
        colouring: { colours: [], column: { name: "class" } }, setup: { get: () => "class" }, count: 0, film: {}, drawing: {},
        decoder: null,
        sets: { receive: nothing }, picture: context(), near: context(), badge: { size: nothing }, samples: { request: nothing },
        exact: { write: nothing }, root: { dataset: {} }, drawNoise: nothing, restartMosaic: nothing, moved: nothing, drawMove: nothing,
    };
    const errors = [0, 1].map(() => refusal(() => [...js.packets.arrive(liveMap)])?.split("\\n")[0] ?? "");
    return [looks, errors, liveMap.decoder === decoder, liveMap.root.dataset.ready ?? ""];
}"""


def test_what_was_said_before_does_not_keep_the_weights_away(engine: Engine) -> None:
    assert engine.call(ARRIVE, [False, "said before"]) == [0, ["", ""], True, "r"]
    assert engine.call(ARRIVE, [True, ""]) == [1, ["Error: no weights", ""], False, ""], "what is refused is tried once"


def test_a_grid_of_draws_is_saved_as_soon_as_there_are_weights(engine: Engine) -> None:
    script = """async () => {
        const said = [], liveMap = { on() {}, decoder: null, z: [0], setup: { number: () => 16 }, data: { run: "r@1" } };
        Object.assign(liveMap, { root: { querySelectorAll: () => [] }, say: (words) => said.push(words), worded: String });
        new js.samples.Samples(liveMap).pressed("save");
        await new Promise((done) => setTimeout(done));
        return said;
    }"""
    assert engine.call(script) == []


# ------------------------------------------------------------------ what lies on the map


# Where the outlines of one and two standard deviations reach to, as [left, right, top, low] each, beside where they should.
ELLIPSES = """([mu, sigma, isBent]) => {
    const view = Object.assign(new js.view.View(), { width: 600, height: 600, scale: 90 });
    if (isBent) [view.across, view.upward] = [1, 2].map(() => new js.quantile_scale.QuantileScale(20, 0.95, 3));
    if (isBent && mu.length === 1) view.upward = null;
    const inset = { canvas: { style: {} } }, liveMap = {
        data: { has_spread: true }, theme: { text: "text", ground: "ground" }, view, guard: (action) => action,
        leaving: new AbortController(), find: () => Object.assign(new EventTarget(), { getContext: () => inset }), isLikeness: false,
        plane: js.plane.Plane.ofAxes(mu.length, 0, 1), isPinned: true, a: 0, b: 0,
    };
    const posterior = Object.assign(new js.posterior_panel.Posterior(liveMap), { mu, sigma });
    if (!isBent) posterior.magnification = () => 0;
    const lines = [];
    posterior.draw({
        beginPath: () => lines.push([]), lineTo: (...place) => lines.at(-1).push(place), moveTo: (...place) => lines.at(-1).push(place),
        closePath() {}, stroke() {}, ellipse() {},
    });
    const edges = (places) => [0, 1].flatMap((axis) => [Math.min, Math.max].map((most) => most(...places.map((place) => place[axis]))));
    const [a, b = 0] = mu, [right, up = 0] = sigma;
    const wanted = [2, 1].map((n) => [view.px(a - n * right), view.px(a + n * right), view.py(b + n * up), view.py(b - n * up)]);
    return [lines.map(edges), [...wanted, ...wanted], inset.canvas.hidden];
}"""


@pytest.mark.parametrize("is_bent", [False, True])
@pytest.mark.parametrize("d", [1, 2])
def test_the_cloud_of_a_drawing_is_as_large_as_the_axes_say(engine: Engine, d: int, is_bent: bool) -> None:
    """On axes at the prior's quantiles too, where no number of times could tell how much an inset magnifies."""
    found, wanted, is_hidden = engine.call(ELLIPSES, [[1.2, -0.5][:d], [0.4, 0.15][:d], is_bent])
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    assert is_hidden


def test_the_lines_of_the_exact_posterior_go_with_their_picture(engine: Engine) -> None:
    script = """([isAsked, x]) => {
        const field = { checked: isAsked, hidden: false };
        const liveMap = { on() {}, find: () => field, drawing: { x }, schedule() {}, decoder: {}, drawOver() {} };
        const panel = Object.assign(new js.exact_posterior_panel.ExactPosterior(liveMap), { lines: [[0, 0, 1, 1]] });
        panel.request();
        return [panel.lines, panel.task.isBusy];
    }"""
    assert engine.call(script, [True, [0, 1]]) == [None, True], "lines of the picture before"
    assert engine.call(script, [False, [0, 1]]) == engine.call(script, [True, None]) == [None, False]


def test_by_likeness_the_image_is_named_whose_place_z_has(engine: Engine) -> None:
    script = """() => {
        const liveMap = {
            z: new Float64Array(2), mu: Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6), badge: { nearest: 2 }, moved() {}, data: {},
            labels: null,
            text: (key, { name = "", row = "" } = {}) => [key, name, row].join("|"), indexes: [10, 11, 12], files: [],
            colouring: { column: { name: "class" } },
        };
        const likeness = Object.assign(new js.likeness.Likeness(liveMap), { flat: [0, 1, 2, 3, 4, 5], row: null });
        const shown = () => [likeness.words, likeness.spot];
        const found = [shown()];
        likeness.go(1);
        found.push(shown());
        liveMap.z[0] += 0.1;
        return [...found, shown()];
    }"""
    free, held, moved = engine.call(script)
    assert held == ["umap_caution_at|test_image_unnamed||11|", [2, 3]]
    assert free == moved == ["umap_caution||", [4, 5]], "something else has moved z"


# ------------------------------------------------------------------ what is near, and what is said


def test_where_there_are_fewer_images_than_places_for_near_ones_the_rest_are_hidden(engine: Engine) -> None:
    script = """(count) => {
        const found = {}, select = (what) => (found[what] ??= [0, 1, 2].map(() => document.createElement("p")));
        const liveMap = {
            root: { querySelectorAll: select }, awake: [0], awakeZ: new Float64Array(1), z: [0], drawing: {}, text: String,
            points: { nearest: (_, rows) => rows.forEach((_, n) => (rows[n] = n < count ? n : -1)) },
        };
        const panel = new js.trust_panel.TrustPanel(liveMap);
        panel.drawn = [0, 1, 2];
        for (const _ of panel.steps()) ;
        return found[".ll-three figure"].map(({ hidden }) => hidden);
    }"""
    assert [engine.call(script, count) for count in (1, 3)] == [[False, True, True], [False] * 3]


def test_a_collapsed_map_says_nothing_of_the_way_back(engine: Engine) -> None:
    script = """(awake) => {
        const back = { textContent: "" }, element = () => document.createElement("p");
        const liveMap = {
            root: { querySelectorAll: () => [1, 2, 3].map(element) }, points: { nearest: (_, rows) => rows.fill(-1) }, awake,
            awakeZ: new Float64Array(2), z: [0.5, 0.5], drawing: { encoder: { run: () => [0.5, 0.5, 0, 0] } },
            decoder: { decode: () => [] }, data: { has_spread: true }, find: () => back, text: (key, { far }) => `${key} ${far}`,
        };
        const panel = new js.trust_panel.TrustPanel(liveMap);
        panel.drawn = [-1, -1, -1];
        for (const _ of panel.steps()) ;
        return back.textContent;
    }"""
    assert engine.call(script, []) == "" and engine.call(script, [0, 1]) == "back_near 0.00"


CONTROLS = """([kl, sliders, texts]) => {
    const parts = {}, find = (name) => (parts[name] ??= document.createElement("p")), write = () => {}, quiet = { write };
    const data = { kl, asleep: 0.01, order: kl.map((_, dim) => dim), has_film: true, has_prior: true, look: "dark" };
    const liveMap = { find, write, data, setup: {}, drawing: quiet, exact: quiet, fog: quiet };
    liveMap.text = (key, values = {}) => js.words.filled(texts[key] ?? key, (name) => values[name]);
    find("sliders_asleep").children = new Array(sliders);
    const controls = { root: { querySelectorAll: () => [] }, sliders: [], liveMap };
    Object.assign(Object.create(js.controls.Controls.prototype), controls).update();
    return [find("fold_words").textContent, find("fold").hidden];
}"""


@pytest.mark.parametrize(
    ("kl", "sliders", "words"),
    [
        ([1.0] * 10 + [0.0] * 90, 54, "90 inactive dimensions: moving them changes almost nothing"),
        ([1.0, 0.0], 1, "1 inactive dimension: moving it changes almost nothing"),
        ([1.0, None], 0, None),
    ],
)
def test_inactive_dimensions_are_counted_with_and_without_a_slider(engine: Engine, kl: list[Any], sliders: int, words: str | None) -> None:
    found, is_hidden = engine.call(CONTROLS, [kl, sliders, {"asleep": section("live_map")["asleep"]}])
    assert is_hidden == (not sliders) and (words is None or found == words)


def test_one_kind_is_counted_as_one() -> None:
    assert [t("live_map.legend_others", n=n) for n in (1, 2)] == ["others (1 kind)", "others (2 kinds)"]
