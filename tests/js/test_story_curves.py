"""The story's arithmetic of slopes, of water and of shapes, against numpy, scipy and closed forms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy import stats

from tests.js.node import Engine, running
from tests.vae_core.story.stored import facts
from vae_core.evaluation.closed_forms import water_filling
from vae_core.story.steps.slope import estimates, variances

__all__ = ["facts"]  # a fixture

EIGENVALUES, NOISE = (8, 4, 2, 1, 0.5, 0.1), 0.3
# beta, squared error, nats, dimensions that carry anything
SHANNON = [(0.5, 0.85, 6.4757, 5), (1, 1.6, 4.7428, 5), (2, 3.0, 3.1011, 4), (5, 6.1, 1.4712, 3), (10, 9.6, 0.6343, 2), (30, 15.6, 0, 0)]
APPENDIX = {1: 1.823, 0.5: 1.381, 0.2: 0.653, 0.1: 0.164, 0.05: 0.0302, 0.02: 0.0045}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with running("story/slopes.js", "story/water.js", "story/shape.js") as node:
        node.call("() => { globalThis.hills = new js.shape.Hills(1.5, 0.5); }")
        yield node


# ------------------------------------------------------------------ two ways to feel a slope


def test_single_throws_feel_the_slope_as_numpy_does(engine: Engine) -> None:
    eps = np.random.default_rng(0).standard_normal(500)
    script = """(eps) => ["byHeight", "underfoot"].map((way) => {
        const values = eps.map((one) => js.slopes[way](1, 0.1, one));
        return [values, js.slopes.spreadOf(values), js.slopes.usual(values), Array.from(js.slopes.binned(values, -30, 34, 21))];
    })"""
    for (values, spread, usual, bins), truth in zip(engine.call(script, eps.tolist()), estimates(1, 0.1, eps), strict=True):
        np.testing.assert_allclose(values, truth, rtol=1e-9, atol=1e-12)
        assert [spread["mean"], spread["variance"]] == pytest.approx([truth.mean(), truth.var(ddof=1)])
        assert usual == pytest.approx(np.quantile(truth, [0.05, 0.95], method="nearest"))
        np.testing.assert_array_equal(bins, np.histogram(truth.clip(-30, 33.9), 21, (-30, 34))[0])


@pytest.mark.parametrize(("mu", "sigma"), [(1.0, 0.1), (1.0, 1.0), (-0.5, 0.4)])
def test_theory_of_both_variances_is_what_quadrature_gives(mu: float, sigma: float) -> None:
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    truth = variances(mu, sigma)
    for name, values in zip(("score", "pathwise"), estimates(mu, sigma, nodes), strict=True):
        mean = weights @ values / weights.sum()
        assert mean == pytest.approx(2 * mu)
        assert weights @ (values - mean) ** 2 / weights.sum() == pytest.approx(truth[name])


def test_the_noise_is_2850_times_as_large_by_height_alone() -> None:
    assert variances(1, 0.1) == pytest.approx({"sigma": 0.1, "score": 114.15, "pathwise": 0.04})
    assert variances(1, 0.1)["score"] / variances(1, 0.1)["pathwise"] == pytest.approx(2850, rel=2e-3)


# ------------------------------------------------------------------ water


@pytest.mark.parametrize(("beta", "error", "rate", "active"), SHANNON)
def test_a_linear_machine_settles_on_shannon_s_curve(engine: Engine, beta: float, error: float, rate: float, active: int) -> None:
    call = "([lambdas, beta, noise]) => [js.water.settled(lambdas, beta, noise), js.water.filled(lambdas, beta * noise)]"
    settled, filled = engine.call(call, [EIGENVALUES, beta, NOISE])
    for found in (settled, filled):
        assert [found["error"], found["rate"], found["active"]] == pytest.approx([error, rate, active], abs=5e-5)
    truth = water_filling(np.array(EIGENVALUES), beta * NOISE)
    assert [settled["error"], settled["rate"]] == pytest.approx([truth.error, truth.rate], abs=1e-6)


def test_the_slope_of_the_curve_is_minus_one_over_beta(engine: Engine) -> None:
    call = "([lambdas, beta, noise]) => [0.999, 1.001].map((share) => js.water.settled(lambdas, share * beta, noise))"
    for beta in (0.7, 2.0, 9.0):
        one, other = engine.call(call, [EIGENVALUES, beta, NOISE])
        slope = (other["rate"] - one["rate"]) / ((other["error"] - one["error"]) / (2 * NOISE))
        assert slope == pytest.approx(-1 / beta, rel=1e-4)


def test_a_picture_is_redrawn_as_the_posterior_mean_shrinks_it(engine: Engine) -> None:
    rng = np.random.default_rng(1)
    axes, mean, x = np.linalg.qr(rng.standard_normal((9, 3)))[0].T, np.full(9, 0.5), 0.5 + 0.1 * rng.standard_normal(9)
    lambdas, level = np.array([3.0, 1.0, 0.2]), 0.5
    found = engine.call(
        "([x, mean, axes, lambdas, level]) => Array.from(js.water.redrawn(x, mean, axes, lambdas, level))",
        [x.tolist(), mean.tolist(), axes.tolist(), lambdas.tolist(), level],
    )
    # The machine itself: a decoder of gains sqrt(lambda - level) and the posterior mean under noise of that level.
    w = axes.T * np.sqrt((lambdas - level).clip(0))
    truth = mean + w @ np.linalg.solve(w.T @ w + level * np.eye(3), w.T @ (x - mean))
    assert found == pytest.approx(truth)


# ------------------------------------------------------------------ the price of a shape


def test_tails_places_and_pictures_are_those_of_scipy(engine: Engine) -> None:
    z = np.linspace(-6, 18, 97)
    np.testing.assert_allclose(engine.call("(zs) => zs.map(js.shape.logTail)", z.tolist()), stats.norm.logsf(z), rtol=1e-10, atol=1e-12)
    x = np.array([-3.2, -0.4, 0.0, 0.003, 0.8, 1.5, 4.0])
    tail = 0.5 * (stats.norm.sf(x, -1.5, 0.5) + stats.norm.sf(x, 1.5, 0.5))
    places = engine.call("(xs) => xs.map((x) => hills.place(x).z)", x.tolist())
    assert places == pytest.approx(stats.norm.isf(tail), abs=1e-8)
    assert engine.call("(zs) => zs.map((z) => hills.picture(z))", places) == pytest.approx(x, abs=1e-6)


def test_the_mean_price_is_that_of_scipy_and_of_the_measured_table(engine: Engine, facts: dict[str, Any]) -> None:
    told = facts["sigma"]
    for row in told["table"]:
        here = engine.call("([sigma, reach, n]) => hills.meanPrice(sigma, reach, n)", [row["sigma"], told["reach"], told["pictures"]])
        assert here == pytest.approx(row["price"], rel=2e-3)
        assert here == pytest.approx(APPENDIX[row["sigma"]], rel=0.05)


def test_p_of_x_is_that_of_two_wider_hills_and_the_posterior_integrates_to_one(engine: Engine) -> None:
    for sigma in (1.0, 0.1):
        x, wide = 0.8, np.hypot(0.5, sigma)
        truth = np.log(0.5 * (stats.norm.pdf(x, -1.5, wide) + stats.norm.pdf(x, 1.5, wide)))
        assert engine.call("([x, sigma]) => hills.logP(x, sigma)", [x, sigma]) == pytest.approx(truth, abs=1e-9)
        z = np.linspace(-8, 8, 16001)
        density = engine.call("([zs, x, sigma]) => zs.map((z) => hills.posterior(z, x, sigma))", [z.tolist(), x, sigma])
        assert np.trapezoid(density, z) == pytest.approx(1, abs=1e-4)
