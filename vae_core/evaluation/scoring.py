"""How good a trained model is: test scores, the IWAE bound, and references on the same protocol.

All results are nats per image: summed over pixels and latent dimensions, averaged over images.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae_core.evaluation import closed_forms as exact
from vae_core.latent.latents import ASLEEP, at_once, chunks
from vae_core.model.objectives import Objective
from vae_core.model.vae import VAE, Batch, Terms

if TYPE_CHECKING:
    from vae_core.data.batches import Images

ACTIVE_VARIANCE = 0.01  # variance of mu over the data above which a unit counts as active (Burda et al. 2016, section 4.2)


@dataclass(frozen=True)
class Scores:
    """The parts of the negative ELBO image by image, and what each latent dimension does; a deterministic model has no KL (NaN)."""

    reconstructions: NDArray[np.float64]  # (N,)
    kls: NDArray[np.float64]  # (N,)
    score: float  # the objective at its final weights, mean over images; picks the best epoch
    kl_per_dim: NDArray[np.float64]  # (d,) means; NaN where the prior has no closed form
    mu_variance: NDArray[np.float64]  # (d,) over images

    @property
    def n(self) -> int:
        """Number of images."""
        return len(self.reconstructions)

    @property
    def reconstruction(self) -> float:
        """-log p(x|z), mean over images."""
        return float(self.reconstructions.mean())

    @property
    def kl(self) -> float:
        """KL(q(z|x) || p(z)), mean over images."""
        return float(self.kls.mean())

    @property
    def negative_elbo(self) -> float:
        """reconstruction + kl."""
        return self.reconstruction + self.kl

    @property
    def standard_error(self) -> float:
        """Standard error of the mean of reconstruction + kl (without a KL: of reconstruction), over images."""
        per_image = self.reconstructions if math.isnan(self.kl) else self.reconstructions + self.kls
        return float(per_image.std(ddof=1) / math.sqrt(self.n)) if self.n > 1 else math.nan

    @property
    def active_units(self) -> int:
        """Number of dimensions whose mean moves with the image."""
        return int((self.mu_variance > ACTIVE_VARIANCE).sum())

    @property
    def asleep(self) -> int:
        """Number of dimensions that carry next to nothing."""
        return int((self.kl_per_dim < ASLEEP).sum())


@torch.inference_mode()
def scores(vae: VAE, x: Tensor | Images, eps: Tensor, objective: Objective | None = None) -> Scores:
    """Score images x (N, *event) with the given noise eps (S, N, d); S samples per image are averaged.

    `objective` gives the score, by default the negative ELBO; a deterministic one is given its z = mu.
    """
    device = next(vae.parameters()).device
    is_deterministic = objective is not None and objective.deterministic
    # Filled in place: thousands of small results kept between large temporary ones would leave the memory in pieces.
    found = torch.empty(len(x), 3 + 2 * vae.prior.latent_size, dtype=torch.float64)
    for part in chunks(len(x), max(1, at_once(x[:1].shape) // len(eps))):
        noise = torch.zeros_like(eps[:1, part]) if is_deterministic else eps[:, part]
        terms = vae.terms(Batch(x[part].to(device)), eps=noise.to(device))
        per_dim = torch.full_like(terms.posterior.mu, math.nan) if terms.kl_per_dim is None else terms.kl_per_dim
        score = -terms.elbo if objective is None else objective.score(terms)
        found[part] = torch.cat([torch.stack([terms.reconstruction, terms.kl, score], 1), per_dim, terms.posterior.mu], 1).cpu().double()
    reconstruction, kl, score = found[:, :3].T.contiguous()
    per_dim, mu = (part.contiguous() for part in found[:, 3:].chunk(2, 1))
    if is_deterministic:
        kl, per_dim = torch.full_like(kl, math.nan), torch.full_like(per_dim, math.nan)
    return Scores(
        reconstructions=reconstruction.numpy(),
        kls=kl.numpy(),
        score=float(score.mean()),
        kl_per_dim=per_dim.mean(0).numpy(),
        mu_variance=mu.var(0, unbiased=False).numpy(),
    )


@torch.inference_mode()
def log_weights(vae: VAE, x: Tensor, samples: int, seed: int = 0, progress: Callable[[float], None] = lambda share: None) -> Tensor:
    """Return log p(x|z) + log p(z) - log q(z|x), (samples, N), of draws from q, in float64; `progress` is told the share that is done."""
    generator = torch.Generator().manual_seed(seed)
    posterior = vae.encode(x)
    found = torch.empty(samples, len(x), dtype=torch.float64)  # filled in place, as in `scores`: else gigabytes of pieces
    for part in chunks(samples, max(1, 4096 // len(x))):
        eps = torch.randn(part.stop - part.start, len(x), vae.prior.latent_size, generator=generator)
        z = posterior.sample(eps)
        found[part] = Terms(z, vae.likelihood.log_prob(vae.decode(z), x), posterior, vae.prior).log_weights.double()
        progress(part.stop / samples)
    return found


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
class References:
    """What each test image costs under simpler models, by name: nats (N,); and by name why others cannot be among them."""

    costs: dict[str, NDArray[np.float64]]
    left_out: dict[str, str]

    def record(self) -> dict[str, Any]:
        """Return the means as JSON-ready values: references [{"name", "nats"}], and where there is one left_out [{"name", "sentence"}]."""
        left_out = [{"name": name, "sentence": sentence} for name, sentence in self.left_out.items()]
        rows = [{"name": name, "nats": float(values.mean())} for name, values in self.costs.items()]
        return {"references": rows, **({"left_out": left_out} if left_out else {})}


def references(
    train: NDArray[Any],
    test: NDArray[Any],
    likelihood: str,
    pixels: str,
    latent_size: int,
    sigma: float,
    labels: NDArray[np.int64] | None = None,
) -> References:
    """Return what each test image costs under simpler models of the same protocol.

    Probabilities of black-or-white pixels are compared with independent pixels, with a class mixture where labels are given, and, for grey
    pixels, with the entropy floor that no model can beat; densities with independent normal pixels and probabilistic PCA of the same latent
    size, except of pictures so large that their covariance cannot be had. The two kinds are never mixed.

    Args:
        train, test: pictures (M, P) and (N, P) in [0, 1], treated as the model's were.
        likelihood, pixels, latent_size, sigma: the run's settings.
        labels: classes of the training pictures (M,).
    """
    test = np.asarray(test, np.float64)
    if likelihood != "bernoulli":
        sizes = {"independent-pixels": 0, "ppca": latent_size}
        return _normal_references(train, test, sizes, sigma**2 if likelihood == "gaussian" else None)
    costs = {"independent-pixels": -exact.class_mixture(train, np.zeros(len(train), np.int64)).log_prob(test)}
    if labels is not None:
        costs["class-mixture"] = -exact.class_mixture(train, labels).log_prob(test)
    if pixels == "grey":
        costs["entropy-floor"] = exact.bernoulli_entropy(test).sum(1)
    return References(costs, {})


def _normal_references(train: NDArray[Any], test: NDArray[Any], sizes: dict[str, int], sigma2: float | None) -> References:
    """Return the costs of probabilistic PCA with so many components, by name, with this noise or with noise of its own."""
    found, numbers = References({}, {}), train.shape[1]
    for name, q in sizes.items():
        try:
            if numbers > exact.WIDEST:
                raise exact.NoFit(f"It takes the covariance of an image's numbers, and {numbers} are too many for that.")
            cost = -exact.ppca(train, q, sigma2).log_prob(test)
            if sigma2 is None and not exact.is_reference(float(cost.mean()), numbers):
                raise exact.NoFit(exact.MEANINGLESS)
            found.costs[name] = cost
        except exact.NoFit as error:
            found.left_out[name] = str(error)
    return found


def knn_accuracy(
    train: NDArray[Any],
    train_labels: NDArray[Any],
    test: NDArray[Any],
    test_labels: NDArray[Any],
    k: int = 20,
    own: NDArray[np.int64] | None = None,
) -> float:
    """Return the share of test codes whose k nearest training codes (of fewer, all) vote for the right class, of equals the lowest.

    Args:
        train, test: codes (M, d) and (N, d); train_labels, test_labels: their classes, (M,) and (N,).
        own: where the same images are among the training ones, the place of each test image there, (N,), -1 for none: it has no vote.
    """
    from sklearn.neighbors import NearestNeighbors

    count = min(k + (own is not None), len(train))
    near = NearestNeighbors(n_neighbors=count).fit(train).kneighbors(test, return_distance=False)
    if own is not None:  # to the end with it, or where there is none with the farthest, and away
        near = np.take_along_axis(near, np.argsort(near == own[:, None], 1, kind="stable"), 1)[:, :-1]
    votes = np.zeros((len(test), int(train_labels.max()) + 1), np.int32)
    np.add.at(votes, (np.arange(len(test))[:, None], train_labels[near]), 1)
    return float((votes.argmax(1) == test_labels).mean())


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
