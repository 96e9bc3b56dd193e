"""The estimators behind objectives iwae and beta-tc: bounds, weights and gradients against sums over all samples."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.special import logsumexp
from scipy.stats import norm
from torch import Tensor

from tests.vae_core.model.helpers import AT_ONCE, D, assert_same_gradients, gradients, made, some_batch, some_terms, some_vae
from vae_core.data.batches import Batch
from vae_core.model.objectives import Context, split_kl, stratified_weights
from vae_core.model.posterior import Posterior
from vae_core.model.priors import StandardNormal
from vae_core.model.vae import VAE, Terms

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
