"""Flat pictures of the latent space: principal axes, UMAP, and one map laid on another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Floats
from vae_core.latent.latents import ASLEEP, Latents
from vae_core.latent.spectra import is_wide, leading, leading_of_wide
from vae_core.messages import say

FEWEST_PLACES = 4  # umap-learn fails at two and three
UMAP_NEIGHBOURS = 15  # its default


@dataclass(frozen=True)
class PrincipalAxes:
    """The directions along which data vary most: mean (D,), directions (n, D) orthonormal, explained (n,) shares of the variance."""

    mean: Floats
    directions: Floats
    explained: Floats

    def project(self, x: Floats) -> Floats:
        """Return coordinates (N, n) of x (N, D)."""
        return (x - self.mean) @ self.directions.T


def principal_axes(x: Floats, n: int = 2) -> PrincipalAxes:
    """Return the first n principal axes of x (N, D) from the eigenvectors of its covariance."""
    mean = x.mean(0, dtype=np.float64)
    centred = x - mean.astype(x.dtype)
    if is_wide(x):
        eigenvalues, vectors, others = leading_of_wide(centred, n)
    else:
        eigenvalues, vectors, others = leading((centred.T @ centred).astype(np.float64), n)
    directions = vectors.T
    # An eigenvector's sign is arbitrary: the largest entry is made positive, so that pictures do not flip between machines.
    signs = np.sign(directions[np.arange(len(directions)), np.abs(directions).argmax(1)])
    return PrincipalAxes(mean, directions * signs[:, None], eigenvalues / max(eigenvalues.sum() + others, 1e-300))


def umap_obstacle(points: Latents) -> str:
    """Return in a sentence why a UMAP of these means cannot be made or would show what is not there; "" where neither is so."""
    sentence, places = "", len(np.unique(points.mu, axis=0))
    if places < FEWEST_PLACES:
        sentence = say(
            "A map by similarity (UMAP) needs images in at least {least} different places, and these lie in {places}.",
            least=FEWEST_PLACES,
            places=places,
        )
    elif (points.kl_per_dim < ASLEEP).all():
        sentence = "All dimensions are inactive, so a map by similarity (UMAP) would show groups that are due to chance."
    return sentence


def count_in_heaps(mu: Floats) -> int:
    """Return how many of the means (N, d) lie in one place with more others than UMAP looks at: it draws each such heap as an island."""
    counts = np.unique(mu, axis=0, return_counts=True)[1]
    return int(counts[counts > UMAP_NEIGHBOURS].sum())


def umap(x: Floats, seed: int = 0) -> NDArray[np.float32]:
    """Return a UMAP embedding (N, 2) of x (N, d); the same seed gives the same picture. The first call compiles for about a minute."""
    import umap as umap_learn

    return umap_learn.UMAP(random_state=seed, n_jobs=1).fit_transform(x).astype(np.float32)


@dataclass(frozen=True)
class Alignment:
    """How a map was laid on another: (xy - centre) @ turn + target; distances are kept, nothing is stretched."""

    turn: Floats  # (2, 2) orthogonal
    centre: Floats  # (2,)
    target: Floats  # (2,)

    def __call__(self, xy: Floats) -> Floats:
        """Return the places (N, 2) after shift, turn and, where it was needed, mirror."""
        return (xy - self.centre) @ self.turn + self.target

    @property
    def is_mirrored(self) -> bool:
        """Whether the map had to be seen in a mirror."""
        return bool(np.linalg.det(self.turn) < 0)

    @property
    def angle(self) -> float:
        """How far the map was turned, counterclockwise in degrees, -180 to 180; where it was mirrored, that came first: left for right."""
        # Points are rows, so the turn's first row is where the right-hand direction (or its mirror image) comes to lie.
        x, y = -self.turn[0] if self.is_mirrored else self.turn[0]
        return float(np.degrees(np.arctan2(y, x)))


def procrustes(fixed: Floats, moving: Floats) -> Alignment:
    """Return the shift, rotation and reflection that lay `moving` (N, 2) nearest to `fixed` (N, 2) in the sum of squares, without scaling.

    Source: Schoenemann 1966, from the singular value decomposition of the two maps' covariance.
    """
    centre, target = moving.mean(0), fixed.mean(0)
    left, _, right = np.linalg.svd((moving - centre).T @ (fixed - target))
    return Alignment(left @ right, centre, target)


def agreement(fixed: Floats, laid: Floats) -> float:
    """Return the share of the spread of `fixed` (N, 2) that the map laid on it explains: 1 the same map, 0 no better than its middle."""
    total = float(((fixed - fixed.mean(0)) ** 2).sum())
    return 1 - float(((fixed - laid) ** 2).sum()) / total if total > 0 else float("nan")
