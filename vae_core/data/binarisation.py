"""How stored pixels become numbers in [0, 1]: grey, or black and white by a threshold or by chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from vae_core.config import PIXELS, DataConfig
from vae_core.data.dataset import Dataset
from vae_core.data.rows import ROWS_AT_ONCE


def binarise(values: Any, divisor: float, pixels: str, uniforms: Any = None) -> Any:
    """Return `values` as float32 in [0, 1], treated as `pixels` says; numpy arrays and torch tensors alike.

    Args:
        values: (B, *event), from 0 to `divisor`.
        divisor: the value of full ink.
        pixels: grey (value / divisor), thresholded (1 from one half on), static or dynamic (1 with the probability of the grey value).
        uniforms: (B, *event) in [0, 1), needed for static (`static_uniforms`) and dynamic (new ones each time); else ignored.

    Raises:
        ValueError: an unknown treatment, or uniforms that are missing or of another shape.
    """
    grey = _grey(values, float(divisor))
    if pixels == "grey":
        return grey
    if pixels == "thresholded":
        return _float32(grey >= 0.5)
    if pixels not in PIXELS:
        raise ValueError(f"pixels is {pixels!r}; choose one of {', '.join(PIXELS)}.")
    if uniforms is None or uniforms.shape != grey.shape:
        raise ValueError(f"pixels {pixels!r} needs uniforms of the shape of the values, {tuple(grey.shape)}.")
    return _float32(uniforms < grey)


def treated(dataset: Dataset, rows: np.ndarray, config: DataConfig) -> tuple[np.ndarray, float]:
    """Return the images that a model is scored on, and their value of full ink: black and white is drawn once, keyed by the row.

    Args:
        dataset: where they come from.
        rows: (B,) row numbers in it.
        config: how its pixels are treated.

    Returns:
        (B, *event): grey ones as they are stored, others as uint8 of 0 and 1.
    """
    if config.pixels == "grey":
        return dataset.values[rows], dataset.divisor
    if config.pixels == "thresholded":
        return binarise(dataset.values[rows], dataset.divisor, "thresholded").astype(np.uint8), 1.0
    uniforms = static_uniforms(rows, dataset.event_shape, config.split_seed)
    return binarise(dataset.values[rows], dataset.divisor, "static", uniforms).astype(np.uint8), 1.0


def _grey(values: Any, divisor: float) -> Any:
    if isinstance(values, np.ndarray):
        return np.divide(values, np.float32(divisor), dtype=np.float32)
    return _float32(values / divisor)  # torch turns whole numbers into float32 on the way: one pass instead of two


def _float32(array: Any) -> Any:
    return array.astype(np.float32) if isinstance(array, np.ndarray) else array.float()


def is_ink_dark(pictures: np.ndarray) -> bool:
    """Tell whether grey pictures (N, H, W) are dark ink on light paper: brighter along their edge than inside, by their mean.

    Pictures with colours (N, C, H, W) are neither: they have no ink.
    """
    if pictures.ndim != 3:
        return False
    edge = max(1, min(pictures.shape[1:]) // 14)  # two pixels of MNIST's 28
    inside = pictures[:, edge:-edge, edge:-edge]
    if not inside.size or inside.size == pictures.size:
        return False
    total, within = pictures.sum(dtype=np.float64), inside.sum(dtype=np.float64)
    return bool((total - within) / (pictures.size - inside.size) > within / inside.size)


def static_uniforms(rows: np.ndarray, event_shape: Sequence[int], seed: int) -> np.ndarray:
    """Return one fixed draw per row, keyed by (seed, row): a row has the same numbers whichever subset it is asked for in.

    Philox is a counter-based generator (Salmon et al. 2011, doi 10.1145/2063384.2063405): each row owns a stretch of the counter, and
    its bits are the same in every version of numpy.

    Args:
        rows: (B,) row numbers in the dataset, in any order.
        event_shape: shape of one row.
        seed: any whole number from 0.

    Returns:
        (B, *event_shape) float32 in [0, 1), multiples of 2**-24, so that none is rounded to 1.
    """
    size = math.prod(event_shape)
    steps = -(-size // 8)  # one step of the counter gives 4 words of 64 bits, that is 8 numbers
    generator, position = np.random.Philox(seed), 0
    uniforms = np.empty((len(rows), size), np.float32)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        block = np.asarray(rows[start : start + ROWS_AT_ONCE])
        words = np.empty((len(block), 4 * steps), "<u8")
        for i, row in enumerate(block.tolist()):
            generator.advance(row * steps - position)
            words[i] = generator.random_raw(4 * steps)
            position = (row + 1) * steps
        uniforms[start : start + len(block)] = (words.view("<u4")[:, :size] >> 8) * np.float32(2**-24)
    return uniforms.reshape(len(rows), *event_shape)
