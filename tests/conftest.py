"""Shared fixtures: small runs that are really trained, once per session."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig


def tiny_config(name: str = "tiny", latent_size: int = 2, **train: object) -> RunConfig:
    """Return settings that train on digits within a second."""
    settings = {"epochs": 3, "batch_size": 128, "snapshots": 4, **train}
    return RunConfig(name=name, data=DataConfig(), model=ModelConfig(latent_size=latent_size, hidden=(32,)), train=TrainConfig(**settings))


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Give `__main__` back after each test: Streamlit's AppTest puts the app there, and a process started later would run it."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture(scope="session")
def tiny_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two finished runs, tiny-2d and tiny-5d; copy it before changing anything in it."""
    from vae_core.train import train

    root = tmp_path_factory.mktemp("runs")
    for latent_size in (2, 5):
        train(tiny_config(f"Tiny {latent_size}-D", latent_size), root / f"tiny-{latent_size}d")
    return root
