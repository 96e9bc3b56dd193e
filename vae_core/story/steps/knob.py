"""One knob: the slant of the ones as a path over the map, and points of curves, where one latent dimension is enough or must fail."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Floats
from vae_core.data import sources, synthetic
from vae_core.data.dataset import Dataset, split
from vae_core.runs.run import Run
from vae_core.story.recipes import CURVES, MAP, curve, open_run
from vae_core.story.step import Arrays, Facts, Runs

RUNS: Runs = {MAP: ("decoder",), **dict.fromkeys(CURVES, ("decoder",))}
DIGIT, PLACES = 1, 10  # whose slant is the knob, and places of its path over the map
LONGEST = 100  # points of the line at most
SEEDS = 10
PROVEN = 0.99  # least rank correlation over all seeds with which a curve is said to work
EVERY = 5  # points of a curve from one that is shown to the next

MADE = {
    "slant": "degrees right of upright: arctan of minus the covariance of x and y of a picture's ink, over its variance of y",
    "path": "test images of the digit by slant, in ten equal parts without the outer 2 %: each part's median place",
    "slants": "slant of what the map draws at each place of the path",
    "rank": "rank correlation (Spearman) of the images' slant and how far along the path its nearest point lies",
    "here, seeds": "rank correlation (Spearman, without its sign) of the true place t along the curve and the encoder's, over all points",
    "miss, seeds_miss": "largest distance of a point from where the machine draws it again; a curve is about 2 wide",
    "twice": "the two points nearest to each other among those at least a quarter of the curve apart: places, t, distance",
}


def build() -> tuple[Facts, Arrays]:
    """Return the line's exact facts, and for each curve where it comes near itself and how well machines with one knob follow it."""
    facts: Facts = {
        "slant": slant_path(),
        "line": [synthetic.line_facts(n) for n in range(2, LONGEST + 1)],
        "proven_from": PROVEN,
        "curves": {},
        "made": MADE,
    }
    arrays = {}
    for name, world in CURVES.items():
        run = open_run(name)
        data = sources.load(run.config.data.dataset)
        assert data.factors is not None
        knob, here = encode_values(run, np.asarray(data.values))[:, 0], followed(run, data)
        seeds = followed_by_seeds(world, data)
        facts["curves"][name] = {
            "here": here[0],
            "miss": here[1],
            "seeds": [one[0] for one in seeds],
            "seeds_miss": [one[1] for one in seeds],
            "is_proven": min(one[0] for one in seeds) >= PROVEN,
            "low": float(knob.min()),
            "high": float(knob.max()),
            **twice(np.asarray(data.values), data.factors[:, 0]),
        }
        arrays[f"{name}-points"] = data.values[EVERY // 2 :: EVERY]
    return facts, arrays


def slants(pictures: Floats) -> Floats:
    """Return how many degrees right of upright the ink of pictures (N, H, W) leans, (N,)."""
    height, width = pictures.shape[1:]
    mass = pictures.sum((1, 2))
    x = (pictures.sum(1) * np.arange(width)).sum(1) / mass
    y = (pictures.sum(2) * np.arange(height)).sum(1) / mass
    off_x, off_y = np.arange(width) - x[:, None], np.arange(height) - y[:, None]
    together = np.einsum("nyx,ny,nx->n", pictures, off_y, off_x)
    upright = np.einsum("nyx,ny->n", pictures, off_y**2)
    return np.rad2deg(np.arctan(-together / upright))


def slant_path() -> Facts:
    """Return the path over the map along which the ones lean ever more to the right, and how well it orders the real ones (see MADE)."""
    from scipy.stats import spearmanr

    from vae_core.latent.inference import decode_mean

    run = open_run(MAP)
    data = sources.load(run.config.data.dataset)
    assert data.labels is not None
    rows = split(data, run.config.data).test
    is_one = data.labels[rows] == DIGIT
    lean, mu = slants(data.values[rows][is_one].astype(np.float64)), run.latents().mu[is_one].astype(np.float64)
    order = lean.argsort()
    edge = len(order) // 50
    path = np.array([np.median(mu[part], 0) for part in np.array_split(order[edge : len(order) - edge], PLACES)])
    drawn = slants(decode_mean(run.model(), path.astype(np.float32)).astype(np.float64))
    return {
        "path": path.tolist(),
        "slants": drawn.tolist(),
        "n": int(is_one.sum()),
        "rank": float(spearmanr(lean, along(path, mu)).statistic),
    }


def along(path: Floats, places: Floats) -> Floats:
    """Return how far along a path (P, d) the point nearest to each place (N, d) lies, (N,), counted in its pieces."""
    starts, steps = path[:-1], np.diff(path, axis=0)
    shares = np.clip(((places[:, None] - starts) * steps).sum(-1) / (steps**2).sum(-1), 0, 1)
    far = np.linalg.norm(places[:, None] - (starts + shares[..., None] * steps), axis=-1)
    piece = far.argmin(1)
    return piece + np.take_along_axis(shares, piece[:, None], 1)[:, 0]


def encode_values(run: Run, values: NDArray[Any], divisor: float = 1.0) -> Floats:
    """Return the means (N, d) that a run's encoder gives values (N, *event)."""
    import torch

    from vae_core.latent.inference import encode

    return encode(run.model(), torch.from_numpy((values / divisor).astype(np.float32))).mu.numpy().astype(np.float64)


def rank_correlation(one: Floats, other: Floats) -> float:
    """Return the absolute correlation of the ranks of one (N,) and other (N,), which have no ties."""
    first, second = (values.argsort().argsort().astype(np.float64) for values in (one, other))
    return float(abs(np.corrcoef(first, second)[0, 1]))


def followed(run: Run, data: Dataset) -> tuple[float, float]:
    """Return how well a machine's knob follows a curve: rank correlation with the true place along it, and the worst miss (see MADE)."""
    from vae_core.latent.inference import decode_mean

    assert data.factors is not None
    knob = encode_values(run, np.asarray(data.values))
    miss = np.linalg.norm(decode_mean(run.model(), knob.astype(np.float32)) - data.values, axis=1)
    return rank_correlation(data.factors[:, 0], knob[:, 0]), float(miss.max())


def followed_by_seeds(world: str, data: Dataset) -> list[tuple[float, float]]:
    """Train on a curve with each of SEEDS seeds and return what `followed` says of each."""
    from vae_core.training.runner import train

    with TemporaryDirectory() as folder:
        return [followed(train(curve(world, seed), Path(folder, str(seed))), data) for seed in range(SEEDS)]


def twice(values: Floats, t: Floats, least: float = 0.5) -> Facts:
    """Return the two points nearest to each other among those that lie `least` or more apart along the curve: places, t, distance."""
    distances = np.linalg.norm(values[:, None] - values[None], axis=2)
    distances[np.abs(t[:, None] - t[None]) < least] = np.inf
    i, j = np.unravel_index(distances.argmin(), distances.shape)
    return {
        "twice": [values[i].tolist(), values[j].tolist()],
        "twice_knob": [float(t[i]), float(t[j])],
        "twice_gap": float(distances[i, j]),
    }
