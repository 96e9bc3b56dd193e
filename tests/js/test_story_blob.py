"""What a blob loses against the exact posterior, in the story's own arithmetic against torch's quadrature."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.js.node import Engine, encoded, running
from tests.vae_core.story.stored import FOLDER, arrays
from vae_core.model.weights import part_of
from vae_core.story import recipes

MODULES = ("story/gap.js", "js/engine/decoder.js", "js/engine/likelihoods.js")
OPEN = """(weights) => {
    const decoder = js.decoder.openDecoder({ weights: oddly(weights) });
    globalThis.costOf = (x) => (a, b) => {
        decoder.decode([a, b]);
        const costs = new Float64Array(x.length);
        js.likelihoods.addCosts({ support: "binary" }, decoder.params, x, costs);
        return costs.reduce((sum, one) => sum + one, 0);
    };
    globalThis.jointOf = (x) => (a, b) => -costOf(x)(a, b) - 0.5 * (a * a + b * b) - Math.log(2 * Math.PI);
}"""
BOTH = """([x, mu, sigma]) => {
    const { logP } = js.gap.exactly(jointOf(x), 4.5);
    return [logP, js.gap.negativeElbo(costOf(x), mu, sigma), js.gap.gapOnGrid(jointOf(x), logP, mu, sigma)];
}"""


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    return json.loads((FOLDER / "facts.json").read_text(encoding="utf-8"))["blob"]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine with the decoder of the step's machine."""
    weights = part_of(recipes.open_run(recipes.DIGITS).weights(), is_encoder=False)
    with running(*MODULES) as node:
        node.call(OPEN, encoded(weights))
        yield node


def test_both_sides_of_the_identity_are_those_of_torch(engine: Engine, facts: dict[str, Any]) -> None:
    """-ELBO(q) = -log p(x) + KL(q || p(z|x)), each side by code of its own, at the encoder's normal and at the best."""
    for picture, known in zip(arrays("blob")["pictures"], facts["pictures"], strict=True):
        for gap, mu, sigma in (("gap", "mu", "sigma"), ("best_gap", "best_mu", "best_sigma")):
            log_p, negative_elbo, on_grid = engine.call(BOTH, [(picture.ravel() / 16).tolist(), known[mu], known[sigma]])
            assert log_p == pytest.approx(known["log_p"], abs=1e-3)
            assert on_grid == pytest.approx(known[gap], abs=5e-3)
            assert negative_elbo == pytest.approx(known[gap] - known["log_p"], abs=5e-3)


def test_neither_side_follows_where_the_other_is_wrong(engine: Engine, facts: dict[str, Any]) -> None:
    """With another q on one side, or another log p(x), the badge's difference is as large as the mistake."""
    known, x = facts["pictures"][0], (arrays("blob")["pictures"][0].ravel() / 16).tolist()
    log_p, negative_elbo, _ = engine.call(BOTH, [x, known["best_mu"], known["best_sigma"]])
    wider = [2 * width for width in known["best_sigma"]]
    _, other, on_grid = engine.call(BOTH, [x, known["best_mu"], wider])
    assert on_grid - log_p == pytest.approx(other, abs=2e-3) and abs(other - negative_elbo) > 0.5
    script = "([x, mu, sigma, logP]) => js.gap.gapOnGrid(jointOf(x), logP, mu, sigma)"
    assert engine.call(script, [x, known["best_mu"], wider, log_p + 0.3]) == pytest.approx(on_grid + 0.3)


def test_of_a_normal_posterior_the_gap_is_the_closed_form(engine: Engine) -> None:
    """p(z|x) = N(m, diag s^2) times 0.1: KL of two normals, and none of the normal itself."""
    m, s, mu, sigma = np.array([0.4, -0.7]), np.array([0.3, 0.5]), np.array([0.1, -0.2]), np.array([0.6, 0.2])
    script = """([m, s, mu, sigma]) => {
        const bell = (z, k) => -0.5 * ((z - m[k]) / s[k]) ** 2 - Math.log(s[k] * Math.sqrt(2 * Math.PI));
        const joint = (a, b) => bell(a, 0) + bell(b, 1) + Math.log(0.1);
        const { logP } = js.gap.exactly(joint, 4.5);
        return [logP, js.gap.gapOnGrid(joint, logP, mu, sigma), js.gap.gapOnGrid(joint, logP, m, s)];
    }"""
    log_p, gap, none = engine.call(script, [m.tolist(), s.tolist(), mu.tolist(), sigma.tolist()])
    assert log_p == pytest.approx(np.log(0.1), abs=1e-5) and none == pytest.approx(0, abs=1e-5)
    assert gap == pytest.approx((np.log(s / sigma) + (sigma**2 + (mu - m) ** 2) / (2 * s**2) - 0.5).sum(), abs=1e-5)
