"""Objectives and schedules: what is minimised is what was asked for."""

from __future__ import annotations

import pytest
import torch

from vae_core.config import ConfigError, ModelConfig, ObjectiveConfig, TrainConfig
from vae_core.objectives import OBJECTIVES, Context, build, linear_warmup
from vae_core.vae import Batch, Terms
from vae_core.vae import build as build_vae


def some_terms() -> Terms:
    torch.manual_seed(0)
    return build_vae(ModelConfig(hidden=(4,)), (3, 3), 1 / 16).terms(Batch(torch.rand(5, 3, 3)))


def test_warm_up_rises_linearly_and_stays() -> None:
    assert [linear_warmup(step, 4) for step in (0, 1, 2, 4, 9)] == [0, 0.25, 0.5, 1, 1]
    assert linear_warmup(0, 0) == 1


def test_the_loss_is_the_weighted_sum_of_the_parts() -> None:
    objective = build(ObjectiveConfig(beta=4.0, kl_warmup_epochs=2), TrainConfig(epochs=9), steps_per_epoch=5)
    terms = some_terms()
    for step, weight in ((0, 0.0), (5, 2.0), (10, 4.0), (40, 4.0)):
        loss = objective(terms, Context(step, 45, 100))
        assert loss.kl_weight == weight
        assert torch.isclose(loss.loss, (terms.reconstruction + weight * terms.kl).mean())
    assert torch.allclose(objective.score(terms), terms.reconstruction + 4 * terms.kl)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_at_beta_one_and_without_warm_up_the_loss_is_the_negative_elbo(name: str) -> None:
    objective, terms = build(ObjectiveConfig(objective=name), TrainConfig(), 1), some_terms()
    assert torch.isclose(objective(terms, Context(0, 1, 1)).loss, -terms.elbo.mean())


def test_a_warm_up_that_outlasts_training_is_refused() -> None:
    with pytest.raises(ConfigError, match="shorten the warm-up"):
        build(ObjectiveConfig(kl_warmup_epochs=5), TrainConfig(epochs=5), 1)
    with pytest.raises(ConfigError, match="elbo"):
        build(ObjectiveConfig(objective="magic"), TrainConfig(), 1)
