"""What the ELBO loses: log p(x) - ELBO = KL(q(z|x) || p(z|x)), split into amortisation and approximation, image by image.

Approximation is what the best diagonal normal still loses, amortisation what the encoder loses beside it (Cremer et al. 2018, section 2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae_core.arrays import Float64s, Ints
from vae_core.evaluation import marginal_likelihood
from vae_core.evaluation.quadrature import hermite
from vae_core.latent.inference import CHUNK, chunks
from vae_core.model.vae import VAE
from vae_core.progress import Progress, no_progress

SEARCH_NODES = {1: (20, 40), 2: (12, 24)}  # per axis while searching, and where these few mislead the search
NODES = 20  # per axis for what is reported
STEPS = 60
LEAST_SHARE = 1e-3  # of a Newton step: where even so little of it leads down, the search has ended
SETTLED = 1e-5  # nats that a Newton step would still gain
STARTS = ("encoder", "posterior", "mode")  # where a search starts: the encoder's normal, the exact posterior's moments, its mode
CLEARLY = 1e-3  # nats by which another start must be better than the encoder's to be taken
LOG_2_PI_E = math.log(2 * math.pi) + 1


@dataclass(frozen=True)
class InferenceGaps:
    """Per image (N,): log p(x) and its error, ELBOs of the encoder's and of the best diagonal normal; those normals, (N, d)."""

    log_p: Float64s
    error: Float64s
    elbo: Float64s
    best_elbo: Float64s
    mu: Float64s
    sigma: Float64s
    best_mu: Float64s
    best_sigma: Float64s
    mean: Float64s  # of the exact posterior, (N, d)
    spread: Float64s  # its standard deviations, (N, d)
    is_settled: NDArray[np.bool_]  # the search for the best ended at a maximum
    start: Ints  # which of STARTS led to the best

    @property
    def gap(self) -> Float64s:
        """KL(q(z|x) || p(z|x)), the sum of the two below."""
        return self.log_p - self.elbo

    @property
    def amortisation(self) -> Float64s:
        """What the encoder could gain with the same family."""
        return self.best_elbo - self.elbo

    @property
    def approximation(self) -> Float64s:
        """What the family of diagonal normals loses."""
        return self.log_p - self.best_elbo


def inference_gaps(vae: VAE, x: Tensor, progress: Progress = no_progress) -> InferenceGaps:
    """Return the gap of every image x (N, *event) and its two parts; one or two latent dimensions.

    Raises:
        ValueError: more than two latent dimensions.
    """
    exact = marginal_likelihood.log_evidence(vae, x, progress=lambda share: progress(0.5 * share))
    with torch.inference_mode():
        posterior = vae.encode(x).detach()
    mu, sigma = posterior.mu.double(), posterior.sigma.double()
    moments = torch.from_numpy(exact.mean), torch.from_numpy(exact.sigma)
    # Of two places that draw nearly the same picture, the moments lie between; the highest cell lies on one, as wide as the encoder's.
    starts = (mu, sigma), moments, (torch.from_numpy(exact.mode), sigma)
    optima = [optimise_q(vae, x, *start, _part(progress, 0.5 + i / 6, 1 / 6)) for i, start in enumerate(starts)]
    # Judged with more nodes than the search used: where the encoder's own normal is no worse by these, it stays.
    optima.insert(0, Optimum(mu, sigma, optima[0].is_settled))
    elbos = torch.stack([elbo(vae, x, one.mu, one.sigma) for one in optima])
    which = (elbos - torch.tensor([0, 0, CLEARLY, 2 * CLEARLY], dtype=torch.float64)[:, None]).argmax(0), torch.arange(len(x))
    best_mu, best_sigma, is_settled = (
        torch.stack(found)[which] for found in ([getattr(one, name) for one in optima] for name in ("mu", "sigma", "is_settled"))
    )
    found = (elbos[0], elbos[which], mu, sigma, best_mu, best_sigma, *moments, is_settled, (which[0] - 1).clamp_min(0))
    return InferenceGaps(exact.log_p, exact.error, *(value.numpy() for value in found))


def _part(progress: Progress, start: float, length: float) -> Progress:
    return lambda share: progress(start + length * share)


def subset_of(found: InferenceGaps, which: list[int]) -> InferenceGaps:
    """Return the gaps of these images alone."""
    return InferenceGaps(**{f.name: getattr(found, f.name)[which] for f in fields(found)})


# --------------------------------------------------------------------------- expectations under a normal


def _product(n: int, d: int) -> tuple[Tensor, Tensor]:
    """Return nodes (n^d, d) and weights (n^d,) of the product rule."""
    nodes, weights = (torch.from_numpy(one) for one in hermite(n))
    places = torch.cartesian_prod(*[nodes] * d).reshape(-1, d)
    return places, torch.cartesian_prod(*[weights] * d).reshape(-1, d).prod(1)


@torch.inference_mode()
def _at_nodes(vae: VAE, x: Tensor, mu: Tensor, sigma: Tensor, nodes: Tensor) -> Tensor:
    """Return log p(x|z) + log p(z) in float64, (N, K), at the nodes (K, d) of each normal mu, sigma (N, d)."""
    z = (mu[:, None] + sigma[:, None] * nodes).flatten(0, 1)
    owner = torch.arange(len(mu)).repeat_interleave(len(nodes))
    return marginal_likelihood.log_joint(vae, x, z, owner).reshape(len(mu), len(nodes))


def _entropy(sigma: Tensor) -> Tensor:
    return (sigma.log() + 0.5 * LOG_2_PI_E).sum(1)


def elbo(vae: VAE, x: Tensor, mu: Tensor, sigma: Tensor, n: int = NODES) -> Tensor:
    """Return the ELBO of images x (N, *event) under the normals mu, sigma (N, d), (N,), by quadrature with n nodes an axis."""
    nodes, weights = _product(n, mu.shape[1])
    parts = [_at_nodes(vae, x[p], mu[p], sigma[p], nodes) @ weights for p in chunks(len(mu), max(1, CHUNK // len(nodes)))]
    return torch.cat(parts) + _entropy(sigma)


# --------------------------------------------------------------------------- the best diagonal normal


@dataclass(frozen=True)
class Optimum:
    """Where a search ended: normals mu, sigma (N, d), and whether a further Newton step would gain nothing, (N,)."""

    mu: Tensor
    sigma: Tensor
    is_settled: Tensor


@dataclass(frozen=True)
class _LocalModel:
    """The ELBO near normals, from its values at the nodes: ELBO (N,), slope (N, d) and curvature (N, d, d) of mean log p(x, z), in sigmas.

    By Stein's lemma sigma E[f'] = E[f e] and sigma^2 E[f''] = E[f (e e' - I)] for z = mu + sigma e: no gradient of the decoder is needed.
    """

    elbo: Tensor
    slope: Tensor
    curvature: Tensor

    @property
    def width_slope(self) -> Tensor:
        """Slope of the ELBO by log sigma, (N, d)."""
        return 1 + self.curvature.diagonal(dim1=1, dim2=2)

    def step(self) -> tuple[Tensor, Tensor]:
        """Return Newton's step of mu, in sigmas, and of log sigma, each (N, d), at most 3 sigmas and a factor of e long."""
        values, axes = torch.linalg.eigh(-self.curvature)
        along = (axes.mT @ self.slope[..., None])[..., 0] / values.abs().clamp_min(0.1)
        move = (axes @ along[..., None])[..., 0]
        move = move * (3 / move.norm(dim=1, keepdim=True).clamp_min(3))
        bend = -self.curvature.diagonal(dim1=1, dim2=2)
        return move, (-0.5 * bend.clamp_min(1e-2).log()).clamp(-1, 1)

    def predicted_gain(self) -> Tensor:
        """Return what Newton's step would gain, (N,) in nats, were the ELBO as curved as at its top."""
        return 0.5 * (self.slope * self.step()[0]).sum(1).clamp_min(0) + 0.25 * self.width_slope.square().sum(1)


def _local_model(vae: VAE, x: Tensor, mu: Tensor, sigma: Tensor, n: int) -> _LocalModel:
    nodes, weights = _product(n, mu.shape[1])
    f = torch.cat([_at_nodes(vae, x[p], mu[p], sigma[p], nodes) for p in chunks(len(mu), max(1, CHUNK // len(nodes)))])
    mean = f @ weights
    pulled = (f - mean[:, None]) * weights
    second = nodes[:, :, None] * nodes[:, None, :] - torch.eye(nodes.shape[1], dtype=nodes.dtype)
    return _LocalModel(mean + _entropy(sigma), pulled @ nodes, torch.einsum("nk,kij->nij", pulled, second))


def optimise_q(vae: VAE, x: Tensor, mu: Tensor, sigma: Tensor, progress: Progress = no_progress) -> Optimum:
    """Raise the ELBO of every image x (N, *event) from the normals mu, sigma (N, d), by damped Newton steps in mu and log sigma."""
    mu, sigma, is_settled = mu.clone(), sigma.clone(), torch.zeros(len(mu), dtype=torch.bool)
    halves = (lambda share: progress(0.5 * share)), (lambda share: progress(0.5 + 0.5 * share))
    for n, tell in zip(SEARCH_NODES[mu.shape[1]], halves, strict=True):
        todo = (~is_settled).nonzero()[:, 0]
        if len(todo):
            top = _ascend(vae, x[todo], mu[todo], sigma[todo], n, tell)
            mu[todo], sigma[todo], is_settled[todo] = top.mu, top.sigma, top.is_settled
    progress(1.0)
    return Optimum(mu, sigma, is_settled)


def _ascend(vae: VAE, x: Tensor, mu: Tensor, sigma: Tensor, n: int, progress: Progress) -> Optimum:
    """Do `optimise_q` with n nodes an axis; mu and sigma are changed."""
    look, share = _local_model(vae, x, mu, sigma, n), torch.ones(len(mu), dtype=torch.float64)
    values, gains = look.elbo.clone(), look.predicted_gain()
    moves, stretches = look.step()
    for step in range(STEPS):
        progress(step / STEPS)
        todo = ((gains >= SETTLED) & (share > LEAST_SHARE)).nonzero()[:, 0]
        if not len(todo):
            break
        new_mu = mu[todo] + share[todo, None] * sigma[todo] * moves[todo]
        new_sigma = sigma[todo] * (share[todo, None] * stretches[todo]).exp()
        look = _local_model(vae, x[todo], new_mu, new_sigma, n)
        is_better = look.elbo > values[todo]
        share[todo] = torch.where(is_better, 2 * share[todo], 0.25 * share[todo]).clamp_max(1)
        won = todo[is_better]
        mu[won], sigma[won], values[won] = new_mu[is_better], new_sigma[is_better], look.elbo[is_better]
        gains[won] = look.predicted_gain()[is_better]
        moves[won], stretches[won] = (one[is_better] for one in look.step())
    return Optimum(mu, sigma, gains < SETTLED)
