"""A bag of real handwritten digits, some kinds more often than others: what yes-or-no questions about one of them must cost."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np

from vae_core.data import digits
from vae_core.story.step import Arrays, Facts, Runs

RUNS: Runs = {}
# Pictures of each digit. The most frequent is not the one to ask about first: 7 or 0 is half of the bag more nearly than any digit is.
BAG = {1: 10, 7: 7, 0: 6, 4: 4, 8: 3, 5: 2}


def build() -> tuple[Facts, Arrays]:
    """Return the bag's counts, its entropy and the average length of the best code, bits, and its pictures (n, 8, 8) of 0 to 16."""
    from scipy.stats import entropy

    data = digits.load()
    assert data.labels is not None
    rows = np.concatenate([np.flatnonzero(data.labels == digit)[:count] for digit, count in BAG.items()])
    counts = list(BAG.values())
    facts = {
        "digits": list(BAG),
        "counts": counts,
        "entropy": float(entropy(np.array(counts) / sum(counts), base=2)),
        "best": best_length(counts),
        "most": int(data.divisor),
        "made": "the first pictures of each digit in scikit-learn's digits (8x8); entropy and best (Huffman) in bits per digit",
        "source": data.source,
    }
    return facts, {"pictures": np.asarray(data.values)[rows].astype(np.uint8)}


def best_length(counts: Sequence[int]) -> float:
    """Return the average length in bits of the best code without gaps for kinds with these counts (Huffman 1952)."""
    heap = list(counts)
    heapq.heapify(heap)
    total = 0
    while len(heap) > 1:
        joined = heapq.heappop(heap) + heapq.heappop(heap)
        total += joined
        heapq.heappush(heap, joined)
    return total / sum(counts)
