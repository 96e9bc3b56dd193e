"""The weights that are kept are those of the best validation score."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.conftest import tiny_config
from vae_core.data import sources
from vae_core.data.dataset import split
from vae_core.evaluation import scoring
from vae_core.training import runner


def test_the_worst_weights_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rate that ruins the model late must leave the early, better weights in the run."""
    config, dataset = tiny_config(), sources.load("digits")
    trainer = runner.Trainer(config, dataset, split(dataset, config.data))
    scores, original, kept = iter([5.0, 3.0, 4.0, 9.0]), scoring.score_images, []
    monkeypatch.setattr(scoring, "score_images", lambda *a: replace(original(*a), score=next(scores)))
    first = next(trainer.vae.parameters())
    for epoch in range(1, 5):
        with torch.no_grad():
            first.fill_(epoch)
        trainer.validation.score(trainer.vae, epoch)
        kept.append(trainer.validation.best_epoch)
    assert kept == [1, 2, 2, 2]
    name = next(iter(dict(trainer.vae.named_parameters())))
    assert bool((trainer.validation.best[name] == 2).all())
