"""Two knobs for turn and size of a glyph: read back from the map, and where that must fail."""

from __future__ import annotations

import numpy as np

from vae_core.arrays import Floats
from vae_core.data import sources, synthetic
from vae_core.data.dataset import Dataset, split
from vae_core.runs.run import Run
from vae_core.story.recipes import TURNS, open_run
from vae_core.story.step import Arrays, Facts, Runs
from vae_core.story.steps.knob import encode_values

RUNS: Runs = dict.fromkeys(TURNS, ("encoder",))
NEIGHBOURS = 10  # whose mean reads turn and size back
STEP, SIZES = 5, (11.0, 14.0, 17.0, 20.0)  # of the grid whose places are shown: degrees, pixels


def build() -> tuple[Facts, Arrays]:
    """Return how well turn and size are read back from the map, within 60 degrees and round the full circle."""
    facts: Facts = {"made": f"means of the {NEIGHBOURS} nearest training pictures on the map, read for held-out ones", "runs": {}}
    facts |= {"smallest": synthetic.SMALLEST, "largest": synthetic.LARGEST, "side": synthetic.SIDE, "finer": synthetic.FINER}
    arrays: Arrays = {"glyph": synthetic.five()}
    for name in TURNS:
        run = open_run(name)
        data = sources.load(run.config.data.dataset)
        facts["runs"][name] = read_back(run, data)
        assert data.factors is not None
        known = split(data, run.config.data).train
        arrays[f"{name}-known"] = encode_values(run, data.values[known], data.divisor).astype(np.float32)
        arrays[f"{name}-known-factors"] = data.factors[known].astype(np.float32)
        half = 60 if name == "turn-60" else 180
        factors = np.array([(turn, size) for size in SIZES for turn in range(-half, half + 1, STEP)], np.float64)
        arrays[f"{name}-factors"] = factors.astype(np.float32)
        arrays[f"{name}-mu"] = encode_values(run, synthetic.turned(factors), 255.0).astype(np.float32)
    facts["upside_down"] = upside_down()
    return facts, arrays


def read_back(run: Run, data: Dataset) -> Facts:
    """Return errors of turn (degrees), of the double turn halved (degrees: upright and upside down count as one) and of size (pixels)."""
    assert data.factors is not None
    parts = split(data, run.config.data)
    mu = {name: encode_values(run, data.values[rows], data.divisor) for name, rows in (("train", parts.train), ("test", parts.test))}
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
    mu = encode_values(run, synthetic.turned(np.stack([turns, np.full_like(turns, size)], 1)), 255.0)
    opposite = np.linalg.norm(mu - np.roll(mu, len(mu) // 2, 0), axis=1)
    usual = np.linalg.norm(mu[:, None] - mu[None], axis=2)
    best = int(opposite[: len(mu) // 2].argmin())
    pair = [float(turns[best]), float(turns[best] + 180)]
    return {"turns": pair, "size": size, "apart": float(opposite[best]), "median": float(np.median(opposite)), "usual": float(usual.mean())}
