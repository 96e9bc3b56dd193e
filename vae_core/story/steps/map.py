"""The VAE's map: what it costs, and how its pictures came to be while it learned."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Floats, Ints
from vae_core.data.pictures import mosaic_of
from vae_core.story.recipes import MAP, open_run
from vae_core.story.step import Arrays, Facts, Runs

SEED = 0
POINTS = 400  # test images whose places are shown on a map
NEIGHBOUR = 10  # of `reach`: see evaluation.neighbours
FRAMES, TILES, TILE = 8, 8, 14  # "how it learned": so many moments, pictures per side, pixels per picture's side

RUNS: Runs = {MAP: ("decoder",)}


def build() -> tuple[Facts, Arrays]:
    """Return what the landing page says of the VAE's map, and how its pictures came to be while it learned."""
    run = open_run(MAP)
    latents, summary = run.latents(), run.summary
    assert latents.labels is not None
    shown = shown_images(len(latents.mu))
    frames = run.snapshots()
    chosen = [frames[i] for i in np.linspace(0, len(frames) - 1, FRAMES).round().astype(int)]
    facts = {
        "run": run.id,
        "pixels": int(np.prod(run.dataset["event_shape"])),
        "numbers": run.config.model.latent_size,
        "n_train": run.dataset["n_train"],
        "n_test": len(latents.mu),
        "seconds": summary["seconds"],
        "reach": summary["reach"],
        "reach_made": f"99 % of the test images have their {NEIGHBOUR}th nearest other image within this distance on the map",
        "usual": summary["usual"],
        "test": summary["test"],
        "labels": densest(latents.mu, latents.labels),
        "labels_made": "for each class the place of the test image whose 30th nearest image of its class is nearest",
        "epochs": [int(frame["step"]) * run.config.train.batch_size / run.dataset["n_train"] for frame in chosen],
        "epochs_made": "how often every training image had been seen, at each of the film's moments",
        "film_reach": summary["map"]["film_reach"],
        "film_made": f"{TILES} x {TILES} places of the film's grid, {TILE} x {TILE} pixels each, row 0 on top",
    }
    arrays: Arrays = {
        "points": latents.mu[shown].astype(np.float32),
        "point_labels": latents.labels[shown].astype(np.uint8),
        "film": np.stack([mosaic(frame["grid"]) for frame in chosen]),
    }
    return facts, arrays


def densest(mu: Floats, labels: Ints, k: int = 30) -> list[list[float]]:
    """Return for each class the place (2,) of the image whose k-th nearest image of its class is nearest."""
    from sklearn.neighbors import NearestNeighbors

    places = []
    for label in range(labels.max() + 1):
        own = mu[labels == label]
        distances = NearestNeighbors(n_neighbors=k + 1).fit(own).kneighbors(own)[0][:, k]
        places.append(own[distances.argmin()].astype(float).round(4).tolist())
    return places


def mosaic(grid: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a film frame's pictures (side * side, H, W) as one sheet of every other of them, each at half its size."""
    side = round(len(grid) ** 0.5)
    step = (side - 1) // (TILES - 1)
    pictures = grid.reshape(side, side, *grid.shape[1:])[::step, ::step]
    small = pictures.reshape(TILES, TILES, TILE, 2, TILE, 2).mean((3, 5))
    return mosaic_of(small.round().astype(np.uint8))


def shown_images(count: int, most: int = POINTS) -> Ints:
    """Return sorted positions of at most `most` of `count` images, drawn by the seed."""
    return np.sort(np.random.default_rng(SEED).permutation(count)[:most])
