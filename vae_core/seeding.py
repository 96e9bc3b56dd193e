"""Randomness that depends on nothing but its key: one seed gives unrelated numbers to each stream, and any step can be repeated alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

# Streams; trained runs depend on their numbers.
WEIGHTS, ORDER, NOISE, PIXELS, VALIDATION, TEST, SUBSET = range(7)


def keyed(seed: int, stream: int, index: int = 0) -> torch.Generator:
    """Return a generator that depends on nothing but its key, so that any step can be repeated without those before it."""
    import torch

    state = np.random.SeedSequence([seed, stream, index]).generate_state(2, np.uint32)
    return torch.Generator().manual_seed(int(state[0]) << 31 | int(state[1]) >> 1)
