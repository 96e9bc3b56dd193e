"""log p(x) by quadrature over one or two latent dimensions, with its error, and where the exact posterior lies."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vae_core.arrays import Float64s
from vae_core.latent.inference import chunks, images_at_once
from vae_core.model.posterior import Posterior
from vae_core.model.vae import VAE
from vae_core.progress import Progress, no_progress

BLOCK = 256  # images at a time: with the first grid's places about 50 MB
REACH = 6.0  # of the first grid, in standard deviations of the prior: 2e-9 of its mass lies outside
SIDES = {1: 1600, 2: 160}  # cells of the first grid along an axis
MIN_LOG_SHARE = math.log(1e-7)  # share of the mass below which a cell is not halved, even if a ridge ran through its corner
SAFETY = 1.5  # times the curvature at the top: the strongest curvature that is allowed for
RESOLVED = 2.0  # cells per standard deviation with which a sum over a normal is exact to seven digits
PAIRS = 2**21  # pixels of images, each at a place, that are compared at a time where no matrix product does it
MAX_CELLS = 2**15  # of one image: more are not halved again, and the error says what is left


@dataclass(frozen=True)
class Evidence:
    """Per image: log p(x) (N,), what the last halving of the cells changed in it (N,); mean, deviation and mode of p(z|x), each (N, d)."""

    log_p: Float64s
    error: Float64s
    mean: Float64s
    sigma: Float64s
    mode: Float64s  # the middle of the highest of the last cells


@torch.inference_mode()
def log_evidence(
    vae: VAE,
    x: Tensor,
    *,
    side: int | None = None,
    tolerance: float = 1e-3,
    rounds: int = 9,
    progress: Progress = no_progress,
) -> Evidence:
    """Integrate p(x|z) p(z) over a latent space of one or two dimensions, refining the cells that carry mass.

    A fixed grid errs by up to a nat, since posteriors are far narrower than its cells; here every cell that may carry mass, or is too wide
    for the encoder's posterior in which it lies, is halved until two halvings agree on log p(x) to `tolerance`, and the 2^d shifted grids
    that make up the last one, each taken alone, do so too: then nothing lies between the places.

    Args:
        vae: a model with latent size 1 or 2.
        x: images (N, *event).
        side: cells per axis of the first grid, which spans at least 6 standard deviations of the prior.
        tolerance: nats.
        rounds: halvings at most; what is left shows in `error`.
        progress: called with the share that is done.

    Raises:
        ValueError: more than two latent dimensions.
    """
    d = vae.prior.latent_size
    if d > 2:
        raise ValueError(f"quadrature needs 1 or 2 latent dimensions, not {d}; use the IWAE bound.")
    found = []
    for part in chunks(len(x), BLOCK):
        found.append(_block(vae, x[part], side or SIDES[d], tolerance, rounds))
        progress(part.stop / len(x))
    return Evidence(*(np.concatenate(values) for values in zip(*found, strict=True)))


def _block(vae: VAE, x: Tensor, side: int, tolerance: float, rounds: int) -> tuple[Float64s, ...]:
    """Return what Evidence holds for a block of images (B, *event)."""
    posterior = vae.encode(x)
    cells = _first_grid(vae, x, posterior, side)
    count, d = posterior.mu.shape
    last, error = cells.totals(), torch.full((count,), math.inf, dtype=torch.float64)
    mean, sigma, mode = (torch.zeros(count, d, dtype=torch.float64) for _ in range(3))
    for _ in range(rounds):
        cells = cells.halved(vae, x, posterior, last)
        totals = cells.totals()
        is_open = cells.is_open
        error[is_open] = (totals - last)[is_open].abs()
        mean[is_open], sigma[is_open] = (moment[is_open] for moment in cells.moments(totals))
        mode[is_open] = cells.highest()[is_open]
        last = torch.where(is_open, totals, last)
        is_done = (error < tolerance) & (cells.disagreement() < tolerance) | (cells.counts() > MAX_CELLS)
        cells = cells.without(is_done)
        if not bool(cells.is_open.any()):
            break
    return last.numpy(), error.numpy(), mean.numpy(), sigma.numpy(), mode.numpy()


@dataclass(frozen=True)
class _Cells:
    """Cells of one width round places z (M, d), each of one image: owner (M,), log mass (M,), number among its parent's halves (M,)."""

    owner: Tensor
    z: Tensor
    mass: Tensor
    corner: Tensor
    width: float
    settled: Tensor  # (B,) log mass of the cells that were too light to be halved
    is_open: Tensor  # (B,) bool: the images that are not done
    slack: Tensor  # (B,) nats by which log p(x, z) may rise between the middle of a cell and its corner

    def _sums(self, mass: Tensor, owner: Tensor, bins: int) -> Tensor:
        """Return log sum exp of the masses of each bin, (bins,)."""
        top = torch.full((bins,), -math.inf, dtype=torch.float64).scatter_reduce(0, owner, mass, "amax")
        safe = torch.where(top.isfinite(), top, 0.0)
        return torch.zeros(bins, dtype=torch.float64).index_add(0, owner, (mass - safe[owner]).exp()).log() + safe

    def counts(self) -> Tensor:
        """Return the number of cells of each image, (B,)."""
        return torch.bincount(self.owner, minlength=len(self.settled))

    def totals(self) -> Tensor:
        """Return log p(x) of each image, (B,)."""
        return torch.logaddexp(self._sums(self.mass, self.owner, len(self.settled)), self.settled)

    def moments(self, totals: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and standard deviation of p(z|x), each (B, d), from the cells at hand."""
        share = (self.mass - totals[self.owner]).exp()[:, None]
        zero = torch.zeros(len(totals), self.z.shape[1], dtype=torch.float64)
        whole = zero[:, :1].index_add(0, self.owner, share)
        mean = zero.index_add(0, self.owner, share * self.z) / whole
        spread = zero.index_add(0, self.owner, share * (self.z - mean[self.owner]).square()) / whole
        return mean, (spread + self.width**2 / 12).sqrt()

    def highest(self) -> Tensor:
        """Return where the highest cell of each image lies, (B, d), 0 for one without cells."""
        top = torch.full((len(self.settled),), -math.inf, dtype=torch.float64).scatter_reduce(0, self.owner, self.mass, "amax")
        is_top = self.mass == top[self.owner]
        return torch.zeros(len(top), self.z.shape[1], dtype=torch.float64).index_copy(0, self.owner[is_top], self.z[is_top])

    def disagreement(self) -> Tensor:
        """Return how far apart the grids of one corner each are in log mass, (B,) in nats."""
        halves = 2 ** self.z.shape[1]
        sums = self._sums(self.mass, self.owner * halves + self.corner, len(self.settled) * halves).reshape(-1, halves)
        each = torch.logaddexp(sums + math.log(halves), self.settled[:, None])
        return torch.nan_to_num(each.amax(1) - each.amin(1), nan=0.0)

    def without(self, is_done: Tensor) -> _Cells:
        """Return the cells of the images that are not done."""
        kept, is_open = ~is_done[self.owner], self.is_open & ~is_done
        return _Cells(self.owner[kept], self.z[kept], self.mass[kept], self.corner[kept], self.width, self.settled, is_open, self.slack)

    def halved(self, vae: VAE, x: Tensor, posterior: Posterior, totals: Tensor) -> _Cells:
        """Halve, along every axis, the cells that carry mass or lie within the encoder's posterior; settle the others."""
        mu, sigma = posterior.mu[self.owner].double(), posterior.sigma[self.owner].double()
        least = totals + MIN_LOG_SHARE - self.slack
        is_heavy = _is_near(self.z, mu, sigma, self.width) | (self.mass > least[self.owner])
        light = self._sums(self.mass[~is_heavy], self.owner[~is_heavy], len(self.settled))
        d = self.z.shape[1]
        offsets = torch.cartesian_prod(*[torch.tensor([-0.25, 0.25], dtype=torch.float64)] * d).reshape(-1, d)
        z = (self.z[is_heavy][:, None] + self.width * offsets).reshape(-1, d)
        owner, corner = self.owner[is_heavy].repeat_interleave(len(offsets)), torch.arange(len(offsets)).repeat(int(is_heavy.sum()))
        mass = log_joint(vae, x, z, owner) + d * math.log(self.width / 2)
        settled = torch.logaddexp(self.settled, light)
        return _Cells(owner, z, mass, corner, self.width / 2, settled, self.is_open, self.slack / 4)


def _is_near(z: Tensor, mu: Tensor, sigma: Tensor, width: float) -> Tensor:
    """Tell which cells round z (M, d) lie within a posterior mu, sigma (d,) or (M, d) that they are too wide to resolve, (M,)."""
    is_within = ((z - mu).abs() <= 4 * sigma + width).all(-1)
    return is_within & (sigma.amin(-1) < RESOLVED * width)


def log_joint(vae: VAE, x: Tensor, z: Tensor, owner: Tensor) -> Tensor:
    """Return log p(x|z) + log p(z) in float64, (M,), of places z (M, d) with the images (B, *event) that `owner` (M,) names."""
    dtype = x.dtype
    parts = [z[:0, 0].double()]
    for part in chunks(len(z), images_at_once(x[:1].shape)):
        places = z[part].to(dtype)
        log_px = vae.likelihood.log_prob(vae.decode(places), x[owner[part]])
        parts.append(log_px.double() + vae.prior.log_prob(places).double())
    return torch.cat(parts)


def _first_grid(vae: VAE, x: Tensor, posterior: Posterior, side: int) -> _Cells:
    """Return, for every image of a block, the cells of a common grid that will be halved; the others are settled."""
    count, d = posterior.mu.shape
    reach = max(REACH, float((posterior.mu.abs() + 6 * posterior.sigma).max()))
    width = 2 * reach / side
    axis = torch.linspace(-reach + width / 2, reach - width / 2, side, dtype=torch.float64)
    z = torch.cartesian_prod(*[axis] * d).reshape(-1, d)
    mass = torch.cat(
        [grid_log_prob(vae, x, z[part]) + vae.prior.log_prob(z[part]) for part in chunks(len(z), images_at_once(x[:1].shape))], 1
    ) + d * math.log(width)
    totals = mass.logsumexp(1)
    near = [_is_near(z, mu, sigma, width) for mu, sigma in zip(posterior.mu.double(), posterior.sigma.double(), strict=True)]
    slack = SAFETY * d / 8 * _curvature(mass, side, d)
    is_kept = torch.stack(near) | (mass > (totals + MIN_LOG_SHARE - slack)[:, None])
    settled = mass.masked_fill(is_kept, -math.inf).logsumexp(1)
    owner, place = is_kept.nonzero(as_tuple=True)
    corner = torch.zeros_like(owner)
    return _Cells(owner, z[place], mass[owner, place], corner, width, settled, torch.ones(count, dtype=torch.bool), slack)


def _curvature(mass: Tensor, side: int, d: int) -> Tensor:
    """Return the curvature of log mass (B, side^d) at its top, (B,): minus the least eigenvalue of its second differences, at least 0.

    log p(x, z) is smooth where its exponential is a needle between the places, so that this is right on the coarsest grid.
    """
    top = mass.argmax(1)
    middle = torch.stack([top // side ** (d - 1 - j) % side for j in range(d)], 1).clamp(1, side - 2)

    def at(*shift: int) -> Tensor:
        flat = sum((middle[:, j] + shift[j]) * side ** (d - 1 - j) for j in range(d))
        return mass.gather(1, flat[:, None])[:, 0]

    if d == 1:
        return (2 * at(0) - at(-1) - at(1)).clamp_min(0)
    along, across = (at(*shift) + at(*(-one for one in shift)) - 2 * at(0, 0) for shift in ((1, 0), (0, 1)))
    mixed = (at(1, 1) + at(-1, -1) - at(1, -1) - at(-1, 1)) / 4
    hessian = torch.stack([torch.stack([along, mixed], 1), torch.stack([mixed, across], 1)], 1)
    return (-torch.linalg.eigvalsh(hessian)[:, 0]).clamp_min(0)


def grid_log_prob(vae: VAE, x: Tensor, z: Tensor) -> Tensor:
    """Return log p(x|z) in float64 of every image (B, *event) at every place z (M, d), (B, M).

    Of an exponential family, log p(x|z) = x . T(z) - A(z) + h(x), matrix products do the work. T is the gradient by x at x = 0, where
    normal noise, whose h is quadratic, has none of h. Other likelihoods are asked pair by pair, in the precision of x.
    """
    params = vae.decode(z.to(x.dtype))
    if not vae.likelihood.is_exponential:
        size, event = max(1, PAIRS // x.numel()), x.shape[1:]
        parts = (params[:, part, None].expand(-1, -1, len(x), *event) for part in chunks(len(z), size))
        return torch.cat([vae.likelihood.log_prob(part, x).double() for part in parts]).T
    params = params.double()
    blank = torch.zeros(len(z), *x.shape[1:], dtype=torch.float64)
    with torch.inference_mode(False), torch.enable_grad():
        canvas = blank.clone().requires_grad_()
        at_zero = vae.likelihood.log_prob(params.clone(), canvas)
        (slope,) = torch.autograd.grad(at_zero.sum(), canvas)
    flat, natural = x.double().flatten(1), slope.flatten(1)
    first = params[:, :1].expand(-1, len(x), *x.shape[1:])
    base = vae.likelihood.log_prob(first, x.double()) - flat @ natural[0] - at_zero[0].detach()
    return flat @ natural.T + at_zero.detach() + base[:, None]
