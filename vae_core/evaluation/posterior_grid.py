"""The exact posterior of one image on a few grids, and the gap of any diagonal normal from it, in arrays small enough for a browser.

    KL(q || p(z|x)) = KL(q || p(z)) - E_q[log p(x|z) / p(x)]        q = N(mu, diag sigma^2), p(z) = N(0, I)

Computing a grid needs torch; reading one does not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Floats
from vae_core.evaluation.quadrature import cubic, hermite

if TYPE_CHECKING:
    from torch import Tensor

    from vae_core.evaluation.inference_gap import InferenceGaps
    from vae_core.model.vae import VAE

Box = tuple[Floats, Floats]

SIDES = {1: 512, 2: 64}  # cells of a level along an axis
AROUND = 5.0  # standard deviations of the exact posterior, or of a normal, that a level reaches to either side
REACH = 6.0  # of the last level, in standard deviations of the prior
WIDER = 3.0  # times the level before
SAME = 1.5  # times as wide a level is as fine


@dataclass(frozen=True)
class GridLevel:
    """Equal cells that fill the box from `low` to `high`, each (d,), and log p(x|z) / p(x) in their middles.

    `log_ratio` is (cells,) in one dimension, (rows, columns) in two: columns along the first latent dimension, row 0 at the lowest second.
    """

    low: Floats
    high: Floats
    log_ratio: Floats

    @property
    def places(self) -> Floats:
        """The middles, (*log_ratio.shape, d)."""
        counts = self.log_ratio.shape[::-1]
        axes = [low + (np.arange(n) + 0.5) * (high - low) / n for low, high, n in zip(self.low, self.high, counts, strict=True)]
        return np.stack(np.meshgrid(*axes), -1)

    def holds(self, z: Floats) -> NDArray[np.bool_]:
        """Tell which places z (M, d) lie in the box."""
        return np.all((z >= self.low) & (z <= self.high), axis=1)

    def at(self, z: Floats) -> Floats:
        """Return log p(x|z) / p(x) at places z (M, d), (M,); outside the box the value at its edge."""
        counts = np.array(self.log_ratio.shape[::-1])
        index = (z - self.low) / (self.high - self.low) * counts - 0.5
        return cubic(self.log_ratio, index[:, ::-1])


@dataclass(frozen=True)
class PosteriorGrid:
    """The exact posterior of one image: levels from fine to coarse, the last with the whole prior; the first that holds a place counts."""

    levels: tuple[GridLevel, ...]
    log_p: float  # log p(x), nats
    error: float
    mu: Floats  # (d,) the encoder's
    sigma: Floats
    best_mu: Floats  # (d,) the best diagonal normal
    best_sigma: Floats
    low: Floats  # (d,) the box that holds the exact posterior's mass
    high: Floats

    def log_ratio(self, z: Floats) -> Floats:
        """Return log p(x|z) / p(x) at places z (M, d), (M,), from the first level that holds them."""
        found = self.levels[-1].at(z)
        for level in reversed(self.levels[:-1]):
            held = level.holds(z)
            found[held] = level.at(z[held])
        return found

    @property
    def inset(self) -> int:
        """The number of the level that shows the exact posterior: the first that holds its mass."""
        return next(i for i, level in enumerate(self.levels) if _holds((level.low, level.high), (self.low, self.high)))

    def posterior(self, level: int | None = None) -> Floats:
        """Return the density p(z|x) in the middles of a level's cells (by default the inset's), of the shape of its `log_ratio`."""
        chosen = self.levels[self.inset if level is None else level]
        squares = (chosen.places**2).sum(-1)
        return np.exp(chosen.log_ratio - 0.5 * (squares + len(self.mu) * math.log(2 * math.pi)))

    @property
    def _vectors(self) -> tuple[Floats, ...]:
        return self.mu, self.sigma, self.best_mu, self.best_sigma, self.low, self.high

    def arrays(self) -> dict[str, Floats]:
        """Return the grid as arrays to store; `from_arrays` reads them."""
        stored = {"log_p": np.array([self.log_p, self.error]), "normals": np.stack(self._vectors)}
        for i, level in enumerate(self.levels):
            stored |= {f"box_{i}": np.stack([level.low, level.high]), f"log_ratio_{i}": level.log_ratio.astype(np.float32)}
        return stored


def from_arrays(stored: dict[str, Floats]) -> PosteriorGrid:
    """Return the grid that `PosteriorGrid.arrays` stored."""
    count = sum(name.startswith("box_") for name in stored)
    boxes = [stored[f"box_{i}"] for i in range(count)]
    levels = tuple(GridLevel(box[0], box[1], stored[f"log_ratio_{i}"].astype(np.float64)) for i, box in enumerate(boxes))
    return PosteriorGrid(levels, float(stored["log_p"][0]), float(stored["log_p"][1]), *stored["normals"])


def gap_of(grid: PosteriorGrid, mu: Floats, log_sigma: Floats) -> float:
    """Return KL(N(mu, diag sigma^2) || p(z|x)) in nats, for mu and log_sigma (d,).

    The mean of the log ratio is taken by Gauss-Hermite quadrature with NODES places along an axis, each read off the levels.
    """
    mu, log_sigma = np.asarray(mu, np.float64), np.asarray(log_sigma, np.float64)
    nodes, weights = hermite()
    places = np.stack(np.meshgrid(*[nodes] * len(mu)), -1).reshape(-1, len(mu))
    share = np.stack(np.meshgrid(*[weights] * len(mu)), -1).reshape(-1, len(mu)).prod(1)
    mean = float(share @ grid.log_ratio(mu + np.exp(log_sigma) * places))
    return 0.5 * float((mu**2 + np.exp(2 * log_sigma) - 1 - 2 * log_sigma).sum()) - mean


def grid_of(vae: VAE, x: Tensor) -> PosteriorGrid:
    """Return the grid of one image x (*event); one or two latent dimensions.

    Raises:
        ValueError: more than two latent dimensions.
    """
    from vae_core.evaluation.inference_gap import inference_gaps

    return grids_of(vae, x[None], inference_gaps(vae, x[None]))[0]


def grids_of(vae: VAE, x: Tensor, gaps: InferenceGaps) -> list[PosteriorGrid]:
    """Return the grids of images x (N, *event) whose gaps are known."""
    return [_grid(vae, x[i : i + 1], gaps, i) for i in range(len(x))]


def _grid(vae: VAE, x: Tensor, gaps: InferenceGaps, i: int) -> PosteriorGrid:
    own, best = (gaps.mu[i], gaps.sigma[i]), (gaps.best_mu[i], gaps.best_sigma[i])
    boxes = _boxes(own, best, (gaps.mean[i], gaps.spread[i]))
    levels = tuple(_level(vae, x, *box, gaps.log_p[i]) for box in boxes)
    return PosteriorGrid(levels, float(gaps.log_p[i]), float(gaps.error[i]), *own, *best, *_around((gaps.mean[i], gaps.spread[i])))


def _boxes(own: Box, best: Box, posterior: Box) -> list[Box]:
    """Return the levels' boxes round normals (mu, sigma): the best, the encoder's, the posterior's mass, all of them, on to the prior."""
    near = [_around(best), _around(own), _joined(_around(best), _around(posterior))]
    whole = _joined(*near)
    whole_prior = _joined(whole, (np.full(len(best[0]), -REACH), np.full(len(best[0]), REACH)))
    wider = [whole]
    while (wider[-1][0] > whole_prior[0]).any() or (wider[-1][1] < whole_prior[1]).any():
        low, high = wider[-1]
        margin = (WIDER - 1) / 2 * (high - low)
        wider.append((np.maximum(low - margin, whole_prior[0]), np.minimum(high + margin, whole_prior[1])))
    kept: list[Box] = []
    for box in [*wider[::-1], *near[::-1]]:
        # A level within another of nearly the same fineness adds nothing.
        if not any(_holds(other, box) and ((other[1] - other[0]) <= SAME * (box[1] - box[0])).all() for other in kept):
            kept.insert(0, box)
    return kept


def _around(normal: Box) -> Box:
    """Return the box (low, high) of a normal (mu, sigma) to AROUND standard deviations."""
    return normal[0] - AROUND * normal[1], normal[0] + AROUND * normal[1]


def _joined(*boxes: Box) -> Box:
    return np.min([low for low, _ in boxes], 0), np.max([high for _, high in boxes], 0)


def _holds(outer: Box, inner: Box) -> bool:
    return bool((outer[0] <= inner[0]).all() and (outer[1] >= inner[1]).all())


def _level(vae: VAE, x: Tensor, low: Floats, high: Floats, log_p: float) -> GridLevel:
    import torch

    from vae_core.evaluation.marginal_likelihood import grid_log_prob
    from vae_core.latent.inference import chunks, images_at_once

    d = len(low)
    empty = GridLevel(low, high, np.zeros((SIDES[d],) * d))
    z = torch.from_numpy(empty.places.reshape(-1, d))
    with torch.inference_mode():
        log_px = torch.cat([grid_log_prob(vae, x, z[part])[0] for part in chunks(len(z), images_at_once(x[:1].shape))]).numpy()
    return GridLevel(low, high, (log_px - log_p).reshape(empty.log_ratio.shape))
