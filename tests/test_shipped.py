"""The runs that come with the project: sound, small, as good as checkpoints/README.md says, and free of real images."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.places import SHIPPED
from vae_core.evaluation.scoring import rescore
from vae_core.latent.latents import Latents
from vae_core.runs.listing import list_runs, open_run
from vae_core.runs.verification import verify

NAMES = ("digits-2d", "mnist-16d", "mnist-2d")
MEGABYTE = 1_000_000


def test_these_are_all(monkeypatch: pytest.MonkeyPatch) -> None:
    found, broken = list_runs(SHIPPED)
    assert set(NAMES) <= {run.id for run in found}
    assert not [run.id for run in broken if run.id in NAMES]


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_run_is_sound_and_small(name: str) -> None:
    assert verify(SHIPPED / name) == []
    assert sum(file.stat().st_size for file in (SHIPPED / name).rglob("*") if file.is_file()) <= 5 * MEGABYTE


@pytest.mark.parametrize("name", NAMES)
def test_its_pictures_are_drawn_by_the_model(name: str) -> None:
    """What lies in the run holds latent codes, decoded grids and numbers: no array has the size of its test images."""
    run = open_run(SHIPPED / name)
    latents: Latents = run.latents()
    pixels = int(np.prod(run.dataset["event_shape"]))
    assert latents.mu.shape[1] == run.config.model.latent_size < pixels
    assert {key for frame in run.snapshots() for key in frame} == {"mu", "log_var", "step", "epoch", "grid"}


@pytest.mark.parametrize(("name", "most", "least"), [("mnist-2d", 138.0, 0.80), ("digits-2d", 24.0, 0.90), ("mnist-16d", 100.0, 0.95)])
def test_it_keeps_its_goals(name: str, most: float, least: float) -> None:
    summary = open_run(SHIPPED / name).summary
    assert summary["protocol"] == "grey" and summary["test_split"] == "test"
    assert summary["test"]["negative_elbo"] <= most
    assert summary["knn"]["accuracy"] >= least


def test_of_sixteen_dimensions_neighbours_on_the_map_have_a_share_of_their_own() -> None:
    knn = open_run(SHIPPED / "mnist-16d").summary["knn"]
    assert (knn["accuracy"], knn["map_accuracy"]) == (0.9696, 0.32)


def test_its_numbers_come_out_again() -> None:
    run = open_run(SHIPPED / "digits-2d")
    again = rescore(run)["test"]
    assert again["negative_elbo"] == pytest.approx(run.summary["test"]["negative_elbo"], abs=1e-3)


def test_its_readme_prints_what_the_runs_hold() -> None:
    text = (SHIPPED / "README.md").read_text(encoding="utf-8")
    for name in NAMES:
        run = open_run(SHIPPED / name)
        row = re.search(rf"^## {name}$.*?^\| {run.config.train.seed} \|(.*?)\|$", text, re.M | re.S)
        assert row, f"checkpoints/README.md has no table for {name} with seed {run.config.train.seed}"
        assert float(row[1].split("|")[1]) == pytest.approx(run.summary["test"]["negative_elbo"], abs=0.006)
