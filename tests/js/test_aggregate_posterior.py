"""Where a picture lies, as the page works it out: ellipses, the density of all posteriors, ranks, against numpy and Python."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from tests.js.node import Engine, encoded, running
from tests.places import SHIPPED
from vae_core.latent import aggregate_posterior
from vae_core.runs.listing import load_run

MODULES = ("js/engine/gaussian.js", "js/engine/aggregate_posterior.js", "live_map/trust_panel.js")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has the ellipse, the density and what is said of it loaded."""
    with running(*MODULES) as node:
        yield node


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


BUSY = """(ranks) => ranks.map((rank) => {
    const liveMap = { text: (key, { n }) => (key === "busy" ? n : key) };
    return js.trust_panel.TrustPanel.prototype.busy.call({ liveMap, density: { places: new Array(359), rank: () => rank } }, 0);
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


def test_the_way_there_and_back(engine: Engine) -> None:
    trip = engine.call(
        "([z, codes]) => js.aggregate_posterior.roundTrip(z, codes, [0, 1])", [[1, 2, 9], [1.3, 1.6, 0, math.log(0.09), math.log(0.04), 0]]
    )
    assert trip["distance"] == pytest.approx(0.5)
    assert trip["sigmas"] == pytest.approx(math.sqrt((1 + 4) / 2))
