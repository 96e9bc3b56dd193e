"""Bounds in their order, quadrature against closed forms and against an independent integrator, references by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.integrate import dblquad

from vae_core import datasets, evaluate, exact, runs
from vae_core.config import ModelConfig
from vae_core.vae import VAE, Batch, build


def linear_gaussian(d: int, sigma: float, scale: float = 1.0) -> tuple[VAE, torch.Tensor, np.ndarray, np.ndarray]:
    """Return a linear VAE in which p(x) = N(b, W W' + sigma^2 I) is known, images, and that mean and covariance."""
    torch.manual_seed(1)
    vae = build(ModelConfig(network="linear", likelihood="gaussian", latent_size=d, sigma=sigma), (2, 3), 1 / 255)
    layer = vae.decoder[0]
    with torch.no_grad():
        layer.weight.mul_(scale)
    weight = layer.weight.detach().double().numpy()
    x = torch.randn(6, 2, 3)
    return vae, x, layer.bias.detach().double().numpy(), weight @ weight.T + sigma**2 * np.eye(6)


def normal_log_density(x: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    centred = x - mean
    return -0.5 * ((centred @ np.linalg.inv(covariance) * centred).sum(1) + np.linalg.slogdet(2 * np.pi * covariance)[1])


@pytest.mark.parametrize(("d", "sigma", "scale"), [(1, 0.5, 1.0), (2, 0.5, 1.0), (2, 0.05, 1.0), (2, 0.02, 2.0)])
def test_quadrature_is_the_closed_form_of_a_linear_model(d: int, sigma: float, scale: float) -> None:
    vae, x, mean, covariance = linear_gaussian(d, sigma, scale)
    expected = normal_log_density(x.flatten(1).double().numpy(), mean, covariance)
    found = evaluate.evidence(vae, x)
    assert found.error.max() < 1e-3
    # float32 sums of squares over sigma^2 carry about 1e-6 of the value itself.
    assert found.log_p == pytest.approx(expected, rel=2e-6, abs=2e-3)


def test_quadrature_agrees_with_another_integrator() -> None:
    torch.manual_seed(0)
    vae = build(ModelConfig(hidden=(8,), latent_size=2), (2, 2), 1 / 255).double()
    x = torch.rand(1, 2, 2, dtype=torch.float64)

    def joint(b: float, a: float) -> float:
        z = torch.tensor([[a, b]], dtype=torch.float64)
        return math.exp(float(vae.likelihood.log_prob(vae.decode(z), x) + vae.prior.log_prob(z)))

    with torch.no_grad():
        expected = math.log(dblquad(joint, -7, 7, -7, 7, epsabs=1e-7, epsrel=1e-5)[0])
    assert evaluate.evidence(vae.float(), x.float()).log_p[0] == pytest.approx(expected, abs=1e-3)


def test_quadrature_refuses_more_than_two_dimensions() -> None:
    with pytest.raises(ValueError, match="IWAE"):
        evaluate.evidence(build(ModelConfig(latent_size=3), (2, 2), 1), torch.rand(1, 2, 2))


def test_elbo_is_below_iwae_is_below_the_evidence_on_a_trained_run(tiny_root: Path) -> None:
    """FACTS: block means of one sample are monotone by Jensen; in expectation all lie below log p(x)."""
    run = runs.load(tiny_root, "tiny-2d")
    vae, rows = run.model(), run.latents().rows[:12]
    dataset = datasets.load("digits")
    x = torch.from_numpy(dataset.values[rows]).float() / dataset.divisor
    log_w = evaluate.log_weights(vae, x, 4096)
    bounds = torch.stack([evaluate.iwae_bound(log_w, k) for k in (1, 4, 16, 64, 4096)])
    assert bool((bounds.diff(dim=0) >= -1e-9).all())
    found = evaluate.evidence(vae, x)
    assert found.error.max() < 1e-3
    assert bounds[-1].numpy() == pytest.approx(found.log_p, abs=0.1)
    assert (bounds[0].numpy() < found.log_p).all()
    with torch.no_grad():
        exact_kl = vae.terms(Batch(x), eps=torch.randn(4096, 12, 2, generator=torch.Generator().manual_seed(1))).elbo
    assert bounds[0].numpy() == pytest.approx(exact_kl.double().numpy(), abs=0.1)
    effective = evaluate.effective_sample_size(log_w)
    assert bool(((effective >= 1) & (effective <= 4096)).all())


def test_effective_sample_size_counts() -> None:
    assert evaluate.effective_sample_size(torch.zeros(7, 1)).tolist() == pytest.approx([7])
    assert evaluate.effective_sample_size(torch.tensor([[0.0], [-100.0]])).tolist() == pytest.approx([1])


def test_scores_add_up_and_do_not_depend_on_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    vae, x, eps = build(ModelConfig(hidden=(8,)), (4, 4), 1 / 16), torch.rand(50, 4, 4), torch.randn(3, 50, 2)
    whole = evaluate.scores(vae, x, eps)
    monkeypatch.setattr(evaluate, "chunks", lambda n: (slice(i, i + 7) for i in range(0, n, 7)))
    parts = evaluate.scores(vae, x, eps)
    assert parts.negative_elbo == pytest.approx(whole.negative_elbo)
    assert whole.kl == pytest.approx(whole.kl_per_dim.sum())
    assert whole.score == pytest.approx(whole.negative_elbo)
    doubled = evaluate.scores(vae, x, eps, lambda terms: terms.reconstruction + 2 * terms.kl)
    assert doubled.score == pytest.approx(whole.reconstruction + 2 * whole.kl)


def test_active_and_asleep_are_two_numbers() -> None:
    def scores(kl: list[float], variance: list[float]) -> evaluate.Scores:
        return evaluate.Scores(0, 0, 0, 0, np.array(kl), np.array(variance), 1)

    result = scores([1.0, 0.009, 0.5], [0.5, 0.02, 0.009])
    assert (result.active_units, result.asleep) == (2, 1)


def test_references_keep_probabilities_and_densities_apart() -> None:
    rng = np.random.default_rng(0)
    train, test = rng.random((80, 6)), rng.random((40, 6))

    def names(likelihood: str, pixels: str) -> list[str]:
        return [row["name"] for row in evaluate.references(train, test, likelihood, pixels, 2, 0.3)]

    assert names("bernoulli", "grey") == ["independent-pixels", "entropy-floor"]
    assert names("bernoulli", "static") == ["independent-pixels"]
    assert names("gaussian-learnt", "grey") == ["independent-pixels", "ppca"]
    fixed = {row["name"]: row["nats"] for row in evaluate.references(train, test, "gaussian", "grey", 2, 0.3)}
    noise = normal_log_density(test, train.mean(0), 0.09 * np.eye(6))
    assert fixed["independent-pixels"] == pytest.approx(-noise.mean())
    assert fixed["ppca"] == pytest.approx(-exact.ppca(train, 2, 0.09).log_prob(test).mean())


def test_neighbours_vote() -> None:
    train, labels = np.array([[0.0], [0.1], [5.0], [5.1]]), np.array([0, 0, 1, 1])
    assert evaluate.knn_accuracy(train, labels, np.array([[0.2], [4.0]]), np.array([0, 1]), k=2) == 1.0
    assert evaluate.knn_accuracy(train, labels, np.array([[0.2], [4.0]]), np.array([1, 1]), k=2) == 0.5


def test_the_reach_leaves_each_image_out_of_its_own_neighbours() -> None:
    line = np.arange(100.0)[:, None]
    # Inside the line the 10th nearest other point is 5 away, at its ends up to 10.
    assert evaluate.neighbour_reach(line, share=0.5) == 5
    assert evaluate.neighbour_reach(line, share=1.0) == 10
    assert evaluate.neighbour_reach(line[:10]) is None
