"""The frames of the training film: where the same images lie, and what the map draws, at a few dozen moments of training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vae_core.latent import grids, inference
from vae_core.model.vae import VAE
from vae_core.seeding import TEST, keyed

PROBES = 600  # images that the film follows
SIDE, REACH = 15, 3.3  # pictures per side of a frame, and where its edge lies
DRAWN = 8  # pictures per side of a frame where the map has more than two dimensions
LONGEST = 1024  # pixels along a side of a frame: dozens of frames are kept, and shown at about this size


def snapshot_steps(total_steps: int, frames: int) -> set[int]:
    """Return the steps after which a frame is taken, ever farther apart, since most happens early; the last is always among them."""
    if frames < 3:
        return set([total_steps, 0][:frames])
    return {0, *np.geomspace(1, total_steps, frames - 1).astype(int).tolist()}


MAX_WEIGHTS = 10**6  # of an encoder that is kept with every frame: 2 MB


def encoder_weights(vae: VAE) -> dict[str, np.ndarray]:
    """Return the encoder's weights in half precision, so that any picture can be followed through the film; none where they are many."""
    weights = vae.encoder.state_dict()
    if sum(value.numel() for value in weights.values()) > MAX_WEIGHTS:
        return {}
    return {name: value.cpu().numpy().astype(np.float16) for name, value in weights.items()}


def trajectory_of(vae: VAE, encoders: list[dict[str, np.ndarray]], x: Tensor) -> np.ndarray:
    """Return where one picture x (*event) lay in every frame, mu (frames, d); the encoder of `vae` is overwritten."""
    spots = []
    for weights in encoders:
        vae.encoder.load_state_dict({name: torch.from_numpy(value.astype(np.float32)) for name, value in weights.items()})
        spots.append(inference.encode(vae, x[None]).mu[0].numpy())
    return np.array(spots)


@dataclass(frozen=True)
class SnapshotTaker:
    """Takes the frames: of probe images (P, *event), and of latent points (G, d), None where the data are no pictures."""

    probes: Tensor
    points: np.ndarray | None

    def frame(self, vae: VAE, step: int, epoch: int) -> dict[str, np.ndarray]:
        """Return the probes' posteriors and the pictures at the points, as small as the film needs them."""
        posterior = inference.encode(vae, self.probes)
        # Half precision: three digits are more than a moving point shows.
        frame = {"mu": posterior.mu.numpy().astype(np.float16), "log_var": posterior.log_var.numpy().astype(np.float16)}
        frame |= {"step": np.array(step), "epoch": np.array(epoch)}
        if self.points is not None:
            frame["grid"] = _levelled(inference.decode_mean(vae, self.points))
        return frame


def _levelled(grid: np.ndarray) -> np.ndarray:
    """Return pictures (G, [C,] H, W) in [0, 1] as bytes of 16 greys, or 32 levels of a colour: files are half as large, or less."""
    most = 31 if grid.ndim == 4 and grid.shape[1] == 3 else 15
    return np.round(np.round(np.clip(grid, 0, 1) * most) * (255 / most)).astype(np.uint8)


def layout(shape: Sequence[int]) -> dict[str, float]:
    """Return the part of summary.json about a frame's grid of pictures (H, W) in one or two dimensions."""
    return {"film_side": grids.pictures_per_side(SIDE, shape, LONGEST), "film_reach": REACH}


def latent_points(latent_size: int, shape: Sequence[int]) -> np.ndarray:
    """Return the latent points of a frame: a grid at true scale in one or two dimensions, fixed prior draws in more."""
    if latent_size > 2:
        count = grids.pictures_per_side(DRAWN, shape, LONGEST) ** 2
        return torch.randn(count, latent_size, generator=keyed(0, TEST)).numpy()
    axis = grids.even_axis(grids.pictures_per_side(SIDE, shape, LONGEST), REACH)
    return grids.grid_points(axis, latent_size).reshape(-1, latent_size)
