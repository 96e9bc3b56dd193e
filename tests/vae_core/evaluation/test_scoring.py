"""Scores of images: they add up, whatever the parts in which they are taken."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vae_core.config import ModelConfig, ObjectiveConfig, TrainConfig
from vae_core.evaluation import scoring
from vae_core.model import objectives
from vae_core.model.vae import build_vae


def test_scores_add_up_and_do_not_depend_on_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    vae, x, eps = build_vae(ModelConfig(hidden=(8,)), (4, 4), 1 / 16), torch.rand(50, 4, 4), torch.randn(3, 50, 2)
    whole = scoring.score_images(vae, x, eps)
    monkeypatch.setattr(scoring, "chunks", lambda n, size: (slice(i, i + 7) for i in range(0, n, 7)))
    parts = scoring.score_images(vae, x, eps)
    assert parts.negative_elbo == pytest.approx(whole.negative_elbo)
    assert whole.kl == pytest.approx(whole.kl_per_dim.sum())
    assert whole.score == pytest.approx(whole.negative_elbo)
    objective = objectives.build_objective(ObjectiveConfig(beta=2.0), TrainConfig(), steps_per_epoch=1)
    doubled = scoring.score_images(vae, x, eps, objective)
    assert doubled.score == pytest.approx(whole.reconstruction + 2 * whole.kl)


def test_active_and_asleep_are_two_numbers() -> None:
    def scores(kl: list[float], variance: list[float]) -> scoring.Scores:
        return scoring.Scores(np.zeros(1), np.zeros(1), 0, np.array(kl), np.array(variance))

    result = scores([1.0, 0.009, 0.5], [0.5, 0.02, 0.009])
    assert (result.active_units, result.asleep) == (2, 1)
