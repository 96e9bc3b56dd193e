"""Objectives and schedules: what is minimised is what was asked for, in value and in gradient, on one process and on several."""

from __future__ import annotations

import itertools
import math
import re
import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import logsumexp
from scipy.stats import norm
from torch import Tensor

from vae_core.config import ConfigError, ModelConfig, ObjectiveConfig, TrainConfig
from vae_core.data import sources
from vae_core.data.batches import Batch
from vae_core.evaluation import scoring
from vae_core.model.architectures import NETWORKS
from vae_core.model.kl_schedules import SCHEDULES, Schedule, cyclical, linear
from vae_core.model.likelihoods import LIKELIHOODS
from vae_core.model.objectives import OBJECTIVES, Context, Loss, Objective, build_objective, split_kl, stratified_weights
from vae_core.model.posterior import Posterior
from vae_core.model.priors import StandardNormal
from vae_core.model.vae import VAE, Terms, build_vae

B, D = 5, 2
AT_ONCE = Context(0, 1, B)
# The KL of `some_terms`, in all or per dimension, is above these for some images and below for others.
BETWEEN = {"free_bits": 0.13, "capacity": 0.25}


def some_vae(d: int = D) -> VAE:
    """Return a small VAE in float64, with weights large enough for posteriors that differ."""
    torch.manual_seed(0)
    vae = build_vae(ModelConfig(hidden=(4,), latent_size=d), (3, 3), 1 / 16).double()
    with torch.no_grad():
        for weights in vae.parameters():
            weights.mul_(2)
    return vae


def some_batch(n: int = B) -> tuple[Tensor, Tensor]:
    """Return images (n, 3, 3) and the noise (4, n, d) of four samples each."""
    generator = torch.Generator().manual_seed(1)
    return torch.rand(n, 3, 3, generator=generator).double(), torch.randn(4, n, D, generator=generator).double()


def some_terms(vae: VAE | None = None, samples: int = 4) -> Terms:
    x, eps = some_batch()
    return (vae or some_vae()).terms(Batch(x), eps=eps[:samples])


def made(name: str = "elbo", epochs: int = 9, steps_per_epoch: int = 5, **settings: object) -> Objective:
    return build_objective(ObjectiveConfig(objective=name, **settings), TrainConfig(epochs=epochs), steps_per_epoch)  # type: ignore[arg-type]


# ---- schedules


def test_the_linear_schedule_rises_and_stays() -> None:
    assert [linear(step, 4, 99) for step in (0, 1, 2, 4, 9)] == [0, 0.25, 0.5, 1, 1]
    assert linear(0, 0, 99) == 1


def test_the_cyclical_schedule_starts_anew_four_times() -> None:
    rises = [cyclical(step, 0, 80) for step in range(80)]
    assert rises[:20] == [*(step / 10 for step in range(10)), *[1.0] * 10]
    assert rises == rises[:20] * 4
    assert [cyclical(step, 4, 80) for step in range(40)] == [*(step / 4 for step in range(4)), *[1.0] * 16] * 2


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_share_is_between_0_and_1(name: str) -> None:
    shares = [SCHEDULES[name](step, warmup, 70) for step in range(70) for warmup in (0, 0.3, 6.5, 17)]
    assert min(shares) >= 0 and max(shares) == 1


@pytest.mark.parametrize(
    ("schedule", "warmup", "end"), [("constant", 0, 0), ("linear", 0, 0), ("linear", 2, 10), ("cyclical", 0, 53), ("cyclical", 0.5, 48)]
)
def test_early_stopping_is_told_when_the_warm_up_is_over(schedule: str, warmup: float, end: int) -> None:
    objective = made(epochs=12, kl_schedule=schedule, kl_warmup_epochs=warmup, beta=3.0)
    weights = [objective.weight(Context(step, 60, B)) for step in range(60)]
    assert objective.warm_steps == end
    assert weights[end:] == [3.0] * (60 - end) and weights[end - 1 : end] != [3.0]


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_end_of_the_warm_up_is_found_without_a_look_at_every_step(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for total, warmup in itertools.product((1, 2, 3, 5, 61, 70, 240), (0, 0.3, 1, 6.5, 15, 17)):
        schedule = Schedule(SCHEDULES[name], warmup, total)
        assert schedule.end == next((step + 1 for step in reversed(range(total)) if schedule(step) < 1), 0)
    asked: list[int] = []
    share = Schedule.__call__
    monkeypatch.setattr(Schedule, "__call__", lambda self, step: asked.append(step) or share(self, step))
    assert Schedule(SCHEDULES[name], 1000.0, 10**6).end == {"constant": 0, "linear": 1000, "cyclical": 751_000}[name]
    assert len(asked) < 100


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kl_warmup_epochs": 5.0}, "5 epochs, .* shorten the warm-up or train longer"),
        ({"kl_warmup_epochs": 1.25, "kl_schedule": "cyclical"}, "4 cycles has 1.25 epochs, .* shorten the warm-up or train longer"),
        ({"kl_warmup_epochs": 1.0, "kl_schedule": "constant"}, "set it to 0, or choose linear"),
        ({"objective": "magic"}, "choose one of elbo, ae"),
        ({"kl_schedule": "magic"}, "choose one of constant, linear"),
    ],
)
def test_what_contradicts_itself_is_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words) as refusal:
        build_objective(ObjectiveConfig(**settings), TrainConfig(epochs=5), 1)  # type: ignore[arg-type]
    assert re.fullmatch(r"([^.]|\.\d)+\.", str(refusal.value)), "one sentence"


# ---- values

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


# ---- IWAE


def test_the_iwae_loss_is_the_bound_of_k_samples() -> None:
    terms = some_terms()
    log_w = (terms.log_px + terms.log_pz - terms.log_qz).detach().numpy()
    expected = -(logsumexp(log_w, 0) - math.log(4))
    np.testing.assert_allclose(made("iwae", samples=4).score(terms).detach(), expected, rtol=1e-12)
    assert made("iwae", samples=4)(terms, AT_ONCE).loss.item() == pytest.approx(expected.mean(), rel=1e-12)
    assert made("iwae", samples=7).samples == 7


def brute_force_gradient(vae: VAE, x: Tensor, eps: Tensor) -> dict[str, Tensor]:
    """Return the doubly reparameterised gradient (Tucker et al. 2019, eq. 8), sample by sample, each z cut off from what made it."""
    posterior = vae.encode(x)
    names, parameters = zip(*vae.named_parameters(), strict=True)
    total = {name: torch.zeros_like(value) for name, value in zip(names, parameters, strict=True)}

    def log_w(i: int, z: Tensor) -> Tensor:
        log_px = vae.likelihood.log_prob(vae.decode(z), x[i : i + 1])[0]
        log_q = torch.distributions.Normal(posterior.mu[i].detach(), posterior.sigma[i].detach()).log_prob(z[0]).sum()
        return log_px + torch.distributions.Normal(0.0, 1.0).log_prob(z[0]).sum() - log_q

    for i in range(len(x)):
        made_z = [posterior.mu[i] + posterior.sigma[i] * e for e in eps[:, i]]
        cut = [z.detach()[None].requires_grad_() for z in made_z]
        values = [log_w(i, z) for z in cut]
        share = torch.softmax(torch.stack(values).detach(), 0)
        for value, z, z_made, w in zip(values, cut, made_z, share, strict=True):
            direct = torch.autograd.grad(value, [z, *parameters], retain_graph=True, allow_unused=True)
            path = torch.autograd.grad(z_made, parameters, w**2 * direct[0][0], retain_graph=True, allow_unused=True)
            for name, theta, phi in zip(names, direct[1:], path, strict=True):
                for part in (w * theta if theta is not None else None, phi):
                    total[name] -= 0 if part is None else part / len(x)
    return total


def gradients(vae: VAE, loss: Tensor) -> dict[str, Tensor]:
    names, parameters = zip(*vae.named_parameters(), strict=True)
    return dict(zip(names, torch.autograd.grad(loss, parameters, allow_unused=True, materialize_grads=True), strict=True))


def assert_same_gradients(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-9, atol=1e-12, msg=lambda text, name=name: f"{name}: {text}")


def test_the_iwae_gradient_is_the_doubly_reparameterised_one() -> None:
    vae, (x, eps) = some_vae(), some_batch()
    expected = brute_force_gradient(vae, x, eps)
    found = gradients(vae, made("iwae", samples=4)(vae.terms(Batch(x), eps=eps), AT_ONCE).loss)
    assert_same_gradients(found, expected)
    plain = gradients(vae, -(torch.logsumexp(vae.terms(Batch(x), eps=eps).log_weights, 0) - math.log(4)).mean())
    assert torch.allclose(plain["decoder.0.weight"], expected["decoder.0.weight"])
    assert not torch.allclose(plain["encoder.layers.2.weight"], expected["encoder.layers.2.weight"], rtol=0.01)


@pytest.mark.parametrize("weight", [1.0, 0.4, 2.0, 0.0])
def test_the_iwae_gradient_is_that_of_the_plain_estimator_on_average_and_quieter(weight: float) -> None:
    """Each of 40,000 copies of one image is one draw of the estimator: its gradient by the posterior's own mu and log_var."""
    vae, (x, _), draws = some_vae(), some_batch(1), 40_000
    eps = torch.randn(6, draws, D, generator=torch.Generator().manual_seed(2)).double()
    start = vae.encode(x)

    def draws_of(loss: Callable[[Terms], Tensor]) -> Tensor:
        posterior = Posterior(*(value.detach().expand(draws, D).clone().requires_grad_() for value in (start.mu, start.log_var)))
        z = posterior.sample(eps)
        terms = Terms(z, vae.likelihood.log_prob(vae.decode(z), x.expand(draws, 3, 3)), posterior, vae.prior)
        return torch.cat(torch.autograd.grad(draws * loss(terms), [posterior.mu, posterior.log_var]), 1)

    def plain(terms: Terms) -> Tensor:
        log_w = terms.log_px + weight * (terms.log_pz - terms.log_qz)
        return -torch.logsumexp(log_w, 0).mean()

    objective = made("iwae", samples=6, beta=weight)
    doubly, simple = draws_of(lambda terms: objective(terms, AT_ONCE).loss), draws_of(plain)
    standard_error = ((doubly.var(0) + simple.var(0)) / draws).sqrt()
    assert bool(((doubly.mean(0) - simple.mean(0)).abs() <= 4 * standard_error + 1e-12).all())
    assert bool((simple.mean(0).abs() > 10 * standard_error).any()), "a gradient of zero would show nothing"
    if weight == 1:
        assert bool((doubly.var(0) < 0.7 * simple.var(0)).all())


# ---- beta-TC


def some_posterior(n: int) -> Posterior:
    generator = torch.Generator().manual_seed(3)
    return Posterior(torch.randn(n, D, generator=generator).double(), torch.randn(n, D, generator=generator).double() - 1)


def test_with_the_whole_data_set_the_split_is_that_of_the_mixture() -> None:
    posterior, n, samples = some_posterior(6), 6, 3
    z = posterior.sample(torch.randn(samples, n, D, generator=torch.Generator().manual_seed(4)).double())
    mu, sd, points = posterior.mu.numpy(), posterior.sigma.numpy(), z.transpose(0, 1).numpy()
    expected = np.zeros((3, n))
    for i, s in itertools.product(range(n), range(samples)):
        densities = norm.pdf(points[i, s], mu, sd)  # (n, D)
        log_q = np.log(densities.prod(1).mean())
        log_q_dims = np.log(densities.mean(0)).sum()
        log_p = norm.logpdf(points[i, s]).sum()
        expected[:, i] += np.array([np.log(densities[i].prod()) - log_q, log_q - log_q_dims, log_q_dims - log_p]) / samples
    terms = Terms(z, torch.zeros(samples, n).double(), posterior, StandardNormal(D))
    loss = made("beta-tc", beta=3.0)(terms, Context(0, 1, n))
    parts = [float(loss.logged[name]) for name in ("mutual_information", "total_correlation", "dimension_kl")]
    assert parts == pytest.approx(list(expected.mean(1)), rel=1e-10)
    assert float(loss.loss) == pytest.approx(float(expected.mean(1) @ [1, 3, 1]), rel=1e-10)
    np.testing.assert_allclose(made("beta-tc", beta=3.0).score(terms), [1, 3, 1] @ expected, rtol=1e-10)


def expected_densities(weights: Callable[[int, int], Tensor], row: int, batch: int, n: int) -> tuple[Tensor, Tensor]:
    """Return the mean of the weighted densities at one z over all batches that hold its image in `row`, and the mixture's density."""
    posterior = some_posterior(n)
    z = posterior.mu[0] + 0.3 * posterior.sigma[0]
    density = posterior.log_prob(z).exp()
    batches = [[*others[:row], 0, *others[row:]] for others in itertools.permutations(range(1, n), batch - 1)]
    found = torch.stack([(weights(batch, n)[row] * density[torch.tensor(one)]).sum() for one in batches])
    return found.mean(), density.mean()


def ours(batch: int, n: int) -> Tensor:
    return stratified_weights(torch.zeros(batch, D).double(), n)


def column_instead_of_diagonal(batch: int, n: int) -> Tensor:
    """The weights of beta-tcvae, pythae and others: the strides of a (batch, batch - 1) matrix, so that a column is filled."""
    m = batch - 1
    weights = torch.full((batch, batch), 1 / m, dtype=torch.float64)
    weights.view(-1)[:: m + 1] = 1 / n
    weights.view(-1)[1 :: m + 1] = (n - m) / (n * m)
    weights[m - 1, 0] = (n - m) / (n * m)
    return weights


@pytest.mark.parametrize("row", range(3))
def test_the_stratified_weights_are_unbiased_in_every_row(row: int) -> None:
    found, expected = expected_densities(ours, row, 3, 6)
    assert torch.isclose(found, expected, rtol=1e-12)
    assert ours(3, 6)[row].sum() == pytest.approx(1)
    wrong, _ = expected_densities(column_instead_of_diagonal, row, 3, 6)
    assert torch.isclose(wrong, expected, rtol=1e-12) == (row == 0), "the well-known mistake passes in the first row only"


def test_a_single_image_is_taken_for_all() -> None:
    posterior = some_posterior(1)
    z = posterior.mu[:, None]
    log_q, log_p = posterior.log_prob(posterior.mu)[:, None], StandardNormal(D).log_prob(z)
    parts = split_kl(z, log_q, log_p, posterior, stratified_weights(z, 50).log())
    assert [float(part) for part in parts] == pytest.approx([0, 0, float(log_q - log_p)])


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
