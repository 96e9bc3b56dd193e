"""What the worker does before its first run: import everything, take a step, measure how fast this machine trains."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.data import sources
from vae_core.data.dataset import Dataset, split
from vae_core.jobs import cost_estimate
from vae_core.jobs.cost_estimate import Machine
from vae_core.training.trainer import Trainer

STEPS = 5  # that are timed, after one that is not


def warm_up() -> None:
    """Take a step on digits, so that all that training imports, allocates and compiles at first use is there."""
    config, dataset = RunConfig(train=TrainConfig(snapshots=0)), sources.load("digits")
    trainer = Trainer(config, dataset, split(dataset, config.data))
    trainer.step(*next(trainer.steps(1)))


def has_card() -> bool:
    """Tell whether there is a graphics card that PyTorch can use."""
    return torch.cuda.is_available()


def import_the_rest() -> None:
    """Import what only the end of a training needs."""
    import sklearn.neighbors  # noqa: F401


# Three networks, of which the first takes next to no time but the fixed part of a step: hidden layers, batch, side of the picture.
REFERENCES = {"fixed": ("mlp", (64, 64), 32, 8), "dense": ("mlp", (256, 256, 256), 128, 28), "conv": ("conv", (32, 64), 16, 28)}


def measure_machine(is_wanted: Callable[[], bool]) -> dict[str, Any]:
    """Return the fields of cost_estimate.Machine; empty where `is_wanted` says between two steps that there is something better to do."""
    seconds = {}
    for name, (network, hidden, batch, side) in REFERENCES.items():
        config = RunConfig(
            data=DataConfig(test_fraction=0.0, validation_fraction=0.0),
            model=ModelConfig(network=network, hidden=hidden),
            train=TrainConfig(batch_size=batch, snapshots=0, device="cpu"),
        )
        taken = _steps(config, _noise((STEPS + 1) * batch, side), is_wanted)
        if not taken:
            return {}
        seconds[name] = statistics.median(taken[1:])
    return asdict(solve(seconds))


def _noise(count: int, side: int) -> Dataset:
    return Dataset("noise", np.random.default_rng(0).integers(0, 256, (count, side, side), dtype=np.uint8), 255.0, "image")


def _steps(config: RunConfig, dataset: Dataset, is_wanted: Callable[[], bool]) -> list[float]:
    """Return the processor's seconds of each step of one epoch; empty where it was broken off."""
    trainer, taken = Trainer(config, dataset, split(dataset, config.data)), []
    for step in trainer.steps(1):
        if is_wanted():
            return []
        start = time.process_time()
        trainer.step(*step)
        taken.append(time.process_time() - start)
    return taken


def solve(seconds: Mapping[str, float]) -> Machine:
    """Return the machine whose steps through the networks of REFERENCES take these seconds: they are linear in three unknowns."""
    units = [Machine(1, 0, 0, 0), Machine(0, 1, 0, 0), Machine(0, 0, 1, 0)]
    parts = []
    for network, hidden, batch, side in REFERENCES.values():
        pair = cost_estimate.count(ModelConfig(network=network, hidden=hidden), (side, side))
        parts.append([cost_estimate.step_seconds(pair, side * side, batch, 1, unit) for unit in units])
    solved = np.linalg.solve(np.array(parts), np.array([seconds[name] for name in REFERENCES]))
    # Where the machine was busy with something else in between, a part may come out as less than nothing.
    fixed, dense, conv = np.maximum(solved, [0.1 * seconds["fixed"], 1e-13, 1e-13]).tolist()
    return Machine(fixed, dense, conv, resident())


def resident() -> int:
    """Return the bytes that this process has taken at most so far."""
    try:
        import resource
    except ImportError:  # Windows
        return 500_000_000
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
