"""The arithmetic of Explore's workspace: quantile scales, contours, distances from a plane, draws by seed."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import NormalDist

import numpy as np
import pytest

from tests.js.node import Engine, running
from vae_core.latent.grids import even_axis, quantile_axis

BELL = NormalDist()
PANELS = ("samples", "likeness", "exact_posterior_panel", "turns", "map_points")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine with the workspace's modules."""
    modules = ("quantile_scale", "contours", "exact_posterior", "slice", "density", "plane", "task", "aggregate_posterior")
    with running(*(f"js/engine/{name}.js" for name in modules), "js/canvas/view.js", *(f"live_map/{name}.js" for name in PANELS)) as node:
        yield node


def test_the_bell_curve_and_its_inverse(engine: Engine) -> None:
    z = np.linspace(-6, 6, 41)
    shares = engine.call("(z) => z.map(js.quantile_scale.shareBelow)", z.tolist())
    np.testing.assert_allclose(shares, [BELL.cdf(value) for value in z], atol=1e-15)
    p = np.linspace(0.0005, 0.9995, 41)
    np.testing.assert_allclose(
        engine.call("(p) => p.map(js.quantile_scale.quantile)", p.tolist()), [BELL.inv_cdf(one) for one in p], atol=1e-9
    )


@pytest.mark.parametrize(("side", "coverage"), [(2, 0.5), (20, 0.95), (40, 0.999)])
def test_the_middles_of_the_cells_are_the_quantiles_of_the_manifold(engine: Engine, side: int, coverage: float) -> None:
    script = """([side, coverage, places]) => {
        const scale = new js.quantile_scale.QuantileScale(side, coverage, 3);
        const values = places.map((place) => scale.from(place));
        return [values, values.map((value) => scale.to(value))];
    }"""
    places = even_axis(side, 3.0)
    values, back = engine.call(script, [side, coverage, places.tolist()])
    np.testing.assert_allclose(values, quantile_axis(side, coverage), atol=1e-9)
    np.testing.assert_allclose(back, places, atol=1e-9)


def test_a_window_with_scales_finds_its_places_again_and_zooms_about_the_pointer(engine: Engine) -> None:
    script = """([a, b]) => {
        const view = new js.view.View();
        view.resize(600, 600, 1);
        view.across = view.upward = new js.quantile_scale.QuantileScale(20, 0.95, 3);
        view.fit(3.3, false);
        const [px, py] = [view.px(a), view.py(b)];
        view.zoom(2.5, px, py);
        return [px - view.px(a), py - view.py(b), view.worldX(px), view.worldY(py)];
    }"""
    np.testing.assert_allclose(engine.call(script, [0.7, -1.1]), [0, 0, 0.7, -1.1], atol=1e-6)


def test_a_contour_of_a_bell_is_round_and_holds_its_share(engine: Engine) -> None:
    side, sigma = 80, 12.0
    y, x = np.mgrid[:side, :side] + 0.5
    cells = np.exp(-((x - 40) ** 2 + (y - 40) ** 2) / (2 * sigma**2))
    script = (
        """([cells, side, shares]) => js.contours.levelsHolding(cells, shares).map((level) => js.contours.contour(cells, side, level))"""
    )
    for pieces, share in zip(engine.call(script, [cells.ravel().tolist(), side, [0.25, 0.5, 0.75]]), (0.25, 0.5, 0.75), strict=True):
        ends = np.array(pieces).reshape(-1, 2)
        radius = sigma * np.sqrt(-2 * np.log(1 - share))  # within which a bell in the plane holds this share
        np.testing.assert_allclose(np.hypot(*(ends - 40).T), radius, rtol=0.03)
        seen, counts = np.unique(ends.round(6), axis=0, return_counts=True)
        assert (counts % 2 == 0).all() and len(seen) > 40, "a line with an end"


def test_a_saddle_is_cut_by_its_mean(engine: Engine) -> None:
    joined = engine.call("() => [[1, 0, 0, 1], [1, 0.4, 0.4, 1]].map((cells) => js.contours.contour(cells, 2, 0.6))")
    for pieces in joined:
        assert len(pieces) == 8
    low, high = (np.array(pieces).reshape(2, 2, 2) for pieces in joined)
    assert sorted(np.hypot(*(piece.mean(0) - [0.5, 0.5])) < 0.5 for piece in low) == [False, True], "the high corners are apart"
    assert sorted(np.hypot(*(piece.mean(0) - [1.5, 0.5])) < 0.5 for piece in high) == [False, True], "the high corners are joined"


def test_points_are_drawn_by_their_distance_from_the_plane(engine: Engine) -> None:
    random = np.random.default_rng(0)
    mu, z = random.normal(size=(500, 6)), random.normal(size=6)
    u, v = np.linalg.qr(random.normal(size=(6, 2)))[0].T
    script = """([u, v, mu, z]) => {
        const far = js.task.whole(js.slice.measuring({ u, v }, mu, mu.length / z.length, z));
        const { order, strengths, near, far: most } = js.task.whole(js.slice.ordering(far));
        return [[...far], [...order], [...strengths], near, most];
    }"""
    far, order, strengths, near, most = engine.call(script, [u.tolist(), v.tolist(), mu.ravel().tolist(), z.tolist()])
    gap = mu - z
    across = gap - np.outer(gap @ u, u) - np.outer(gap @ v, v)
    np.testing.assert_allclose(far, np.linalg.norm(across, axis=1), rtol=1e-5)
    assert sorted(order) == list(range(500))
    np.testing.assert_allclose([near, most], np.quantile(far, [0.05, 0.95], method="lower"), rtol=1e-5)
    drawn = np.array(strengths)[order]
    assert (np.diff(drawn) >= 0).all() and drawn[0] == 40 and drawn[-1] == 255, "the near ones come last and are strong"


def test_what_takes_long_with_many_points_is_done_in_steps(engine: Engine) -> None:
    script = """() => {
        const [d, many, some] = [16, 100000, 20000], { Density } = js.aggregate_posterior;
        const [mu, z, plane] = [new Float32Array(many * d), new Float64Array(d), { u: new Float64Array(d), v: new Float64Array(d) }];
        const few = mu.subarray(0, some * d), density = js.task.whole(Density.building(few, few, d, 5));
        const works = [js.slice.measuring(plane, mu, many, z), js.slice.ordering(new Float32Array(many)), Density.building(few, few, d, 5)];
        return [...works, density.formsOn(plane.u, plane.v, z)].map((work) => [...work].length);
    }"""
    measuring, *others = engine.call(script)
    assert measuring == 100_000 * 16 // 2**18
    assert others == [2, 20_000 * 16 // 2**15, 20_000 * 16 // 2**15]


@pytest.mark.parametrize(("count", "d", "is_done"), [(5000, 2, True), (5000, 16, False), (80_000, 2, False)])
def test_packets_are_taken_in_at_once_where_that_is_soon_done(engine: Engine, count: int, d: int, is_done: bool) -> None:
    script = """([count, d]) => {
        let [now, taken] = [0, 0];
        const clock = performance.now;
        performance.now = () => (now += 10);
        const nothing = () => {}, host = { bytes: nothing }, sets = { receive: () => taken++ };
        const liveMap = { data: {}, z: new Float64Array(d), host, sets, drawing: {}, count, schedule: nothing, invalidate: nothing };
        const points = new js.map_points.MapPoints(liveMap);
        points.take(count);
        const first = taken;
        for (let frame = 0; frame < 9; frame++) points.arriving.work(0);
        performance.now = clock;
        return [first, taken, points.isBusy];
    }"""
    assert engine.call(script, [count, d]) == [int(is_done), 1, False]


def test_a_seed_draws_the_same_places_and_a_longer_list_begins_alike(engine: Engine) -> None:
    script = """([seed, count, t]) => [...js.samples.drawnPlaces(seed, count, 3, t)]"""
    few, many, again = (engine.call(script, [7, count, 1]) for count in (16, 4000, 16))
    assert few == again == many[:48] != engine.call(script, [8, 16, 1])
    assert abs(np.mean(many)) < 0.03 and np.std(many) == pytest.approx(1, abs=0.03)
    np.testing.assert_allclose(engine.call(script, [7, 16, 0.5]), np.array(few) / 2)
    rows = engine.call("() => [...js.samples.drawnRows(3, 500, 40)]")
    assert set(rows) == set(range(40))


def test_a_layout_by_likeness_fills_the_map_and_keeps_its_shape(engine: Engine) -> None:
    xy = np.random.default_rng(1).normal(size=(100, 2)) * [5, 2] + [30, -7]
    flat = np.array(engine.call("(xy) => [...js.likeness.fitted(xy, 3)]", xy.ravel().tolist())).reshape(-1, 2)
    assert np.abs(flat).max() == pytest.approx(0.94 * 3, rel=1e-5) and np.allclose((flat.max(0) + flat.min(0)), 0, atol=1e-5)
    np.testing.assert_allclose(np.ptp(flat, axis=0) / np.ptp(xy, axis=0), [0.94 * 6 / np.ptp(xy, axis=0).max()] * 2, rtol=1e-5)


def test_the_exact_posterior_is_found_where_it_lies(engine: Engine) -> None:
    """A bell a thousandth as wide as the map: the grid closes in on it, and the lines hold what they say."""
    script = """([mean, sigma]) => {
        const log = (a, b) => -0.5 * (((a - mean[0]) / sigma[0]) ** 2 + ((b - mean[1]) / sigma[1]) ** 2);
        const steps = js.exact_posterior.closingIn(log, [-4, 4, -4, 4], 40, 4);
        let step = steps.next();
        while (!step.done) step = steps.next();
        const { cells, box } = step.value;
        const [level] = js.contours.levelsHolding(cells, [0.5]);
        return [js.contours.contour(cells, 40, level), box, Array.from(cells).reduce((sum, value) => sum + value, 0)];
    }"""
    mean, sigma = [1.31, -0.47], [0.03, 0.05]
    pieces, (left, right, low, high), _ = engine.call(script, [mean, sigma])
    ends = np.array(pieces).reshape(-1, 2) / 40 * [right - left, low - high] + [left, high]
    radius = np.hypot(*((ends - mean) / sigma).T)
    np.testing.assert_allclose(radius, np.sqrt(-2 * np.log(0.5)), rtol=0.05)


SLICE = """([weights, x, u, v, z, sigma]) => {
    const params = new Float64Array(x.length);
    const decoder = { params, decode: (z) => weights.forEach((row, n) => { params[n] = row.reduce((sum, w, j) => sum + w * z[j], 0); }) };
    const liveMap = {
        decoder, reach: 4, z, plane: new js.plane.Plane(u, v), planeName: "principal", data: { support: "real", sigma },
        drawing: { x }, on: () => {}, drawOver: () => {},
    };
    const panel = new js.exact_posterior_panel.ExactPosterior(liveMap);
    for (const _ of panel.steps()) ;
    const place = panel.place;
    liveMap.plane.moveTo(z, 1, -1);
    const along = panel.here === place;
    z.forEach((_, j) => { z[j] += 0.3; });
    return [panel.lines, along, panel.here === place];
}"""


def test_the_exact_posterior_of_many_dimensions_is_that_of_the_plane_through_z(engine: Engine) -> None:
    """Of a linear decoder with Gaussian noise it is a normal: of its lines every place is as far out as chi-squared says."""
    rng, sigma = np.random.default_rng(4), 0.6
    weights, x, z = rng.standard_normal((9, 4)), rng.standard_normal(9), rng.standard_normal(4) / 2
    axes = np.linalg.qr(rng.standard_normal((4, 2)))[0]
    lines, along, across = engine.call(SLICE, [weights.tolist(), x.tolist(), *axes.T.tolist(), z.tolist(), sigma])
    precision = weights.T @ weights / sigma**2 + np.eye(4)
    off = z - axes @ (axes.T @ z)
    on_plane = axes.T @ precision @ axes
    middle = np.linalg.solve(on_plane, axes.T @ (weights.T @ x / sigma**2 - precision @ off))
    for line, share in zip(lines, (0.95, 0.5), strict=True):
        gaps = np.reshape(line, (-1, 2)) - middle
        np.testing.assert_allclose(np.einsum("ni,ij,nj->n", gaps, on_plane, gaps), -2 * np.log(1 - share), rtol=0.1)
    assert along and not across, "only what leaves the plane asks for other lines"


def test_the_pictures_of_a_map_at_rest_are_decoded_for_most_of_a_frame(engine: Engine) -> None:
    script = """() => {
        const rest = { isWandering: false, path: {}, fog: {}, movedAt: performance.now() - 1000 };
        const busy = [{ isWandering: true }, { path: { walk: {} } }, { fog: { isRolling: true } }, { movedAt: performance.now() }];
        return [{}, ...busy].map((one) => js.turns.budgetOf({ ...rest, ...one }));
    }"""
    assert engine.call(script) == [24, 8, 8, 8, 8]


def test_a_slow_decoder_takes_turns_with_all_else_while_the_map_wanders(engine: Engine) -> None:
    """No frame has two things to do, each comes in turn, and neither a hand nor a fast decoder has to wait."""
    script = """([isWandering, moveTook, isDecoding]) => {
        const liveMap = { isWandering, moveTook };
        const named = (turn) => Object.keys(turn).filter((name) => turn[name]);
        return Array.from({ length: 6 }, () => named(js.turns.turnOf(liveMap, isDecoding)));
    }"""
    everything = ["moves", "works", "decodes"]
    for quick in ([False, 20, True], [True, 2, True], [True, None, True]):
        assert engine.call(script, quick) == [everything] * 6
    slow = engine.call(script, [True, 20, True])
    assert slow[:3] == slow[3:] and sorted(slow[:3]) == [[name] for name in sorted(everything)]
    assert ["decodes"] not in engine.call(script, [True, 20, False])
