"""Small runs of every kind that Inspect knows, and what it found of one of them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import tiny_config
from vae_core.config import ObjectiveConfig
from vae_core.inspection import process
from vae_core.inspection.parts.registry import PARTS
from vae_core.inspection.result import Result
from vae_core.runs.listing import load_run, open_run
from vae_core.runs.run import Run

FEW = {"max_images": 40, "max_samples": 50}
SLOW = ("features", "anomaly")  # which nothing here looks at; tests/dashboard/views/test_use.py computes and shows them
QUICK = tuple(part for part in PARTS if part not in SLOW)


@pytest.fixture(scope="session")
def all_runs(tiny_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with runs of two, five and one dimension, an autoencoder, and a linear gaussian one."""
    from vae_core.training.runner import train

    root = tmp_path_factory.mktemp("inspect") / "runs"
    shutil.copytree(tiny_root, root)
    one = tiny_config("line", 1, epochs=2)
    train(one, root / "line")
    train(replace(one, model=replace(one.model, latent_size=2), objective=ObjectiveConfig(objective="ae")), root / "ae")
    linear = replace(one.model, latent_size=3, network="linear", likelihood="gaussian-learnt")
    train(replace(one, model=linear, objective=ObjectiveConfig(beta=2.0)), root / "linear")
    return root


@pytest.fixture(scope="session")
def done(all_runs: Path) -> Result:
    """Compute every quick part of the two-dimensional run; return the last one."""
    return process.run_parts(load_run(all_runs, "tiny-2d"), QUICK, **FEW)[-1]


@pytest.fixture
def run(all_runs: Path, done: Result) -> Run:
    """Return the two-dimensional run, computed."""
    return load_run(all_runs, "tiny-2d")


@pytest.fixture
def fresh(tiny_root: Path, tmp_path: Path) -> Run:
    """Return a run of which nothing is computed."""
    shutil.copytree(tiny_root / "tiny-2d", tmp_path / "tiny-2d")
    return open_run(tmp_path / "tiny-2d")


def reasons(result: Result) -> dict[str, str]:
    """Return what could not be given, with the reason; every sentence must be one."""
    for entry in result.unavailable:
        assert entry["sentence"].endswith(".") and entry["sentence"][0].isupper() and "Error" not in entry["sentence"]
    return {entry["what"]: entry["reason"] for entry in result.unavailable}


def by_part(results: list[Result]) -> dict[str, Result]:
    """Return results by the key of their part."""
    return {result.part: result for result in results}
