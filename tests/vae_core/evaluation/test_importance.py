"""Bounds in their order, and effective samples."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from vae_core.config import ModelConfig
from vae_core.data import sources
from vae_core.data.batches import Batch
from vae_core.evaluation import importance, marginal_likelihood
from vae_core.model.vae import build_vae
from vae_core.runs.listing import load_run


def test_elbo_is_below_iwae_is_below_the_evidence_on_a_trained_run(tiny_root: Path) -> None:
    """FACTS: block means of one sample are monotone by Jensen; in expectation all lie below log p(x)."""
    run = load_run(tiny_root, "tiny-2d")
    vae, rows = run.model(), run.latents().rows[:12]
    dataset = sources.load("digits")
    x = torch.from_numpy(dataset.values[rows]).float() / dataset.divisor
    log_w = importance.log_weights(vae, x, 4096)
    bounds = torch.stack([importance.iwae_bound(log_w, k) for k in (1, 4, 16, 64, 4096)])
    assert bool((bounds.diff(dim=0) >= -1e-9).all())
    found = marginal_likelihood.log_evidence(vae, x)
    assert found.error.max() < 1e-3
    assert bounds[-1].numpy() == pytest.approx(found.log_p, abs=0.1)
    assert (bounds[0].numpy() < found.log_p).all()
    with torch.no_grad():
        exact_kl = vae.terms(Batch(x), eps=torch.randn(4096, 12, 2, generator=torch.Generator().manual_seed(1))).elbo
    assert bounds[0].numpy() == pytest.approx(exact_kl.double().numpy(), abs=0.1)
    effective = importance.effective_sample_size(log_w)
    assert bool(((effective >= 1) & (effective <= 4096)).all())


def test_effective_sample_size_counts() -> None:
    assert importance.effective_sample_size(torch.zeros(7, 1)).tolist() == pytest.approx([7])
    assert importance.effective_sample_size(torch.tensor([[0.0], [-100.0]])).tolist() == pytest.approx([1])


def test_log_weights_are_those_of_the_models_terms() -> None:
    torch.manual_seed(0)
    vae, x = build_vae(ModelConfig(hidden=(8,)), (4, 4), 1 / 16), torch.rand(3, 4, 4)
    eps = torch.randn(6, 3, 2, generator=torch.Generator().manual_seed(7))
    with torch.no_grad():
        assert torch.equal(importance.log_weights(vae, x, 6, seed=7), vae.terms(Batch(x), eps=eps).log_weights.double())


def test_log_weights_tell_how_far_they_are() -> None:
    torch.manual_seed(0)
    told: list[float] = []
    importance.log_weights(build_vae(ModelConfig(hidden=(8,)), (4, 4), 1 / 16), torch.rand(2000, 4, 4), 5, progress=told.append)
    assert told == [0.4, 0.8, 1.0]


def test_large_pictures_are_taken_a_part_at_a_time_and_change_nothing(tiny_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vae = load_run(tiny_root, "tiny-2d").model()
    x = torch.rand(10, 8, 8, generator=torch.Generator().manual_seed(0))
    found = importance.log_weights(vae, x, 6)
    monkeypatch.setattr(importance, "images_at_once", lambda shape: 9)
    torch.testing.assert_close(importance.log_weights(vae, x, 6), found)
