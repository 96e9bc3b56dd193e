"""What a few knobs can say: one for the points of a curve, two for turn and size of a glyph; read back, and where that must fail."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.data import sources, synthetic
from vae_core.data.dataset import Dataset, split
from vae_core.runs.run import Run
from vae_core.story.recipes import CURVES, TURNS, curve, open_run
from vae_core.training.runner import train

Floats = NDArray[np.floating[Any]]
Facts = dict[str, Any]

LONGEST = 100  # points of the line at most
SEEDS = 10
PROVEN = 0.99  # least rank correlation over all seeds with which a curve is said to work
NEIGHBOURS = 10  # whose mean reads turn and size back
EVERY = 5  # points of a curve from one that is shown to the next
STEP, SIZES = 5, (11.0, 14.0, 17.0, 20.0)  # of the grid whose places are shown: degrees, pixels

MADE = {
    "here, seeds": "rank correlation (Spearman, without its sign) of the true place t along the curve and the encoder's, over all points",
    "miss, seeds_miss": "largest distance of a point from where the machine draws it again; a curve is about 2 wide",
    "twice": "the two points nearest to each other among those at least a quarter of the curve apart: places, t, distance",
}


# --------------------------------------------------------------------------- one knob


def knob_step() -> tuple[Facts, dict[str, NDArray[Any]]]:
    """Return the line's exact facts, and for each curve where it comes near itself and how well machines with one knob follow it."""
    facts: Facts = {"line": [synthetic.line_facts(n) for n in range(2, LONGEST + 1)], "proven_from": PROVEN, "curves": {}, "made": MADE}
    arrays = {}
    for name, world in CURVES.items():
        run = open_run(name)
        data = sources.load(run.config.data.dataset)
        assert data.factors is not None
        knob, here = codes(run, np.asarray(data.values))[:, 0], followed(run, data)
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


def codes(run: Run, values: NDArray[Any], divisor: float = 1.0) -> Floats:
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
    knob = codes(run, np.asarray(data.values))
    miss = np.linalg.norm(decode_mean(run.model(), knob.astype(np.float32)) - data.values, axis=1)
    return rank_correlation(data.factors[:, 0], knob[:, 0]), float(miss.max())


def followed_by_seeds(world: str, data: Dataset) -> list[tuple[float, float]]:
    """Train on a curve with each of SEEDS seeds and return what `followed` says of each."""
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


# --------------------------------------------------------------------------- two knobs


def turn_step() -> tuple[Facts, dict[str, NDArray[Any]]]:
    """Return how well turn and size are read back from the map, within 60 degrees and round the full circle."""
    facts: Facts = {"made": f"means of the {NEIGHBOURS} nearest training pictures on the map, read for held-out ones", "runs": {}}
    facts |= {"smallest": synthetic.SMALLEST, "largest": synthetic.LARGEST, "side": synthetic.SIDE, "finer": synthetic.FINER}
    arrays: dict[str, NDArray[Any]] = {"glyph": synthetic.five()}
    for name in TURNS:
        run = open_run(name)
        data = sources.load(run.config.data.dataset)
        facts["runs"][name] = read_back(run, data)
        assert data.factors is not None
        known = split(data, run.config.data).train
        arrays[f"{name}-known"] = codes(run, data.values[known], data.divisor).astype(np.float32)
        arrays[f"{name}-known-factors"] = data.factors[known].astype(np.float32)
        half = 60 if name == "turn-60" else 180
        factors = np.array([(turn, size) for size in SIZES for turn in range(-half, half + 1, STEP)], np.float64)
        arrays[f"{name}-factors"] = factors.astype(np.float32)
        arrays[f"{name}-mu"] = codes(run, synthetic.turned(factors), 255.0).astype(np.float32)
    facts["upside_down"] = upside_down()
    return facts, arrays


def read_back(run: Run, data: Dataset) -> Facts:
    """Return errors of turn (degrees), of the double turn halved (degrees: upright and upside down count as one) and of size (pixels)."""
    assert data.factors is not None
    parts = split(data, run.config.data)
    mu = {name: codes(run, data.values[rows], data.divisor) for name, rows in (("train", parts.train), ("test", parts.test))}
    turn, size = (np.asarray(column) for column in data.factors.T)
    found: Facts = {"n_train": len(parts.train), "n_test": len(parts.test), "half_turn": float(np.ceil(np.abs(turn).max()))}
    for name, times in (("turn", 1), ("double", 2)):
        angle = np.deg2rad(times * turn)
        read = nearest_mean(mu["train"], np.stack([np.cos(angle), np.sin(angle)], 1)[parts.train], mu["test"])
        told = np.rad2deg(np.arctan2(read[:, 1], read[:, 0])) / times
        found[name] = _errors(told, turn[parts.test], period=360 / times)
    read = nearest_mean(mu["train"], size[parts.train, None], mu["test"])[:, 0]
    return found | {"size": _errors(read, size[parts.test])}


def nearest_mean(known: Floats, targets: Floats, places: Floats) -> Floats:
    """Return for places (M, d) the mean target (M, t) of the nearest known places (N, d) with targets (N, t)."""
    from sklearn.neighbors import NearestNeighbors

    rows = NearestNeighbors(n_neighbors=NEIGHBOURS).fit(known).kneighbors(places)[1]
    return targets[rows].mean(1)


def _errors(told: Floats, truth: Floats, period: float = np.inf) -> Facts:
    """Return how far what is told (N,) lies from the truth (N,), and `chance`: the median where another picture's number is told."""

    def off(read: Floats) -> Floats:
        gap = np.abs(read - truth)
        return gap if period == np.inf else np.minimum(gap % period, -gap % period)

    other = np.random.default_rng(0).permutation(told)
    return {"median": float(np.median(off(told))), "mean": float(off(told).mean()), "chance": float(np.median(off(other)))}


def upside_down() -> Facts:
    """Return the turn at which the full circle's map keeps a glyph and its upside-down picture nearest, and how near, on the map.

    `apart` is the distance of the two places; `usual` the mean distance of two turns drawn at random, at the same size.
    """
    size, turns = (synthetic.SMALLEST + synthetic.LARGEST) / 2, np.arange(-180.0, 180.0, 2.0)
    run = open_run("turn-180")
    mu = codes(run, synthetic.turned(np.stack([turns, np.full_like(turns, size)], 1)), 255.0)
    opposite = np.linalg.norm(mu - np.roll(mu, len(mu) // 2, 0), axis=1)
    usual = np.linalg.norm(mu[:, None] - mu[None], axis=2)
    best = int(opposite[: len(mu) // 2].argmin())
    pair = [float(turns[best]), float(turns[best] + 180)]
    return {"turns": pair, "size": size, "apart": float(opposite[best]), "median": float(np.median(opposite)), "usual": float(usual.mean())}
