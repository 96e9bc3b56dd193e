"""Where a picture lies, as the page works it out: ellipses, the density of all posteriors against the prior, against numpy and Python."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from tests.js.node import Engine, encoded, running
from tests.places import SHIPPED
from vae_core.latent import aggregate_posterior
from vae_core.runs.listing import load_run

MODULES = tuple(f"js/engine/{name}.js" for name in ("gaussian", "aggregate_posterior", "plane"))


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has the ellipse, the density and planes loaded."""
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


RATIOS = """([mu, logVar, d, rim, zs, own]) => {
    const floats = (text) => new Float32Array(oddly(text).slice().buffer);
    const there = new js.aggregate_posterior.Density(floats(mu), floats(logVar), d, rim);
    const all = new Float64Array(oddly(zs).slice().buffer);
    return Array.from({ length: all.length / d }, (_, n) => there.logRatio(all.subarray(n * d, (n + 1) * d), own?.[n]));
}"""


@pytest.mark.parametrize("name", ["mnist-2d", "mnist-16d", "digits-2d"])
def test_the_page_has_the_ratio_of_every_place_as_python_does(engine: Engine, name: str) -> None:
    points = load_run(SHIPPED, name).latents()
    mu, log_var = points.mu.astype(np.float32), points.log_var.astype(np.float32)
    rng, d = np.random.default_rng(5), mu.shape[1]
    rows = rng.integers(len(mu), size=200)
    kinds = [rng.standard_normal((200, d)), mu[rows] + np.exp(0.5 * log_var[rows]) * rng.standard_normal((200, d)), mu[rows[:50]]]
    z = np.concatenate([*kinds, 3 * rng.standard_normal((50, d)), np.full((1, d), 99.0)]).astype(np.float64)
    packed = [encoded(array.tobytes()) for array in (mu, log_var)]
    rim = aggregate_posterior.rim(d)
    found = engine.call(RATIOS, [*packed, d, rim, encoded(z.tobytes()), None])
    np.testing.assert_allclose(found, aggregate_posterior.log_ratio(z, mu, log_var), rtol=1e-10, atol=1e-9)
    assert (np.linalg.norm(z, axis=1) > rim).sum() > 5 and min(found) < -1000 and max(found) > 0
    own = np.arange(50)
    found = engine.call(RATIOS, [*packed, d, rim, encoded(mu[own].astype(np.float64).tobytes()), own.tolist()])
    np.testing.assert_allclose(found, aggregate_posterior.log_ratio(mu[own], mu, log_var, own), rtol=1e-10, atol=1e-9)


FIELD = """([mu, logVar, d, rim, u, v, z, side]) => {
    const there = new js.aggregate_posterior.Density(Float32Array.from(mu), Float32Array.from(logVar), d, rim);
    const into = new Float32Array(v ? side * side : side);
    const steps = [...there.onPlane({ u, v }, z, 3, side, into)].length;
    return [Array.from(into), steps];
}"""


def test_on_a_plane_through_z_every_cell_has_the_ratio_of_its_place(engine: Engine) -> None:
    rng = np.random.default_rng(6)
    mu, log_var = rng.standard_normal((200, 5)).astype(np.float32), rng.normal(-1, 0.5, (200, 5)).astype(np.float32)
    axes, z = np.linalg.qr(rng.standard_normal((5, 2)))[0], rng.standard_normal(5)
    rim = aggregate_posterior.rim(5)
    numbers = [mu.ravel().tolist(), log_var.ravel().tolist(), 5, rim]
    cells, steps = engine.call(FIELD, [*numbers, axes[:, 0].tolist(), axes[:, 1].tolist(), z.tolist(), 12])
    middle = -3 + (np.arange(12) + 0.5) / 2
    a, b = np.meshgrid(middle, middle[::-1])  # row 0 on top
    places = z - axes @ (axes.T @ z) + a.reshape(-1, 1) * axes[:, 0] + b.reshape(-1, 1) * axes[:, 1]
    np.testing.assert_allclose(cells, aggregate_posterior.log_ratio(places, mu, log_var), rtol=1e-5, atol=1e-4)
    assert steps == 12
    numbers = [mu[:, 0].tolist(), log_var[:, 0].tolist(), 1, aggregate_posterior.rim(1)]
    cells, steps = engine.call(FIELD, [*numbers, [1], None, [0.4], 12])
    np.testing.assert_allclose(cells, aggregate_posterior.log_ratio(middle[:, None], mu[:, :1], log_var[:, :1]), rtol=1e-5, atol=1e-4)
    assert steps == 1


def test_the_share_of_cheaper_images_is_read_between_the_quantiles(engine: Engine) -> None:
    quantiles = np.sort(np.random.default_rng(1).gamma(5, 10, 101))
    values = np.concatenate([quantiles[1:], np.linspace(quantiles[0], quantiles[-1], 50), [0, 1e6]])
    found = engine.call(
        "([q, values]) => values.map((value) => js.aggregate_posterior.percentBelow(q, value))", [quantiles.tolist(), values.tolist()]
    )
    np.testing.assert_allclose(found, np.interp(values, quantiles, np.linspace(0, 100, len(quantiles))), atol=1e-9)
    assert engine.call(
        "(q) => [js.aggregate_posterior.percentBelow(q, 3), js.aggregate_posterior.percentBelow(q, 3.5)]", [3.0] * 50 + [4.0] * 51
    ) == [0, 49.5]


def test_the_way_there_and_back(engine: Engine) -> None:
    trip = engine.call(
        "([z, codes]) => js.aggregate_posterior.roundTrip(z, codes, [0, 1])", [[1, 2, 9], [1.3, 1.6, 0, math.log(0.09), math.log(0.04), 0]]
    )
    assert trip["distance"] == pytest.approx(0.5)
    assert trip["sigmas"] == pytest.approx(math.sqrt((1 + 4) / 2))
