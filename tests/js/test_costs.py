"""What a picture costs, as the page works it out and prints it: encoder, likelihoods and rounding, against torch and Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

from dashboard.i18n.format import cost_parts
from tests.js.models import latent_points, model
from tests.js.node import Engine, encoded, running
from tests.places import SHIPPED
from vae_core import rounding
from vae_core.data.batches import Batch
from vae_core.model.architectures import NETWORKS
from vae_core.model.likelihoods import LIKELIHOODS, Likelihood
from vae_core.model.vae import VAE
from vae_core.model.weights import part_of
from vae_core.runs.listing import load_run

MODULES = tuple(f"js/engine/{name}.js" for name in ("safetensors", "network", "decoder", "likelihoods", "gaussian", "numbers"))


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has encoder, decoder and costs loaded."""
    with running(*MODULES) as node:
        yield node


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_every_pixel_costs_what_torch_says(engine: Engine, name: str) -> None:
    likelihood = LIKELIHOODS[name](sigma=0.17, quantum=1 / 16).double()
    params = np.concatenate([np.linspace(-30, 30, 61), np.linspace(-0.4, 0.4, 41), [0.3, -0.3, 1e-9, 400, -400]])
    x = np.tile([0, 0.25, 1], len(params))[: len(params)]
    told = {"support": likelihood.support, "sigma": sigma_of(likelihood), "levels": 16}
    cost = "([told, params, x]) => { const sums = params.map(() => 2); js.likelihoods.addCosts(told, params, x, sums); return sums; }"
    found = engine.call(cost, [told, params.tolist(), x.tolist()])
    expected = -likelihood.log_prob_map(torch.tensor(params)[None, None], torch.tensor(x)[None])[0].detach().numpy()
    np.testing.assert_allclose(np.array(found) - 2, expected, rtol=1e-9, atol=1e-9)


def sigma_of(likelihood: Likelihood) -> float | None:
    """Return what a page is told of the pixels' noise."""
    return float(likelihood.variance.detach().sqrt()) if "sigma" in likelihood.settings else None


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
    told = {"support": family.support, "sigma": sigma_of(family), "levels": 255}
    found = engine.call(PRICE, [encoded(written(vae)), told, x.flatten().tolist(), eps.tolist()])
    z = torch.tensor(found["zs"], dtype=torch.float32)[:, None]
    terms = vae.terms(Batch(x), z=z)
    assert sum(found["perPixel"]) == pytest.approx(float(terms.reconstruction), abs=1e-3, rel=1e-5)
    per_pixel = -family.log_prob_map(vae.decode(z), x).mean(0).flatten()
    np.testing.assert_allclose(found["perPixel"], per_pixel, atol=1e-4, rtol=1e-4)
    np.testing.assert_allclose(found["kl"], terms.kl_per_dim[0], atol=1e-4)


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
