"""Images on their way to the model: rows of a dataset as tensors, treated as configured."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from vae_core.config import RunConfig
from vae_core.data.binarisation import binarise, static_uniforms, treated
from vae_core.data.dataset import Dataset
from vae_core.data.rows import Rows
from vae_core.seeding import SUBSET, keyed

PIXELS_AT_ONCE = 1 << 18  # bounds the memory of what looks at all images: 1 MB as float32, and a few times that in sums


@dataclass(frozen=True)
class Batch:
    """Images on their way through the model: x (B, *event) in [0, 1], and what q(z|x) and p(x|z) are conditioned on, if anything."""

    x: Tensor
    cond: Tensor | None = None


@dataclass(frozen=True, eq=False)
class ImageSubset:
    """The rows that a phase works on, treated as the configuration says; all data stay as small as they came, and where they are.

    `len` and slices are those of the float32 pictures, so that code which works chunk by chunk takes a tensor or this.
    """

    values: np.ndarray | Rows  # uint8 or float32: of the whole dataset (M, *event), maybe in their file, or of these rows (N, *event)
    divisor: float
    rows: Tensor  # (N,) row numbers of the dataset
    is_whole: bool = True  # whether `values` are those of the whole dataset
    pixels: str = "grey"  # what is done to them in each batch
    split_seed: int = 0  # of the static draw

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, part: slice) -> Tensor:
        """Return the images at these positions as float32 (B, *event)."""
        return self.batch(torch.arange(*part.indices(len(self)))).x

    @property
    def is_dynamic(self) -> bool:
        """Whether each visit draws its pixels anew."""
        return self.pixels == "dynamic"

    def batch(self, index: Tensor, generator: torch.Generator | None = None, share: slice = slice(None)) -> Batch:
        """Return the images at positions `index` (B,) as float32; dynamic ones are drawn with the generator.

        `share` takes a part of the batch, whose draws are those that it has in the whole batch.
        """
        uniforms = torch.rand(len(index), *self.values.shape[1:], generator=generator)[share] if self.is_dynamic else None
        index = index[share]
        rows = self.rows.index_select(0, index)
        if self.pixels == "static":
            uniforms = torch.from_numpy(static_uniforms(rows.numpy(), self.values.shape[1:], self.split_seed))
        chosen = torch.from_numpy(self.values[(rows if self.is_whole else index).numpy()])  # a copy in any case
        return Batch(binarise(chosen, self.divisor, self.pixels, uniforms))

    def all(self) -> Tensor:
        """Return every image as float32 (N, *event): 4 bytes a pixel, so only where they are few."""
        return self[:]

    def at_most(self, count: int, seed: int) -> ImageSubset:
        """Return at most so many of the images, drawn by the seed, in their order."""
        if len(self) <= count:
            return self
        kept = torch.randperm(len(self), generator=keyed(seed, SUBSET))[:count].sort().values
        values = self.values if self.is_whole else self.values[kept.numpy()]
        return replace(self, values=values, rows=self.rows[kept])

    def mean(self) -> Tensor:
        """Return the mean picture (*event) in [0, 1]; of pixels that are drawn anew, their expectation."""
        is_grey = self.pixels in ("grey", "dynamic")
        # Sums of whole numbers are exact, those of their quotients are not.
        source, divisor = (replace(self, pixels="grey", divisor=1.0), self.divisor) if is_grey else (self, 1.0)
        size = max(1, PIXELS_AT_ONCE // math.prod(self.values.shape[1:]))
        total = torch.zeros(self.values.shape[1:], dtype=torch.float64)
        for start in range(0, len(self), size):
            total += source[start : start + size].sum(0, dtype=torch.float64)
        return (total / len(self) / divisor).float()


def image_subset(dataset: Dataset, rows: np.ndarray, config: RunConfig, *, fixed: bool) -> ImageSubset:
    """Return the rows of a dataset; `fixed` replaces a new draw per visit by one draw keyed by the row.

    Static and thresholded pixels are drawn once where the data are in memory, and in each batch where they are on the disk.
    """
    values, divisor, seed = dataset.values, dataset.divisor, config.data.split_seed
    pixels = "static" if fixed and config.data.pixels == "dynamic" else config.data.pixels
    if isinstance(values, Rows) or pixels in ("grey", "dynamic"):
        return ImageSubset(values, divisor, torch.from_numpy(rows), pixels=pixels, split_seed=seed)
    chosen, divisor = treated(dataset, rows, config.data)
    return ImageSubset(chosen, divisor, torch.from_numpy(rows), is_whole=False)
