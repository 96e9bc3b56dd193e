"""Objectives: what is minimised is what was asked for, in value and in gradient, on one process and on several."""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.vae_core.model.helpers import AT_ONCE, B, D, assert_same_gradients, gradients, made, some_batch, some_terms, some_vae
from vae_core.config import ConfigError, ModelConfig, ObjectiveConfig, TrainConfig
from vae_core.data import sources
from vae_core.data.batches import Batch
from vae_core.evaluation import scoring
from vae_core.model.architectures import NETWORKS
from vae_core.model.likelihoods import LIKELIHOODS
from vae_core.model.objectives import OBJECTIVES, Context, Loss, build_objective
from vae_core.model.posterior import Posterior
from vae_core.model.priors import StandardNormal
from vae_core.model.vae import Terms, build_vae

# The KL of `some_terms`, in all or per dimension, is above these for some images and below for others.
BETWEEN = {"free_bits": 0.13, "capacity": 0.25}


# With these settings each objective is the negative ELBO, with the KL in closed form or, "sampled", as the mean of log q - log p.
ELBO_IN_DISGUISE: dict[str, tuple[dict[str, object], str]] = {
    "elbo": ({}, "closed form"),
    "free-bits": ({"free_bits": 0.0}, "closed form"),
    "capacity": ({"capacity": 0.0, "capacity_weight": 1.0}, "closed form"),
    "iwae": ({"samples": 1}, "sampled"),
    "beta-tc": ({}, "sampled"),
}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_each_objective_is_the_negative_elbo_where_it_should_be(name: str) -> None:
    if name == "ae":
        terms = some_terms()
        loss = made("ae")(terms, AT_ONCE)
        assert torch.isclose(loss.loss, terms.reconstruction.mean()) and loss.kl_weight == 0
        return
    settings, kind = ELBO_IN_DISGUISE[name]
    terms = some_terms(samples=1)
    kl = terms.kl if kind == "closed form" else (terms.log_qz - terms.log_pz).mean(0)
    assert torch.isclose(made(name, **settings)(terms, AT_ONCE).loss, (terms.reconstruction + kl).mean(), rtol=1e-12)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_the_score_is_the_loss_per_image_at_the_final_weights(name: str) -> None:
    objective = made(name, beta=2.5, kl_warmup_epochs=2.0, samples=4, **BETWEEN)
    terms = some_terms()
    score = objective.score(terms)
    assert score.shape == (B,)
    assert torch.isclose(score.mean(), objective(terms, Context(40, 45, B)).loss, rtol=1e-12)


@pytest.mark.parametrize("name", ["elbo", "free-bits", "iwae", "beta-tc"])
def test_the_kl_weight_is_warmed_up_and_told(name: str) -> None:
    objective, terms = made(name, beta=4.0, kl_warmup_epochs=2.0, free_bits=0.0), some_terms()
    losses = [objective(terms, Context(step, 45, B)) for step in (0, 5, 10, 40)]
    assert [loss.kl_weight for loss in losses] == [0.0, 2.0, 4.0, 4.0]
    assert losses[0].loss != losses[1].loss != losses[2].loss == losses[3].loss
    bare = torch.logsumexp(terms.log_px, 0).neg() + math.log(4) if name == "iwae" else terms.reconstruction
    assert torch.isclose(losses[0].loss, bare.mean())


def test_the_loss_is_the_weighted_sum_of_the_parts() -> None:
    terms = some_terms()
    loss = made(beta=4.0, kl_warmup_epochs=2.0)(terms, Context(5, 45, B)).loss
    assert torch.isclose(loss, (terms.reconstruction + 2 * terms.kl).mean())


def posterior_of(kl: list[list[float]]) -> Posterior:
    """Return a posterior of unit variance with the given KL per image and dimension: mu^2 / 2."""
    return Posterior((2 * torch.tensor(kl, dtype=torch.float64)).sqrt().requires_grad_(), torch.zeros(len(kl), len(kl[0])).double())


def terms_with(posterior: Posterior, reconstruction: float = 10.0) -> Terms:
    return Terms(posterior.mu[None], torch.full((1, len(posterior.mu)), -reconstruction).double(), posterior, StandardNormal(D))


def test_free_bits_charge_a_dimension_only_above_lambda_on_average() -> None:
    posterior = posterior_of([[0.1, 4.0], [0.5, 0.2]])  # means .3 and 2.1
    objective = made("free-bits", free_bits=0.5, beta=2.0)
    loss = objective(terms_with(posterior), AT_ONCE)
    assert loss.loss.item() == pytest.approx(10 + 2 * (0.5 + 2.1)) and float(loss.logged["charged_kl"]) == pytest.approx(2.6)
    loss.loss.backward()
    gradient = posterior.mu.grad
    assert gradient is not None and gradient[:, 0].tolist() == [0, 0] and bool((gradient[:, 1] > 0).all())
    assert objective.score(terms_with(posterior)).tolist() == pytest.approx([10 + 2 * 4.5, 10 + 2 * 0.7])


@pytest.mark.parametrize(("capacity", "pull"), [(1.5, 1), (2.5, -1)])
def test_capacity_pulls_the_kl_to_its_target_from_both_sides(capacity: float, pull: int) -> None:
    posterior = posterior_of([[1.0, 2.0], [0.5, 0.5]])  # KL 3 and 1, mean 2
    objective = made("capacity", capacity=capacity, capacity_weight=7.0)
    loss = objective(terms_with(posterior), AT_ONCE)
    loss.loss.backward()
    assert loss.loss.item() == pytest.approx(10 + 7 * abs(2 - capacity)) and loss.kl_weight == 7
    assert posterior.mu.grad is not None and bool((posterior.mu.grad.sign() == pull).all())
    scores = [10 + 7 * pull * (3 - capacity), 10 + 7 * pull * (1 - capacity)]
    assert objective.score(terms_with(posterior)).tolist() == pytest.approx(scores)


def test_the_capacity_rises_along_the_schedule() -> None:
    objective, terms = made("capacity", capacity=8.0, kl_warmup_epochs=2.0), some_terms()
    targets = [float(objective(terms, Context(step, 45, B)).logged["capacity"]) for step in (0, 5, 10, 40)]
    assert targets == [0, 4, 8, 8]


# ---- several processes


class Together:
    """What joins tensors over processes, for threads that stand for them: each gets the same joined tensor, graph and all."""

    def __init__(self, ranks: int) -> None:
        self.barrier, self.parts, self.ranks = threading.Barrier(ranks, timeout=20), {}, ranks

    def gather(self, rank: int) -> Callable[[Tensor], Tensor]:
        def join(tensor: Tensor) -> Tensor:
            self.parts[rank] = tensor
            self.barrier.wait()
            joined = torch.cat([self.parts[other] for other in range(self.ranks)])
            self.barrier.wait()
            return joined

        return join


@pytest.mark.parametrize("name", OBJECTIVES)
def test_two_processes_minimise_what_one_does(name: str) -> None:
    objective = made(name, beta=2.0, samples=4, **BETWEEN)
    vae, (x, eps), together = some_vae(), some_batch(), Together(2)
    rows, losses = (slice(0, 3), slice(3, 5)), {}

    def work(rank: int) -> None:
        terms = vae.terms(Batch(x[rows[rank]]), eps=eps[:, rows[rank]])
        losses[rank] = objective(terms, Context(0, 1, 20, together.gather(rank)))

    threads = [threading.Thread(target=work, args=(rank,)) for rank in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alone = objective(vae.terms(Batch(x), eps=eps), Context(0, 1, 20))
    expected = gradients(vae, alone.loss)
    for rank in range(2):
        assert_same_loss(losses[rank], alone)
    assert_same_gradients(gradients(vae, losses[1].loss), expected)


def assert_same_loss(found: Loss, expected: Loss) -> None:
    assert torch.isclose(found.loss, expected.loss, rtol=1e-12) and found.kl_weight == expected.kl_weight
    assert found.logged.keys() == expected.logged.keys()
    assert all(torch.isclose(value, expected.logged[key], rtol=1e-12) for key, value in found.logged.items())


# ---- what goes together


class Odd(StandardNormal):
    """A prior without a closed form."""

    has_closed_form_kl = False

    def kl_per_dim(self, posterior: Posterior) -> None:  # type: ignore[override]
        return None


@pytest.mark.parametrize("name", OBJECTIVES)
def test_an_objective_without_meaning_for_the_prior_is_refused(name: str) -> None:
    config, train = ObjectiveConfig(objective=name), TrainConfig()
    assert build_objective(config, train, 1, StandardNormal(D)).samples >= 1
    terms = replace(some_terms(), prior=Odd(D))
    if name in ("free-bits", "capacity"):
        with pytest.raises(ConfigError, match="choose prior standard-normal, or objective elbo"):
            build_objective(config, train, 1, Odd(D))
        with pytest.raises(ConfigError, match="closed form"):
            build_objective(config, train, 1)(terms, AT_ONCE)
    else:
        assert bool(build_objective(config, train, 1, Odd(D))(terms, AT_ONCE).loss.isfinite())


@pytest.fixture(scope="module")
def digits() -> Tensor:
    data = sources.load("digits")
    return torch.from_numpy(data.values[:32].astype(np.float32) / data.divisor)


@pytest.mark.parametrize(("name", "likelihood", "network"), list(itertools.product(OBJECTIVES, LIKELIHOODS, NETWORKS)))
def test_every_objective_trains_with_every_likelihood_and_network(name: str, likelihood: str, network: str, digits: Tensor) -> None:
    torch.manual_seed(5)
    vae = build_vae(ModelConfig(network=network, likelihood=likelihood, hidden=(8, 4), latent_size=3, sigma=0.3), (8, 8), 1 / 16)
    vae.start_at_mean(digits.mean(0))
    objective = build_objective(ObjectiveConfig(objective=name, samples=2, capacity=3.0), TrainConfig(epochs=50), 1, vae.prior)
    optimizer = torch.optim.AdamW(vae.parameters(), lr=1e-2)
    eps = torch.randn(objective.samples, len(digits), 3) * (not objective.is_deterministic)
    before = scoring.score_images(vae, digits, eps, objective)
    for step in range(50):
        noise = torch.randn_like(eps) * (not objective.is_deterministic)
        loss = objective(vae.terms(Batch(digits), eps=noise), Context(step, 50, len(digits)))
        optimizer.zero_grad()
        loss.loss.backward()
        assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in vae.parameters())
        optimizer.step()
    after = scoring.score_images(vae, digits, eps, objective)
    assert math.isfinite(after.score) and after.score < before.score - 0.1
    assert all(math.isfinite(float(value)) for value in loss.logged.values())


class Watched:
    """Settings that note which of them are read."""

    def __init__(self, config: ObjectiveConfig) -> None:
        self.config, self.read = config, set[str]()

    def __getattr__(self, name: str) -> object:
        self.read.add(name)
        return getattr(self.config, name)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_an_objective_looks_at_the_settings_that_it_names(name: str) -> None:
    objective = made(name)
    objective.config = watched = Watched(objective.config)  # type: ignore[assignment]
    objective(some_terms(), AT_ONCE)
    objective.score(some_terms(samples=objective.samples))
    assert watched.read | {"kl_schedule", "kl_warmup_epochs"} == {*objective.settings, "kl_schedule", "kl_warmup_epochs"}
