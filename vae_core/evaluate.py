"""How good a trained model is: test scores, the IWAE bound, log p(x) by quadrature, and references on the same protocol.

All results are nats per image: summed over pixels and latent dimensions, averaged over images.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae_core import exact
from vae_core.latents import ASLEEP, chunks
from vae_core.vae import VAE, Batch, Terms

ACTIVE_VARIANCE = 0.01  # variance of mu over the data above which a unit counts as active (Burda et al. 2016, section 4.2)


@dataclass(frozen=True)
class Scores:
    """Means over images of the parts of the negative ELBO, and what each latent dimension does."""

    reconstruction: float
    kl: float
    score: float  # the objective at its final weights; picks the best epoch
    standard_error: float  # of reconstruction + kl, over images
    kl_per_dim: NDArray[np.float64]  # (d,); not a number where the prior has no closed form
    mu_variance: NDArray[np.float64]  # (d,) over images
    n: int

    @property
    def negative_elbo(self) -> float:
        """reconstruction + kl."""
        return self.reconstruction + self.kl

    @property
    def active_units(self) -> int:
        """Number of dimensions whose mean moves with the image."""
        return int((self.mu_variance > ACTIVE_VARIANCE).sum())

    @property
    def asleep(self) -> int:
        """Number of dimensions that carry next to nothing."""
        return int((self.kl_per_dim < ASLEEP).sum())


@torch.inference_mode()
def scores(vae: VAE, x: Tensor, eps: Tensor, score: Callable[[Terms], Tensor] | None = None) -> Scores:
    """Score images x (N, *event) with the given noise eps (S, N, d); S samples per image are averaged.

    `score` gives the objective per image (B,) of a batch's terms; by default it is the negative ELBO.
    """
    parts = [vae.terms(Batch(x[part]), eps=eps[:, part]) for part in chunks(len(x))]
    reconstruction = torch.cat([terms.reconstruction for terms in parts]).double()
    kl = torch.cat([terms.kl for terms in parts]).double()
    mu = torch.cat([terms.posterior.mu for terms in parts]).double()
    known = [terms.kl_per_dim for terms in parts if terms.kl_per_dim is not None]
    per_dim = torch.cat(known).double().mean(0) if known else torch.full((mu.shape[1],), math.nan, dtype=torch.float64)
    total = reconstruction + kl
    objective = total if score is None else torch.cat([score(terms) for terms in parts]).double()
    return Scores(
        reconstruction=float(reconstruction.mean()),
        kl=float(kl.mean()),
        score=float(objective.mean()),
        standard_error=float(total.std() / math.sqrt(len(x))) if len(x) > 1 else math.nan,
        kl_per_dim=per_dim.numpy(),
        mu_variance=mu.var(0, unbiased=False).numpy(),
        n=len(x),
    )


@torch.inference_mode()
def log_weights(vae: VAE, x: Tensor, samples: int, seed: int = 0) -> Tensor:
    """Return log p(x|z) + log p(z) - log q(z|x), (samples, N), of draws from q, in float64."""
    generator = torch.Generator().manual_seed(seed)
    rounds = []
    for part in chunks(samples, max(1, 4096 // len(x))):
        eps = torch.randn(part.stop - part.start, len(x), vae.prior.latent_size, generator=generator)
        rounds.append(vae.terms(Batch(x), eps=eps).log_weights.double())
    return torch.cat(rounds)


def iwae_bound(log_w: Tensor, k: int) -> Tensor:
    """Return the k-sample bound per image (N,) as the mean over disjoint blocks of k of the same large sample log_w (S, N).

    Block means of one sample are monotone in k where one k divides the next (Jensen); k = 1 is the ELBO (Burda et al. 2016, eq. 8).
    """
    blocks = log_w[: len(log_w) // k * k].reshape(-1, k, log_w.shape[1])
    return (torch.logsumexp(blocks, 1) - math.log(k)).mean(0)


def effective_sample_size(log_w: Tensor) -> Tensor:
    """Return (sum w)^2 / sum w^2 per image, (N,): below 10 the bound's error bar is not to be trusted."""
    return torch.exp(2 * torch.logsumexp(log_w, 0) - torch.logsumexp(2 * log_w, 0))


@dataclass(frozen=True)
class Evidence:
    """log p(x) per image (N,), and how much the last halving of the cells changed it, (N,)."""

    log_p: NDArray[np.float64]
    error: NDArray[np.float64]


@torch.inference_mode()
def evidence(vae: VAE, x: Tensor, *, side: int = 160, tolerance: float = 1e-3, rounds: int = 7) -> Evidence:
    """Integrate p(x|z) p(z) over a latent space of one or two dimensions, refining the cells that carry mass.

    A fixed grid errs by up to a nat, since posteriors are far narrower than its cells; here every cell that carries mass, or lies within
    the encoder's posterior, is halved until two halvings in a row change log p(x) by less than `tolerance`.

    Args:
        vae: a model with latent size 1 or 2.
        x: images (N, *event).
        side: cells per axis of the first grid, which spans at least 6 standard deviations of the prior.
        tolerance: nats.
        rounds: halvings at most; what is left shows in `error`.
    """
    d = vae.prior.latent_size
    if d > 2:
        raise ValueError(f"quadrature needs 1 or 2 latent dimensions, not {d}; use the IWAE bound.")
    posterior = vae.encode(x)
    reach = max(6.0, float((posterior.mu.abs() + 6 * posterior.sigma).max()))
    width = 2 * reach / side
    axis = torch.linspace(-reach + width / 2, reach - width / 2, side)
    cells = torch.cartesian_prod(*[axis] * d).reshape(-1, d)
    decoded = torch.cat([vae.decode(cells[part]) for part in chunks(len(cells))], dim=1)
    results = [
        _refine(vae, x[i : i + 1], decoded, cells, width, posterior.mu[i], posterior.sigma[i], tolerance, rounds) for i in range(len(x))
    ]
    return Evidence(np.array([r[0] for r in results]), np.array([r[1] for r in results]))


def _refine(
    vae: VAE, x: Tensor, decoded: Tensor, cells: Tensor, width: float, mu: Tensor, sigma: Tensor, tolerance: float, rounds: int
) -> tuple[float, float]:
    """Return log p(x) of one image (1, *event) and the last change, starting from the decoded first grid."""
    d = cells.shape[1]
    corners = torch.cartesian_prod(*[torch.tensor([-0.25, 0.25])] * d).reshape(-1, d)
    mass = (vae.likelihood.log_prob(decoded, x) + vae.prior.log_prob(cells)).double() + d * math.log(width)
    settled, last, changes = torch.tensor(-math.inf, dtype=torch.float64), float(torch.logsumexp(mass, 0)), [math.inf]
    for _ in range(rounds):
        near = ((cells - mu).abs() <= 4 * sigma + width).all(1)
        # A cell of one ten-millionth of the mass may hide a peak between its neighbours' centres.
        open_cells = near | (mass > last - math.log(1e7))
        settled = torch.logaddexp(settled, torch.logsumexp(mass[~open_cells], 0))
        cells = (cells[open_cells][:, None] + width * corners).reshape(-1, d)
        width /= 2
        joint = [vae.likelihood.log_prob(vae.decode(cells[p]), x) + vae.prior.log_prob(cells[p]) for p in chunks(len(cells))]
        mass = torch.cat(joint).double() + d * math.log(width)
        total = float(torch.logaddexp(settled, torch.logsumexp(mass, 0)))
        changes.append(abs(total - last))
        last = total
        if max(changes[-2:]) < tolerance:
            break
    return last, changes[-1]


def references(
    train: NDArray[Any], test: NDArray[Any], likelihood: str, pixels: str, latent_size: int, sigma: float
) -> list[dict[str, Any]]:
    """Return what simpler models score on the same protocol: [{"name", "nats"}], mean nats per test image.

    Probabilities of black-or-white pixels are compared with independent pixels (and, for grey pixels, with the entropy floor that no model
    can beat); densities with independent normal pixels and probabilistic PCA of the same latent size. The two kinds are never mixed.

    Args:
        train, test: pictures (N, P) in [0, 1], treated as the model's were.
        likelihood, pixels, latent_size, sigma: the run's settings.
    """
    train, test = np.asarray(train, np.float64), np.asarray(test, np.float64)
    if likelihood == "bernoulli":
        rows = [("independent-pixels", exact.independent_bernoulli(train, test))]
        if pixels == "grey":
            rows.append(("entropy-floor", float(exact.bernoulli_entropy(test).sum(1).mean())))
    else:
        sigma2 = sigma**2 if likelihood == "gaussian" else None
        rows = [
            (name, float(-exact.ppca(train, q, sigma2).log_prob(test).mean()))
            for name, q in (("independent-pixels", 0), ("ppca", latent_size))
        ]
    return [{"name": name, "nats": nats} for name, nats in rows]


def knn_accuracy(train: NDArray[Any], train_labels: NDArray[Any], test: NDArray[Any], test_labels: NDArray[Any], k: int = 20) -> float:
    """Return the share of test codes whose k nearest training codes vote for the right class."""
    from sklearn.neighbors import KNeighborsClassifier

    return float(KNeighborsClassifier(min(k, len(train))).fit(train, train_labels).score(test, test_labels))


def neighbour_reach(mu: NDArray[Any], k: int = 10, share: float = 0.99) -> float | None:
    """Return the distance within which `share` of the images find their k-th nearest other image, or None for too few images.

    A place on the map whose k-th nearest image is farther away than this lies outside of what the model has seen; calibrated on the images
    themselves, each left out of its own neighbours.
    """
    from sklearn.neighbors import NearestNeighbors

    if len(mu) <= k:
        return None
    distances = NearestNeighbors(n_neighbors=k + 1).fit(mu).kneighbors(mu)[0][:, k]
    return float(np.quantile(distances, share))
