"""Bounds in their order, scores, references by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from vae_core.config import ModelConfig, ObjectiveConfig, TrainConfig
from vae_core.data import dataset as datasets
from vae_core.evaluation import closed_forms as exact
from vae_core.evaluation import marginal_likelihood as evidence
from vae_core.evaluation import scoring as evaluate
from vae_core.model import objectives
from vae_core.model.vae import Batch, build
from vae_core.runs import run as runs


def normal_log_density(x: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    centred = x - mean
    return -0.5 * ((centred @ np.linalg.inv(covariance) * centred).sum(1) + np.linalg.slogdet(2 * np.pi * covariance)[1])


def test_elbo_is_below_iwae_is_below_the_evidence_on_a_trained_run(tiny_root: Path) -> None:
    """FACTS: block means of one sample are monotone by Jensen; in expectation all lie below log p(x)."""
    run = runs.load(tiny_root, "tiny-2d")
    vae, rows = run.model(), run.latents().rows[:12]
    dataset = datasets.load("digits")
    x = torch.from_numpy(dataset.values[rows]).float() / dataset.divisor
    log_w = evaluate.log_weights(vae, x, 4096)
    bounds = torch.stack([evaluate.iwae_bound(log_w, k) for k in (1, 4, 16, 64, 4096)])
    assert bool((bounds.diff(dim=0) >= -1e-9).all())
    found = evidence.evidence(vae, x)
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
    monkeypatch.setattr(evaluate, "chunks", lambda n, size: (slice(i, i + 7) for i in range(0, n, 7)))
    parts = evaluate.scores(vae, x, eps)
    assert parts.negative_elbo == pytest.approx(whole.negative_elbo)
    assert whole.kl == pytest.approx(whole.kl_per_dim.sum())
    assert whole.score == pytest.approx(whole.negative_elbo)
    objective = objectives.build(ObjectiveConfig(beta=2.0), TrainConfig(), steps_per_epoch=1)
    doubled = evaluate.scores(vae, x, eps, objective)
    assert doubled.score == pytest.approx(whole.reconstruction + 2 * whole.kl)


def test_active_and_asleep_are_two_numbers() -> None:
    def scores(kl: list[float], variance: list[float]) -> evaluate.Scores:
        return evaluate.Scores(np.zeros(1), np.zeros(1), 0, np.array(kl), np.array(variance))

    result = scores([1.0, 0.009, 0.5], [0.5, 0.02, 0.009])
    assert (result.active_units, result.asleep) == (2, 1)


def test_references_keep_probabilities_and_densities_apart() -> None:
    rng = np.random.default_rng(0)
    train, test = rng.random((80, 6)), rng.random((40, 6))

    def names(likelihood: str, pixels: str) -> list[str]:
        return list(evaluate.references(train, test, likelihood, pixels, 2, 0.3).costs)

    assert names("bernoulli", "grey") == ["independent-pixels", "entropy-floor"]
    assert names("bernoulli", "static") == ["independent-pixels"]
    assert names("gaussian-learnt", "grey") == ["independent-pixels", "ppca"]
    fixed = {row["name"]: row["nats"] for row in evaluate.references(train, test, "gaussian", "grey", 2, 0.3).record()["references"]}
    noise = normal_log_density(test, train.mean(0), 0.09 * np.eye(6))
    assert fixed["independent-pixels"] == pytest.approx(-noise.mean())
    assert fixed["ppca"] == pytest.approx(-exact.ppca(train, 2, 0.09).log_prob(test).mean())


def test_reference_costs_are_per_image_and_their_means_the_references() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 80)
    train = (rng.random((80, 6)) < 0.2 + 0.3 * labels[:, None]).astype(np.float64)
    test = (rng.random((40, 6)) < 0.5).astype(np.float64)
    costs = evaluate.references(train, test, "bernoulli", "static", 2, 0.3, labels).costs
    assert list(costs) == ["independent-pixels", "class-mixture"] and all(len(values) == 40 for values in costs.values())
    record = evaluate.references(train, test, "bernoulli", "static", 2, 0.3).record()
    assert record == {"references": [{"name": "independent-pixels", "nats": pytest.approx(costs["independent-pixels"].mean())}]}
    assert "class-mixture" not in evaluate.references(train, test, "gaussian", "grey", 2, 0.3, labels).costs


@pytest.mark.parametrize(
    ("train", "left_out"),
    [
        (np.random.default_rng(0).random((10, 64)), {"ppca": "10 training images leave no variance beside 10 latent dimensions"}),
        (np.random.default_rng(0).random((11, 64)), {"ppca": "11 training images leave no variance beside 10 latent dimensions"}),
        (np.ones((1, 64)), {"independent-pixels": "do not vary", "ppca": "do not vary"}),
        (np.full((50, 64), 0.5), {"independent-pixels": "do not vary", "ppca": "do not vary"}),
        (np.random.default_rng(0).random((400, 1)) * np.ones(64), {"ppca": "400 training images leave no variance"}),
        (np.random.default_rng(0).random((400, 1)) + 1e-4 * np.random.default_rng(1).random((400, 64)), {"ppca": "too much alike"}),
        (np.random.default_rng(0).random((60, 64)), {}),
    ],
)
def test_a_reference_that_cannot_be_fitted_is_left_out_with_a_sentence(train: np.ndarray, left_out: dict[str, str]) -> None:
    test = np.random.default_rng(2).random((20, 64))
    found = evaluate.references(train, test, "gaussian-learnt", "grey", 10, 0.3)
    assert set(found.left_out) == set(left_out) and all(part in found.left_out[name] for name, part in left_out.items())
    assert set(found.costs) | set(left_out) == {"independent-pixels", "ppca"}
    assert ("left_out" in found.record()) == bool(left_out)
    assert set(evaluate.references(train, test, "gaussian", "grey", 10, 0.3).costs) == {"independent-pixels", "ppca"}, "noise is given"


def test_log_weights_are_those_of_the_models_terms() -> None:
    torch.manual_seed(0)
    vae, x = build(ModelConfig(hidden=(8,)), (4, 4), 1 / 16), torch.rand(3, 4, 4)
    eps = torch.randn(6, 3, 2, generator=torch.Generator().manual_seed(7))
    with torch.no_grad():
        assert torch.equal(evaluate.log_weights(vae, x, 6, seed=7), vae.terms(Batch(x), eps=eps).log_weights.double())


def test_log_weights_tell_how_far_they_are() -> None:
    torch.manual_seed(0)
    told: list[float] = []
    evaluate.log_weights(build(ModelConfig(hidden=(8,)), (4, 4), 1 / 16), torch.rand(2000, 4, 4), 5, progress=told.append)
    assert told == [0.4, 0.8, 1.0]


def test_neighbours_vote() -> None:
    train, labels = np.array([[0.0], [0.1], [5.0], [5.1]]), np.array([0, 0, 1, 1])
    assert evaluate.knn_accuracy(train, labels, np.array([[0.2], [4.0]]), np.array([0, 1]), k=2) == 1.0
    assert evaluate.knn_accuracy(train, labels, np.array([[0.2], [4.0]]), np.array([1, 1]), k=2) == 0.5


def test_an_image_does_not_vote_for_itself() -> None:
    codes, labels = np.array([[0.0], [0.1], [0.2], [5.0]]), np.array([0, 1, 1, 1])
    own = np.arange(4)
    assert evaluate.knn_accuracy(codes, labels, codes, labels, k=1) == 1.0, "each is its own nearest"
    # Without itself 0.0 hears 1 and 1; 0.1 and 0.2 hear 0 and 1, and take the lower; 5.0 hears 1 and 1, and is right.
    assert evaluate.knn_accuracy(codes, labels, codes, labels, k=2, own=own) == 0.25
    assert evaluate.knn_accuracy(codes, labels, codes[1:3] + 0.01, labels[1:3], k=1, own=np.array([-1, 2])) == 1.0
    rng = np.random.default_rng(0)
    codes, labels = rng.normal(size=(300, 3)), rng.integers(0, 4, 300)
    by_hand = []
    for i in range(300):
        near = np.argsort(np.where(np.arange(300) == i, np.inf, ((codes - codes[i]) ** 2).sum(1)))[:20]
        by_hand.append(np.bincount(labels[near], minlength=4).argmax() == labels[i])
    assert evaluate.knn_accuracy(codes, labels, codes, labels, 20, np.arange(300)) == np.mean(by_hand)


def test_the_reach_leaves_each_image_out_of_its_own_neighbours() -> None:
    line = np.arange(100.0)[:, None]
    # Inside the line the 10th nearest other point is 5 away, at its ends up to 10.
    assert evaluate.neighbour_reach(line, share=0.5) == 5
    assert evaluate.neighbour_reach(line, share=1.0) == 10
    assert evaluate.neighbour_reach(line[:10]) is None
