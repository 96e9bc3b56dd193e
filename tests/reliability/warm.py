"""Imported once by the server that children are forked from: torch and a few steps on one thread, so that a child starts at once."""

from __future__ import annotations

import os

import pytest  # noqa: F401  a child of a test imports it first of all

from vae_core.config import ModelConfig, RunConfig, TrainConfig
from vae_core.data import sources
from vae_core.data.dataset import split
from vae_core.training.trainer import Trainer

os.environ["TQDM_DISABLE"] = "1"


def _take_steps() -> None:
    config = RunConfig(model=ModelConfig(hidden=(4,)), train=TrainConfig(epochs=1, batch_size=1024, snapshots=0, average=0.5))
    dataset = sources.load("digits")
    Trainer(config, dataset, split(dataset, config.data)).fit()


_take_steps()
