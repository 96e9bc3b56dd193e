"""The arithmetic of the live map, against numpy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dashboard.components import run_packets
from tests.js.node import Engine, running
from vae_core.runs.listing import load_run

ENGINE = ("plane", "density", "numbers", "gaussian", "likelihoods", "words")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has the map's arithmetic loaded."""
    modules = [f"live_map/{name}.js" for name in ("captions", "column_names")]
    modules += [f"js/canvas/{name}.js" for name in ("colouring", "mosaic", "pictures")]
    with running(*modules, *(f"js/engine/{name}.js" for name in ENGINE)) as node:
        yield node


def test_a_move_keeps_what_lies_across_the_plane(engine: Engine) -> None:
    axes, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((5, 2)))
    z = np.random.default_rng(2).standard_normal(5)
    move = """([u, v, z, a, b]) => {
        const plane = new js.plane.Plane(u, v);
        plane.moveTo(z, a, b);
        return [z, js.plane.Plane.along(u, z), js.plane.Plane.along(v, z), Array.from(plane.project(z, 1))];
    }"""
    moved, a, b, flat = engine.call(move, [axes[:, 0].tolist(), axes[:, 1].tolist(), z.tolist(), 0.7, -1.3])
    assert (a, b) == (pytest.approx(0.7), pytest.approx(-1.3)) and flat == pytest.approx([0.7, -1.3], rel=1e-6)
    across = np.eye(5) - axes @ axes.T
    np.testing.assert_allclose(across @ moved, across @ z, atol=1e-12)
    in_one = "(z) => { const p = js.plane.Plane.ofAxes(1, 0, 0); p.moveTo(z, 2, 9); return [z, p.v, Array.from(p.project([5], 1))]; }"
    assert engine.call(in_one, [0.5]) == [[2], None, [5, -1]]


def test_the_nearest_are_those_that_brute_force_finds(engine: Engine) -> None:
    rng = np.random.default_rng(3)
    points, z = rng.standard_normal((500, 4)), rng.standard_normal(4)
    find = """([points, z, k]) => {
        const [rows, distances] = [new Int32Array(k), new Float64Array(k)];
        js.plane.nearest(points.flat(), points.length, z, rows, distances);
        return [Array.from(rows), Array.from(distances, (far) => Number.isFinite(far) ? far : null)];
    }"""
    rows, distances = engine.call(find, [points.tolist(), z.tolist(), 20])
    far = np.linalg.norm(points - z, axis=1)
    assert rows == np.argsort(far)[:20].tolist()
    np.testing.assert_allclose(distances, np.sort(far)[:20])
    rows, distances = engine.call(find, [points[:2].tolist(), z.tolist(), 3])
    assert rows[2] == -1 and distances[2] is None
    vote = "([labels, rows]) => js.plane.vote(labels, rows, new Int32Array(3))"
    assert engine.call(vote, [[0, 2, 2, 1], [0, 1, 2, -1]]) == 2


@pytest.mark.parametrize("d", [1, 2, 5])
def test_points_in_order_find_the_same_neighbours(engine: Engine, d: int) -> None:
    rng = np.random.default_rng(5)
    points = np.round(rng.standard_normal((300, d)), 1)  # many of them alike
    places = np.concatenate([np.round(rng.standard_normal((20, d)), 1), np.full((1, d), -9.0), np.full((1, d), 9.0)])
    both = """([points, places, k]) => {
        const flat = points.flat(), d = places[0].length, known = new js.plane.Neighbours(flat, points.length, d);
        return places.map((z) => {
            const [rows, distances, others, far] = [new Int32Array(k), new Float64Array(k), new Int32Array(k), new Float64Array(k)];
            js.plane.nearest(flat, points.length, z, rows, distances);
            known.find(z, others, far);
            return [Array.from(rows), Array.from(distances), Array.from(others), Array.from(far)];
        });
    }"""
    for rows, distances, others, far in engine.call(both, [points.tolist(), places.tolist(), 20]):
        assert others == rows and far == distances


def test_the_arc_keeps_the_length_and_the_line_is_straight(engine: Engine) -> None:
    rng = np.random.default_rng(4)
    a, b = (vector / np.linalg.norm(vector) * 3 for vector in rng.standard_normal((2, 6)))
    way = "([a, b, shares, arc]) => shares.map((t) => js.plane.between(a, b, t, arc, new Array(a.length)))"
    shares = np.linspace(0, 1, 9)
    arc = np.array(engine.call(way, [a.tolist(), b.tolist(), shares.tolist(), True]))
    np.testing.assert_allclose(np.linalg.norm(arc, axis=1), 3)
    np.testing.assert_allclose(np.linalg.norm(np.diff(arc, axis=0), axis=1), np.linalg.norm(arc[1] - arc[0]))
    line = np.array(engine.call(way, [a.tolist(), b.tolist(), shares.tolist(), False]))
    np.testing.assert_allclose(line, a + shares[:, None] * (b - a), atol=1e-12)
    for ends in ([a, -a], [a, a], [0 * a, a]):  # no arc is defined
        path = engine.call(way, [*[end.tolist() for end in ends], shares.tolist(), True])
        np.testing.assert_allclose(path, ends[0] + shares[:, None] * (ends[1] - ends[0]), atol=1e-12)


def test_class_names_stand_where_the_class_is_densest_and_apart(engine: Engine) -> None:
    rng = np.random.default_rng(5)
    # Class 0 has a dense spot and a far outlier, so that its mean lies elsewhere; class 1 lies on the same spot; class 2 has no point.
    cloud = np.concatenate([rng.normal((1, -1), 0.1, (200, 2)), np.full((60, 2), -2.5), rng.normal((1, -1), 0.1, (100, 2))])
    labels = [0] * 260 + [1] * 100
    spots = engine.call("([flat, labels]) => js.density.densest(flat, labels, 3, -3, 3, 0.5)", [cloud.ravel().tolist(), labels])
    assert np.linalg.norm(np.subtract(spots[0], (1, -1))) < 0.2
    assert 0.5 <= np.linalg.norm(np.subtract(spots[0], spots[1])) < 1
    assert spots[2] is None
    cells = engine.call("(flat) => Array.from(js.density.density(flat, 40, -3, 3))", cloud.ravel().tolist())
    row, column = divmod(int(np.argmax(cells)), 40)
    assert max(cells) == 1 and (-3 + (column + 0.5) * 0.15, 3 - (row + 0.5) * 0.15) == pytest.approx((1, -1), abs=0.2)


def test_on_one_spot_no_class_has_a_name(engine: Engine) -> None:
    cloud = np.random.default_rng(6).normal((0.1, 0.2), 0.1, (300, 2))
    spread, none, some = (
        engine.call(f"([flat, labels]) => js.density.{what}", [cloud.ravel().tolist(), [row % 3 for row in range(300)]])
        for what in ("spread(flat)", "densest(flat, labels, 3, -3, 3, 0.2)", "densest(flat, labels, 3, -3, 3, 0.1)")
    )
    assert spread == pytest.approx(float(np.hypot(*cloud.std(0)))) and none == [] and len(some) == 3


# What is said of a place, on the landing page: where `reason` tells why a run has no measure, its distance from the images decides.
TRUST = """([collapsed, percent, reason, isOutside, isHeldOut = true]) => {
    const data = { collapsed, names: ["zero", "one"], reach: 1, is_held_out: isHeldOut };
    const near = { labels: [0, 1, 1], rows: [1, 2], count: 3 };
    const liveMap = { data, ...near, fog: { reason }, isLanding: true, isOutside: () => isOutside, text: (key) => key };
    return js.captions.trust(liveMap, percent === null ? null : { percent, isInFog: percent < 1 });
}"""


def test_what_is_said_of_a_place_goes_by_one_measure(engine: Engine) -> None:
    """A distance decides only where a run has no density to be compared with a prior, and never before that has come."""
    cases = {
        "in_fog_deep": (False, 0, "", False), "in_fog": (False, 0.9, "", False), "near_unseen": (False, 1, "", True),
        "near_seen": (False, 1, "", True, False), "outside": (False, None, "fog_none_point", True),
    }  # fmt: skip
    assert {key: engine.call(TRUST, list(case)) for key, case in cases.items()} == {key: key for key in cases}
    assert engine.call(TRUST, [False, None, "", True]) == engine.call(TRUST, [False, None, "fog_none_point", False]) == "near_unseen"


def test_a_ratio_is_compared_from_the_side_on_which_more_images_lie(engine: Engine) -> None:
    words = """([z, percents]) => percents.map((percent) => {
        const fog = { trust: { density: { rim: 3.0349 } }, sampled: () => [] };
        const liveMap = { z, fog, text: (key, { at, nats, n }) => `${key} ${at} ${nats} ${n}` };
        return js.captions.ratioWords(liveMap, { nats: -7.26, percent });
    })"""
    found = engine.call(words, [[3, 0.3], [0, 0.4, 1, 30.5, 49.99, 50, 72.4, 99.5, 100]])
    sides = ["low 99", "low 99", "low 99", "low 69", "low 50", "high 50", "high 72", "high 99", "high 99"]
    assert found == ["ratio_{} z −7.3 {}".format(*side.split()) for side in sides]
    assert engine.call(words, [[3, 0.6], [0]]) == ["ratio_low |z| = 3.03 −7.3 99"], "beyond the rim p is another number, and says so"


def test_a_collapsed_map_says_that_it_says_nothing(engine: Engine, tiny_root: Path) -> None:
    said = [engine.call(TRUST, [True, percent, "", False]) for percent in (0, 50)]
    assert said == ["collapsed", "collapsed"]
    run = load_run(tiny_root, "tiny-2d")
    lost = replace(run, summary=run.summary | {"test": run.summary["test"] | {"asleep": 2}})
    assert [run_packets.run_facts(one, one.latents())["collapsed"] for one in (run, lost)] == [False, True]


def test_ticks_are_round_and_far_enough_apart(engine: Engine) -> None:
    assert engine.call("() => js.numbers.ticks(-3.3, 3.3, 640)", None) == [-3, -2, -1, 0, 1, 2, 3]
    for low, high, pixels in ((-0.013, 0.011, 300), (-40, 90, 640), (1e-7, 3e-7, 500)):
        found = engine.call("([low, high, pixels]) => js.numbers.ticks(low, high, pixels)", [low, high, pixels])
        assert len(found) > 1 and min(found) >= low and max(found) <= high
        step = (found[1] - found[0]) * pixels / (high - low)
        assert step >= 63.9 and np.diff(found) == pytest.approx(found[1] - found[0], rel=1e-3)


def test_axis_names_are_those_of_python(engine: Engine) -> None:
    from dashboard.i18n.format import axis

    assert engine.call("() => [0, 8, 9, 127].map(js.numbers.axisName)", None) == [axis(dim) for dim in (0, 8, 9, 127)]


@pytest.mark.parametrize(
    ("support", "name"),
    [("binary", "bernoulli"), ("unit", "continuous-bernoulli"), ("real", "gaussian"), ("levels", "discretised-logistic")],
)
def test_samples_have_the_mean_of_their_likelihood(engine: Engine, support: str, name: str) -> None:
    import torch

    from vae_core.model.likelihoods import LIKELIHOODS

    params = np.linspace(-4, 4, 9) if support in ("binary", "unit") else np.linspace(0, 1, 9)
    family = LIKELIHOODS[name](sigma=0.3, quantum=1 / 4)
    means = family.mean(torch.tensor(params)[None]).detach().numpy()
    draw = """([support, params, means, often]) => {
        let seed = 1;
        const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
        const sums = means.map(() => [0, 0]);
        for (let n = 0; n < often; n++) {
            const noise = { uniform: means.map(random), bell: means.map(() => js.gaussian.normal(random)) };
            const drawn = js.likelihoods.sample({ support, sigma: 0.3, levels: 4 }, params, means, noise, []);
            drawn.forEach((x, i) => { sums[i][0] += x; sums[i][1] += x * x; });
        }
        return sums.map(([sum, squares]) => [sum / often, squares / often]);
    }"""
    often = 20_000
    found = np.array(engine.call(draw, [support, params.tolist(), means.tolist(), often]))
    np.testing.assert_allclose(found[:, 0], means, atol=5 * 0.5 / often**0.5)
    if support == "real":
        np.testing.assert_allclose(found[:, 1] - found[:, 0] ** 2, 0.09, rtol=0.06)
    if support == "levels":
        chances = (
            family.log_prob_map(torch.tensor(params).expand(1, 5, 9), torch.linspace(0, 1, 5)[:, None].expand(5, 9)).exp().detach().numpy()
        )
        np.testing.assert_allclose(found[:, 1], (np.linspace(0, 1, 5) ** 2) @ chances, atol=0.02)
    if support == "binary":
        np.testing.assert_allclose(found[:, 0], found[:, 1])


INK = """({ grey, width, isDark, columns, rows, inks, frame, frames }) => {
    const [tall, wide] = [grey.length, grey[0].length];
    const pixels = (from, height) => grey.slice(from, from + height).flat().flatMap((value) => [value, value, value, 255]);
    let told = null;
    globalThis.ImageData = class {
        constructor(width, height) {
            this.data = new Uint8ClampedArray(4 * width * height);
        }
    };
    globalThis.OffscreenCanvas = class {
        constructor(width, height) {
            Object.assign(this, { width, height });
        }
        getContext() {
            let from = 0;
            return {
                drawImage: (_, x, y) => (from = -y),
                getImageData: (x, y, width, height) => ({ data: Uint8ClampedArray.from(pixels(from, height)) }),
                putImageData: (image) => (told = Array.from(image.data)),
            };
        }
    };
    const painter = js.pictures.painterOf({ channels: 1, height: 2, width }, isDark);
    painter.tintCells({ width: wide, height: tall }, columns, rows, (n) => inks[n], frame, frames);
    return told;
}"""


@pytest.mark.parametrize(("width", "is_dark"), [(2, False), (1, False), (2, True), (1, True)])
def test_each_cell_of_a_stored_map_is_ink_of_its_own_colour(engine: Engine, width: int, is_dark: bool) -> None:
    """Two frames of 2 x 3 cells of 2 x 2 dots; the second is inked, where it is light or where it is dark, and not beside its pictures."""
    grey = np.random.default_rng(7).integers(0, 256, (8, 6))
    inks = [[[10 * n, 20 * n, 30 * n], 1 - n / 10] for n in range(6)]
    map_ = {"grey": grey.tolist(), "width": width, "isDark": is_dark, "columns": 3, "rows": 2, "inks": inks, "frame": 1, "frames": 2}
    found = np.array(engine.call(INK, map_)).reshape(4, 6, 4)
    for n, (colour, strength) in enumerate(inks):
        row, column = divmod(n, 3)
        part = found[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
        ink = grey[4 + 2 * row : 6 + 2 * row, 2 * column : 2 * column + width]
        assert (part[:, :width, :3] == colour).all() and (part[:, width:, 3] == 0).all()
        np.testing.assert_allclose(part[:, :width, 3], strength * (255 - ink if is_dark else ink), atol=0.51)


def test_the_middles_of_a_maps_cells_are_those_of_python(engine: Engine) -> None:
    from vae_core.latent.grids import even_axis, grid_points

    found = engine.call("() => Array.from({ length: 36 }, (_, n) => new js.mosaic.Mosaic(6, 6, 3.3).placeOf(n))")
    np.testing.assert_allclose(found, grid_points(even_axis(6, 3.3), 2).reshape(-1, 2), atol=1e-12)


def test_one_and_many_are_told_apart_as_in_python(engine: Engine) -> None:
    say = "([words, n]) => js.words.filled(words, (name) => ({ n, name: 'x' })[name])"
    words = "{name}: {n} {n:image is/images are} here"
    told = [engine.call(say, [words, n]) for n in (1, "1", "1,000", 0)]
    assert told == ["x: 1 image is here", "x: 1 image is here", "x: 1,000 images are here", "x: 0 images are here"]


def test_what_may_be_coloured_by_later_is_said_and_not_offered(engine: Engine) -> None:
    offer = """(names) => {
        globalThis.document = { createElement: (tag) => ({ tag, options: [], append(...options) { this.options = options; } }) };
        const columns = names.map((name) => ({ name, group: name === "class" ? "image" : "cost" }));
        const groups = js.column_names.columnOptions({ data: { columns }, text: (key) => key });
        return groups.flatMap(({ options }) => options.filter(({ disabled }) => disabled).map(({ textContent }) => textContent));
    }"""
    assert engine.call(offer, ["class", "kl"]) == ["column_under_none"]
    assert engine.call(offer, ["class", "kl", "under:other"]) == [] == engine.call(offer, ["class"])
