"""A plain autoencoder beside a run: taken where one fits, trained briefly where none does, left out where that takes too long."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.vae_core.inspection.conftest import reasons
from vae_core.config import ModelConfig
from vae_core.inspection import autoencoder, store
from vae_core.inspection.autoencoder import autoencoder_beside, multiply_adds
from vae_core.inspection.subject import InspectedRun
from vae_core.jobs.cost_estimate import count
from vae_core.model.vae import build_vae
from vae_core.progress import no_progress
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run


@pytest.mark.parametrize("network", ["mlp", "conv", "conv-upsample"])
def test_the_work_is_that_which_the_estimate_counts(network: str) -> None:
    config = ModelConfig(network=network, hidden=(8, 16), latent_size=3)
    encoder, decoder = count(config, (16, 16))
    expected = encoder.dense + encoder.conv + decoder.dense + decoder.conv
    assert multiply_adds(build_vae(config, (16, 16), 1 / 16).eval(), torch.zeros(1, 16, 16)) == pytest.approx(expected, rel=0.02)


def test_one_at_hand_is_taken_where_images_split_and_size_are_the_same(all_runs: Path) -> None:
    found = autoencoder_beside(InspectedRun(load_run(all_runs, "tiny-2d")), np.arange(10), no_progress)
    assert found.run == "ae" and found.epochs == 2 and found.images == 1294 and not found.vae.training
    other = load_run(all_runs, "tiny-2d")
    assert not list(autoencoder._others(replace(other, dataset={**other.dataset, "sha256": "0" * 64})))
    assert not list(autoencoder._others(load_run(all_runs, "tiny-5d")))


def test_else_one_is_trained_the_same_each_time_and_learns(fresh: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autoencoder, "MOST_EPOCHS", 4)
    inspected, shares = InspectedRun(fresh), []
    known, threads = inspected.train_rows[:300], torch.get_num_threads()
    one, other = (autoencoder_beside(inspected, known, shares.append) for _ in range(2))
    x = inspected.images(known)
    assert one.run == "" and one.epochs == 4 and one.images == 300 and torch.get_num_threads() == threads
    np.testing.assert_array_equal(one.features(x), other.features(x))
    assert shares[11] == 1.0 and one.features(x).std(0).min() > 0.05


def test_where_that_takes_too_long_it_is_left_out_in_a_sentence(fresh: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autoencoder, "MOST_WORK", 1e6)
    result = store.compute(InspectedRun(fresh), "features")
    assert reasons(result) == {"autoencoder": "slow-autoencoder"} and result.values["autoencoder"] is None
    assert {score["features"] for score in result.values["scores"]} == {"mu", "pca", "pixels"}


def test_an_autoencoder_needs_none_beside_it(all_runs: Path, tmp_path: Path) -> None:
    shutil.copytree(all_runs / "ae", tmp_path / "ae")
    result = store.compute(InspectedRun(load_run(tmp_path, "ae")), "features")
    assert result.values["autoencoder"] is None and not result.unavailable
