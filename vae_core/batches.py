"""Images on their way to the model: rows of a dataset as tensors, treated as configured, and randomness that depends on its key alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vae_core import datasets
from vae_core.config import RunConfig
from vae_core.datasets import Dataset
from vae_core.vae import Batch

# Streams of randomness: one seed gives unrelated numbers to each.
WEIGHTS, ORDER, NOISE, PIXELS, VALIDATION, TEST = range(6)


def keyed(seed: int, stream: int, index: int = 0) -> torch.Generator:
    """Return a generator that depends on nothing but its key, so that any step can be repeated without those before it."""
    state = np.random.SeedSequence([seed, stream, index]).generate_state(2, np.uint32)
    return torch.Generator().manual_seed(int(state[0]) << 31 | int(state[1]) >> 1)


@dataclass(frozen=True)
class Images:
    """The rows that a phase works on, treated as the configuration says; all data stay as small as they came."""

    values: Tensor  # (N, *event) uint8 or float32
    divisor: float
    rows: Tensor  # (N,) row numbers of the dataset
    is_dynamic: bool = False

    def __len__(self) -> int:
        return len(self.rows)

    def batch(self, index: Tensor, generator: torch.Generator | None = None) -> Batch:
        """Return the images at positions `index` (B,) as float32; dynamic ones are drawn with the generator."""
        chosen = self.values[index]
        uniforms = torch.rand(chosen.shape, generator=generator) if self.is_dynamic else None
        x = datasets.prepare(chosen, self.divisor, "dynamic" if self.is_dynamic else "grey", uniforms)
        return Batch(x, index=self.rows[index])

    def all(self) -> Tensor:
        """Return every image as float32 (N, *event)."""
        return self.batch(torch.arange(len(self))).x

    def mean(self, at_once: int = 8192) -> Tensor:
        """Return the mean picture (*event) in [0, 1]."""
        total = sum(part.double().sum(0) for part in self.values.split(at_once))
        return (total / len(self) / self.divisor).float()


def images(dataset: Dataset, rows: np.ndarray, config: RunConfig, *, fixed: bool) -> Images:
    """Return the rows of a dataset as tensors; `fixed` replaces a new draw per visit by one draw keyed by the row."""
    values, pixels, divisor = dataset.values[rows], config.data.pixels, dataset.divisor
    is_dynamic = pixels == "dynamic" and not fixed
    if pixels != "grey" and not is_dynamic:
        uniforms = None if pixels == "thresholded" else datasets.static_uniforms(rows, dataset.event_shape, config.data.split_seed)
        values, divisor = datasets.prepare(values, divisor, pixels, uniforms).astype(np.uint8), 1.0
    return Images(torch.from_numpy(np.ascontiguousarray(values)), divisor, torch.from_numpy(rows), is_dynamic)
