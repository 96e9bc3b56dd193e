"""Lines, and how many roads leave their spots: what the odd spots of a drawing must come to, by counting its pieces and loops."""

from __future__ import annotations

import numpy as np

from vae_core.arrays import Floats
from vae_core.story.step import Arrays, Facts, Runs

RUNS: Runs = {}
SIDE, DOTS = 200, 4000  # of the picture in which pieces and loops are counted; of a curve drawn in it


def curves() -> dict[str, Floats]:
    """Return the points (DOTS, 2) of the drawings that the step shows, within [-1, 1]."""
    t = np.linspace(0, 2 * np.pi, DOTS)
    x = np.linspace(-0.85, 0.85, DOTS)
    return {
        "line": np.stack([x, 0.35 * np.sin(3 * x)], 1),
        "circle": 0.7 * np.stack([np.cos(t), np.sin(t)], 1),
        "eight": np.stack([0.85 * np.sin(t), 0.55 * np.sin(2 * t)], 1),
    }


def pieces_less_loops(points: Floats) -> int:
    """Return how many pieces a drawing (N, 2) has less the regions that it encloses: Euler's number, and half of the sum of 2 - roads."""
    from scipy.ndimage import label

    ink = np.zeros((SIDE, SIDE), bool)
    rows, columns = ((points.T + 1) / 2 * (SIDE - 1)).round().astype(int)
    ink[rows, columns] = True
    pieces = label(ink, np.ones((3, 3)))[1]
    regions = label(~ink)[1]  # with the one outside
    return int(pieces - (regions - 1))


def build() -> tuple[Facts, Arrays]:
    """Return the number of pieces less that of loops for each drawing."""
    found = {name: pieces_less_loops(points) for name, points in curves().items()}
    return {"pieces_less_loops": found, "made": f"regions of ink and of ground in a picture of {SIDE} x {SIDE} dots"}, {}
