"""Images of a kind that a model never learned: of other data sets with pictures of the same size, and made of its own test images."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from vae_core.data import sources
from vae_core.data.batches import image_subset
from vae_core.data.errors import DataError
from vae_core.runs.run import Run

MADE = ("halves", "turned")


def strangers(run: Run, x: Tensor, labels: np.ndarray | None, seed: int = 0) -> Iterator[tuple[str, Tensor]]:
    """Yield kinds of strangers by name, (n, *event) each, treated as the run's own images are.

    Args:
        run: what learned other images.
        x: its test images (N, *event), of which some kinds are made.
        labels: their classes (N,), so that halves come of two classes.

    Yields:
        the data sets that are at hand, by their names; "halves", the upper half of one image over the lower half of another;
        "turned", images turned by a quarter, where they are square.
    """
    generator = np.random.default_rng(seed)
    for name in sources.DATASETS:
        if name != run.config.data.dataset and (found := _others(run, name, len(x), generator)) is not None:
            yield name, found
    if x.dim() >= 3 and len(x) > 1 and x.shape[-2] > 1:
        yield "halves", _halves(x, labels, generator)
    if x.dim() >= 3 and x.shape[-1] == x.shape[-2] > 1:
        yield "turned", torch.rot90(x, 1, (-2, -1))


def _others(run: Run, name: str, most: int, generator: np.random.Generator) -> Tensor | None:
    """Return some images of another data set, or None where it is not at hand, or of another size or kind."""
    if not sources.is_available(name):
        return None
    try:
        other = sources.load(name)
    except DataError:
        return None
    if tuple(other.event_shape) != tuple(run.dataset["event_shape"]):
        return None
    rows = np.sort(generator.choice(len(other.values), min(most, len(other.values)), replace=False))
    return image_subset(other, rows, run.config, fixed=True).all()


def _halves(x: Tensor, labels: np.ndarray | None, generator: np.random.Generator) -> Tensor:
    """Return upper halves over the lower halves of other images, of another class where that is known and there is one."""
    places = np.arange(len(x))
    partner = generator.permutation(len(x))
    if labels is not None:
        for _ in range(20):  # each round gives those a new partner that have one of their own class
            same = np.flatnonzero(labels[partner] == labels[places])
            if not len(same):
                break
            partner[same] = generator.integers(0, len(x), len(same))
    made, middle = x.clone(), x.shape[-2] // 2
    made[..., middle:, :] = x[torch.from_numpy(partner)][..., middle:, :]
    return made
