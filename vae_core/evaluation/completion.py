"""Pictures of which a part is erased: the places p(z | visible pixels) that what is left allows, by importance sampling.

The best of some known places climb to modes by Gauss-Newton steps. A mixture of the normal distributions round them (Laplace's
approximation) is the first proposal. Its draws are weighted by p(visible|z) p(z) / q(z), normalised by themselves, and by their moments
the mixture is fitted anew before the last draws (population Monte Carlo: Cappé et al. 2008). Of a linear model with normal noise the
proposal is p(z | visible) itself from the beginning. js/engine/completion.js does the same in the browser.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae_core.arrays import Float64s
from vae_core.latent.inference import chunks, images_at_once
from vae_core.model.vae import VAE

MODES, CLIMBS = 4, 10  # places that climb, and their steps at most
APART = 0.35  # of a place from another one that climbs too, times the root of d
LENGTHS = (1.0, 0.5, 0.2, 0.05)  # of a Gauss-Newton step, the best of which is taken
FITS = 2  # times that the mixture is fitted anew, by half as many draws as the last
LIKE_DRAWS = 4.0  # as so many draws for each dimension, and one more, counts what a normal was before
LITTLE = 0.02  # by which a place is moved to see how the decoder turns, in the units of z
NUDGE = 1e-3  # by which a pixel's parameter is moved to see how its cost bends
LEAST_SHARE = 0.02  # of the draws, of a mode that is not ruled out
RULED_OUT = 12.0  # nats of evidence below the best mode
STEEP = 1e-9  # the least a cost may bend, so that a bow of rounding errors is none


@dataclass(frozen=True)
class Candidates:
    """Places that may climb, with what the decoder makes of each: z (M, d) and params (1, M, *event)."""

    z: Tensor
    params: Tensor

    @classmethod
    def at(cls, vae: VAE, z: NDArray[np.floating]) -> Candidates:
        """Return places z (M, d), decoded."""
        places = torch.as_tensor(np.asarray(z), dtype=torch.float64)
        return cls(places, _decode(vae, places))


@dataclass(frozen=True)
class Completions:
    """Draws of p(z | visible pixels) for B pictures.

    Attributes:
        z: places, (S, B, d).
        weights: (S, B), which sum to 1 over the draws of a picture.
        pictures: what the model draws there, the means of p(x|z), (S, B, *event).
        modes: normal distributions of which they were drawn, (B,).
    """

    z: Float64s
    weights: Float64s
    pictures: NDArray[np.float32]
    modes: NDArray[np.int64]

    @property
    def effective(self) -> Float64s:
        """How many equal draws the weighted ones are worth, 1 / sum w^2, (B,)."""
        found: Float64s = 1 / (self.weights**2).sum(0)
        return found

    @property
    def mean(self) -> Float64s:
        """The average of all completions, E[x | visible pixels], (B, *event): what a regressor of least square error draws."""
        found: Float64s = np.einsum("sb,sb...->b...", self.weights, self.pictures.astype(np.float64))
        return found

    def some(self, count: int) -> NDArray[np.float32]:
        """Return so many completions of each picture, (B, count, *event), evenly by weight; one of great weight comes more than once."""
        at = (np.arange(count) + 0.5) / count
        found = []
        for b, shares in enumerate(self.weights.T):
            chosen = np.searchsorted(np.cumsum(shares), at * shares.sum()).clip(max=len(shares) - 1)
            found.append(self.pictures[chosen, b])
        return np.stack(found)


@torch.inference_mode()
def complete(vae: VAE, x: Tensor, seen: NDArray[np.bool_], candidates: Candidates, *, samples: int = 256, seed: int = 0) -> Completions:
    """Draw completions of pictures of which the same part is erased.

    Args:
        vae: with a standard normal prior.
        x: pictures (B, *event); what their erased pixels hold makes no difference.
        seen: which pixels are visible, (H, W), for all channels alike.
        candidates: places of which the best climb.
        samples: draws, S.
        seed: of the draws.
    """
    whole = _Visible(vae, x, torch.as_tensor(np.broadcast_to(seen, x.shape[1:]).copy()))
    generator = torch.Generator().manual_seed(seed)
    mode, precision = whole.climb(whole.best(candidates))
    mixture = _Mixture(mode, torch.linalg.inv(precision), _shares(whole.log_joint(mode), mode, precision))
    for _ in range(FITS):
        drawn = mixture.draw(max(2, samples // 2), generator)
        mixture = drawn.mixture.fitted(drawn, whole.log_joint(drawn.z))
    drawn = mixture.draw(samples, generator)
    params = _decode(vae, drawn.z)
    weights = (whole.log_joint(drawn.z, params) - drawn.log_density).softmax(0)
    modes = (drawn.mixture.shares > 0).sum(0)
    return Completions(drawn.z.numpy(), weights.numpy(), vae.likelihood.mean(params).float().numpy(), modes.numpy())


def _decode(vae: VAE, z: Tensor) -> Tensor:
    """Return the likelihood's params (1, ..., *event) at places z (..., d), in the precision of the model."""
    flat = z.reshape(-1, z.shape[-1]).to(next(vae.parameters()).dtype)
    first = vae.decode(flat[:1])
    parts = [vae.decode(flat[part]) for part in chunks(len(flat), images_at_once(first.shape[1:]))]
    return torch.cat(parts, 1).reshape(first.shape[0], *z.shape[:-1], *first.shape[2:])


@dataclass(frozen=True)
class _Visible:
    """What is visible of pictures x (B, *event)."""

    vae: VAE
    x: Tensor
    seen: Tensor  # (*event)

    def log_joint(self, z: Tensor, params: Tensor | None = None) -> Tensor:
        """Return log p(visible|z) + log p(z) in nats, (K, B), of places z (K, B, d)."""
        params = _decode(self.vae, z) if params is None else params
        per_pixel = self.vae.likelihood.log_prob_map(params, self.x) * self.seen
        return per_pixel.flatten(2).double().sum(-1) + self.vae.prior.log_prob(z)

    def best(self, candidates: Candidates) -> Tensor:
        """Return the MODES best candidates of each picture that lie apart, (K, B, d)."""
        m, d = candidates.z.shape
        score = torch.stack([self._scores(candidates, one) for one in self.x], 1)
        chosen = []
        for _ in range(min(MODES, m)):
            found = candidates.z[score.argmax(0)]
            chosen.append(found)
            off = (candidates.z[:, None] - found).norm(dim=-1)
            score = score - torch.where(off < APART * math.sqrt(d), 1e6, 0.0)
        return torch.stack(chosen)

    def _scores(self, candidates: Candidates, one: Tensor) -> Tensor:
        per_pixel = self.vae.likelihood.log_prob_map(candidates.params, one[None]) * self.seen
        return per_pixel.flatten(1).double().sum(-1) + self.vae.prior.log_prob(candidates.z)

    def climb(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return the modes that places z (K, B, d) climb to, and minus the curvature of log p(z | visible) there, (K, B, d, d)."""
        height = self.log_joint(z)
        lengths = torch.tensor(LENGTHS, dtype=torch.float64)
        for _ in range(CLIMBS):
            slope, precision = self._slope(z)
            step = torch.linalg.solve(precision, slope)
            tried = z + lengths[:, None, None, None] * step
            heights = torch.stack([self.log_joint(one) for one in tried])
            top, which = heights.max(0)
            z = torch.where((top > height)[..., None], tried.gather(0, which[None, ..., None].expand(1, *z.shape))[0], z)
            gained = (top - height).clamp_min(0)
            height = height + gained
            if float(gained.max()) < 1e-6:
                break
        return z, self._slope(z)[1]

    def _slope(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return the slope of log p(z | visible) at z (K, B, d), and its precision as Gauss and Newton have it: J' W J + 1."""
        d = z.shape[-1]
        moved = torch.cat([z[..., None, :], z[..., None, :] + LITTLE * torch.eye(d, dtype=z.dtype)], -2)
        params = _decode(self.vae, moved)[0].double()
        middle = params[:, :, 0]
        turn = ((params[:, :, 1:] - middle[:, :, None]) / LITTLE).flatten(3)  # (K, B, d, P)
        below, here, above = (
            self.vae.likelihood.log_prob_map(middle[None] + nudge, self.x.double()) * self.seen for nudge in (-NUDGE, 0.0, NUDGE)
        )
        pull = ((above - below) / (2 * NUDGE)).flatten(2)
        bend = ((2 * here - above - below) / NUDGE**2).clamp_min(STEEP).flatten(2) * self.seen.flatten()
        precision = (turn * bend[:, :, None]) @ turn.mT + torch.eye(d, dtype=z.dtype)
        return (turn @ pull[..., None])[..., 0] - z, precision


def _shares(log_joint: Tensor, mode: Tensor, precision: Tensor) -> Tensor:
    """Return the share of the draws that each mode gets, (K, B): by its evidence after Laplace; of one found twice the higher counts."""
    evidence = log_joint - 0.5 * torch.linalg.slogdet(precision)[1]
    top = evidence.amax(0)
    for k in range(len(mode)):
        for other in range(len(mode)):
            if other == k:
                continue
            off = mode[k] - mode[other]
            is_same = (off[:, None] @ precision[other] @ off[..., None])[:, 0, 0] < 1
            is_lower = (log_joint[k] < log_joint[other]) | ((log_joint[k] == log_joint[other]) & (k > other))
            evidence[k] = torch.where(is_same & is_lower & evidence[other].isfinite(), -math.inf, evidence[k])
    raw = (evidence - top).exp()
    shares = torch.where(evidence > top - RULED_OUT, raw.clamp_min(LEAST_SHARE), 0.0)
    return shares / shares.sum(0)


@dataclass(frozen=True)
class _Draws:
    """Places z (S, B, d) and how a mixture, its shares as they were drawn, sees them: log density (S, B), that of each normal (K, S, B)."""

    mixture: _Mixture
    z: Tensor
    log_each: Tensor  # with the share of the normal

    @property
    def log_density(self) -> Tensor:
        return self.log_each.logsumexp(0)


@dataclass(frozen=True)
class _Mixture:
    """Normal distributions for each of B pictures: means (K, B, d), covariances (K, B, d, d) and shares (K, B) that sum to 1."""

    mean: Tensor
    covariance: Tensor
    shares: Tensor

    def draw(self, samples: int, generator: torch.Generator) -> _Draws:
        """Return so many draws, of each normal as many as its share says."""
        count, d = self.mean.shape[1:]
        ends, at = self.shares.cumsum(0), (torch.arange(samples, dtype=torch.float64) + 0.5) / samples
        owner = (at[:, None, None] > ends / ends[-1]).sum(1)  # (S, B)
        bells = _standardised(torch.randn(samples, count, d, dtype=torch.float64, generator=generator), owner)
        root, pictures = torch.linalg.cholesky(self.covariance), torch.arange(count)
        z = self.mean[owner, pictures] + (root[owner, pictures] @ bells[..., None])[..., 0]
        shares = torch.stack([(owner == k).double().mean(0) for k in range(len(self.mean))])
        off = (z - self.mean[:, None]).permute(0, 2, 3, 1)  # (K, B, d, S)
        distance = torch.linalg.solve_triangular(root, off, upper=False).square().sum(2).transpose(1, 2)
        log_det = root.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        log_each = -0.5 * (distance + d * math.log(2 * math.pi)) + (shares.log() - log_det)[:, None]
        return _Draws(_Mixture(self.mean, self.covariance, shares), z, log_each)

    def fitted(self, drawn: _Draws, log_joint: Tensor) -> _Mixture:
        """Return normals with the moments of what was drawn, weighted, together with what they were before as some draws more."""
        d = self.mean.shape[-1]
        weight = (log_joint - drawn.log_density).softmax(0) * (drawn.log_each - drawn.log_density).exp()  # (K, S, B)
        share = weight.sum(1)
        weight = weight / share.clamp_min(1e-300)[:, None]
        count = 1 / weight.square().sum(1).clamp_min(1e-300)
        new = (count / (count + LIKE_DRAWS * (d + 1)))[..., None]
        new = torch.where(share[..., None] > 0, new, 0.0)
        found = torch.einsum("ksb,sbi->kbi", weight, drawn.z)
        mean = new * found + (1 - new) * self.mean
        off, shift = drawn.z - mean[:, None], self.mean - mean
        spread = torch.einsum("ksb,ksbi,ksbj->kbij", weight, off, off)
        before = self.covariance + shift[..., None] * shift[..., None, :]
        covariance = new[..., None] * spread + (1 - new[..., None]) * before
        shares = torch.where(self.shares > 0, share.clamp_min(LEAST_SHARE), 0.0)
        return _Mixture(mean, covariance, shares / shares.sum(0))


def _standardised(bells: Tensor, owner: Tensor) -> Tensor:
    """Return normal draws (S, B, d), shifted and turned so that those of a mode have mean 0 and covariance 1, where there are enough."""
    d = bells.shape[-1]
    for k in range(MODES):
        mine = (owner == k).to(bells.dtype)[..., None]
        count = mine.sum(0)[..., None].clamp_min(1)
        centred = bells - (bells * mine).sum(0) / count[..., 0]
        covariance = torch.einsum("sbi,sbj->bij", centred * mine, centred) / count
        is_enough = count > 2 * d
        root = torch.linalg.cholesky(torch.where(is_enough, covariance, torch.eye(d, dtype=bells.dtype)))
        turned = torch.linalg.solve_triangular(root, centred.permute(1, 2, 0), upper=False).permute(2, 0, 1)
        bells = torch.where((mine > 0) & is_enough[None, ..., 0], turned, bells)
    return bells


# --------------------------------------------------------------------------- simpler ways


@dataclass(frozen=True)
class ConditionalNormal:
    """One normal distribution for all pictures: what is erased is its mean, given what is visible."""

    mean: Float64s  # (P,)
    covariance: Float64s  # (P, P)

    @classmethod
    def of(cls, train: NDArray[np.floating]) -> ConditionalNormal:
        """Return that of training images (M, P)."""
        x = train.astype(np.float64)
        return cls(x.mean(0), np.cov(x.T, bias=True).reshape(x.shape[1], x.shape[1]))

    def complete(self, x: NDArray[np.floating], seen: NDArray[np.bool_], noise: float) -> Float64s:
        """Return the erased pixels of pictures (N, P), (N, E), with so much variance added to the visible ones."""
        visible, erased = np.flatnonzero(seen), np.flatnonzero(~seen)
        inner = self.covariance[np.ix_(visible, visible)] + noise * np.eye(len(visible))
        weights = np.linalg.solve(inner, self.covariance[np.ix_(visible, erased)])
        found: Float64s = self.mean[erased] + (x[:, visible] - self.mean[visible]) @ weights
        return found


NOISES = (1e-3, 1e-2, 1e-1)  # variance added to the visible pixels, of which the best on held-back training images is taken


def best_noise(fitted: ConditionalNormal, held: NDArray[np.floating], seen: NDArray[np.bool_]) -> float:
    """Return the noise that comes nearest on training images (M, P) that were not fitted."""
    errors = {noise: float(((fitted.complete(held, seen, noise) - held[:, ~seen]) ** 2).mean()) for noise in NOISES}
    return min(errors, key=errors.__getitem__)


def mean_of_neighbours(train: NDArray[np.floating], x: NDArray[np.floating], seen: NDArray[np.bool_], k: int = 5) -> NDArray[np.floating]:
    """Return the erased pixels of pictures (N, P), (N, E): the mean of the k training images (M, P) nearest in the visible ones."""
    from sklearn.neighbors import NearestNeighbors

    near = (
        NearestNeighbors(n_neighbors=min(k, len(train)), algorithm="brute")
        .fit(train[:, seen])
        .kneighbors(x[:, seen], return_distance=False)
    )
    found: NDArray[np.floating] = train[:, ~seen][near].mean(1)
    return found
