"""Runs whose packets are looked at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import tiny_config
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run
from vae_core.training.runner import train


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of one dimension with a learned sigma."""
    config = tiny_config("One", 1, epochs=2)
    root = tmp_path_factory.mktemp("one")
    train(replace(config, model=replace(config.model, likelihood="gaussian-learnt")), root / "one")
    return load_run(root, "one")


@pytest.fixture(params=["tiny-1d", "tiny-2d", "tiny-5d"])
def run(request: pytest.FixtureRequest, tiny_root: Path, one: Run) -> Run:
    """Runs of one, two and five dimensions."""
    return one if request.param == "tiny-1d" else load_run(tiny_root, request.param)
