"""The colours that pictures are made of: a few that stand for all of them, so that a hand can paint with what the data know."""

from __future__ import annotations

import colorsys

import numpy as np
from numpy.typing import NDArray

COUNT = 10
MOST_PIXELS = 200_000  # that are looked at, evenly spread over all of them
BINS = 32  # to a channel: what falls into one bin counts as one colour
ROUNDS = 12  # of moving each colour to the middle of those that are nearest to it


def palette(pictures: NDArray[np.uint8], count: int = COUNT) -> NDArray[np.uint8]:
    """Return at most `count` colours of pictures (N, 3, H, W), (count, 3) uint8; the first is what lies most along their edges: the paper.

    k-means over the colours that occur (Lloyd 1982), begun with the commonest and then always with the farthest; a colour counts by the
    root of how often it occurs, so that a large plain ground is one colour among the others. Nothing is random. The others follow by hue,
    with those that are nearly grey before them, dark ones first.
    """
    edges = np.concatenate(
        [pictures[..., [0, -1], :].reshape(len(pictures), 3, -1), pictures[..., [0, -1]].reshape(len(pictures), 3, -1)], 2
    )
    paper = _commonest(_rows(edges))
    colours, often = _counted(_rows(pictures))
    weights = np.sqrt(often)
    chosen = [paper]
    while len(chosen) < min(count, len(colours) + 1):
        far = np.min([((colours - one) ** 2).sum(1) for one in chosen], axis=0)
        chosen.append(colours[np.argmax(far * weights)])
    middles = np.array(chosen)
    for _ in range(ROUNDS):
        owner = ((colours[:, None] - middles) ** 2).sum(2).argmin(1)
        for one in range(1, len(middles)):  # the paper stays what it is
            if (mine := owner == one).any():
                middles[one] = np.average(colours[mine], axis=0, weights=weights[mine])
    found = np.unique(np.round(middles[1:]).astype(np.uint8), axis=0)
    paper = np.round(paper).astype(np.uint8)
    others = sorted((one for one in found if not np.array_equal(one, paper)), key=_place)
    return np.array([paper, *others], np.uint8)


def _rows(pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the colours of some of the pixels of (N, 3, ...), (n, 3)."""
    pixels = np.moveaxis(pictures, 1, -1).reshape(-1, 3)
    return pixels[:: -(-len(pixels) // MOST_PIXELS)].astype(np.float64)


def _counted(pixels: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the mean colour of each bin that holds one, and how many it holds."""
    step = 256 / BINS
    bins = (pixels // step) @ [BINS * BINS, BINS, 1]
    _, owner, often = np.unique(bins, return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(owner, pixels[:, channel]) for channel in range(3)], 1)
    return sums / often[:, None], often


def _commonest(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    colours, often = _counted(pixels)
    return colours[often.argmax()]


def _place(colour: NDArray[np.uint8]) -> tuple[float, float]:
    """Return where a colour stands among others: grey ones by their lightness, then all others by their hue."""
    hue, saturation, value = colorsys.rgb_to_hsv(*(colour / 255).tolist())
    return (0, value) if saturation * value < 0.12 else (1 + hue, value)
