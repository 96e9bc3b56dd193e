"""Editing pictures, and what judges them, where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.js.models import model
from vae_core.config import ModelConfig, RunConfig
from vae_core.evaluation.editing import STRENGTHS, ColumnReader, Judge, in_latent, in_pixels, redrawing_nats


def test_of_a_linear_model_both_ways_are_straight_lines() -> None:
    vae, generator = model("linear", "gaussian", (4, 5)), np.random.default_rng(0)
    mu, vector = generator.normal(size=(3, 3)), generator.normal(size=3)
    drawn = in_latent(vae, mu, vector)
    step = vae.decoder[0].weight.detach().numpy() @ vector
    for strength, pictures in zip(STRENGTHS, drawn, strict=True):
        assert (pictures - drawn[0]).reshape(3, 20) == pytest.approx(np.tile(strength * step, (3, 1)), abs=1e-4)
    x, difference = generator.random((2, 4, 5)).astype(np.float32), generator.normal(size=(4, 5))
    assert in_pixels(x, difference, is_bounded=False)[4] == pytest.approx(x + difference, abs=1e-6)
    assert in_pixels(x, difference, is_bounded=True)[5] == pytest.approx((x + 1.5 * difference).clip(0, 1), abs=1e-6)


def test_the_judge_tells_classes_and_the_reader_a_column() -> None:
    generator = np.random.default_rng(0)
    labels, slant = generator.integers(0, 3, 600), generator.normal(size=600)
    middles, way = 3 * generator.normal(size=(3, 30)), generator.normal(size=30)
    x = middles[labels] + slant[:, None] * way + 0.1 * generator.normal(size=(600, 30))
    judge = Judge.of(x, labels)
    assert (judge.classes(x) == labels).mean() > 0.98 and judge.classes(middles).tolist() == [0, 1, 2]
    features = judge.features(x)
    reader = ColumnReader.of(features, 7 * slant + 2)
    assert reader is not None and reader.share > 0.95
    moved = reader.moved(features[:5], judge.features(x[:5] + way))
    assert moved == pytest.approx(np.ones(5) / slant.std(), rel=0.05), "one slant more, in standard deviations"
    assert ColumnReader.of(features, np.zeros(600)) is None and ColumnReader.of(features[:10], slant[:10]) is None
    noise = ColumnReader.of(features, generator.normal(size=600))
    assert noise is not None and noise.share < 0.1


def test_a_picture_that_is_redrawn_without_error_costs_nothing() -> None:
    vae = model("mlp", "bernoulli")
    with torch.no_grad():
        vae.decoder[-1 if hasattr(vae.decoder[-1], "weight") else -2].weight.zero_()
        drawn = vae.likelihood.mean(vae.decode(torch.zeros(1, 3))).numpy()
    nats = redrawing_nats(vae, np.concatenate([drawn, 1 - drawn]), RunConfig(model=ModelConfig(latent_size=3)))
    assert nats[0] == pytest.approx(0, abs=1e-4) and nats[1] > 1
