"""Four models on one set of images: totals, turned maps, blind draws."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.vae_core.story.stored import arrays, facts, flat
from vae_core.data import sources
from vae_core.story import recipes
from vae_core.story.steps import strict
from vae_core.story.steps.map import shown_images

__all__ = ["facts"]  # a fixture


def test_the_models_differ_in_the_objective_alone() -> None:
    configs = [recipes.open_run(name).config for name in recipes.STRICT]
    assert (
        len({(one.data, one.model, one.train.epochs, one.train.batch_size, one.train.learning_rate, one.train.seed) for one in configs})
        == 1
    )
    assert [one.objective.beta for one in configs[1:]] == [0.1, 1.0, 10.0] and configs[0].objective.objective == "ae"


def test_totals_are_sums_and_only_the_autoencoder_has_none(facts: dict[str, Any]) -> None:
    models = facts["strict"]["models"]
    for name, model in models.items():
        assert (model["kl"] is None) == (model["total"] is None) == (name == "strict-ae")
        if model["kl"] is not None:
            assert model["total"] == pytest.approx(model["reconstruction"] + model["kl"], abs=1e-5)
    in_order = [models[name] for name in ("strict-0.1", recipes.MAP, "strict-10")]
    assert np.all(np.diff([one["reconstruction"] for one in in_order]) > 0) and np.all(np.diff([one["kl"] for one in in_order]) < 0)
    assert min(in_order, key=lambda one: one["total"]) is models[recipes.MAP]


def test_maps_are_turned_without_stretching(facts: dict[str, Any]) -> None:
    stored, target = arrays("strict"), recipes.open_run(recipes.MAP).latents().mu
    for n, (name, model) in enumerate(facts["strict"]["models"].items()):
        turn = np.array(model["turn"])
        assert turn @ turn.T == pytest.approx(np.eye(2), abs=1e-9)
        mu = recipes.open_run(name).latents().mu
        places = mu[shown_images(len(mu))] @ turn
        assert np.abs(stored["points"][n] - places).max() < 1e-4
        # No other of 360 turns, mirrored or not, lays the map nearer to the VAE's.
        centred = [one.astype(np.float64) - one.mean(0) for one in (mu, target)]
        least = ((centred[0] @ turn - centred[1]) ** 2).sum()
        for angle in np.deg2rad(np.arange(360.0)):
            rotation = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
            for other in (rotation, rotation * [[1, 1], [-1, -1]]):
                assert ((centred[0] @ other - centred[1]) ** 2).sum() >= least - 1e-6


def test_near_counts_what_lies_within_reach() -> None:
    others = np.array([[float(n), 0.0] for n in range(20)])
    assert strict.near(np.array([[4.5, 0.0], [100.0, 0.0]]), others, 4.6) == 0.5
    draws = np.random.default_rng(1).standard_normal((4000, 2))
    told = strict.blind(draws)
    assert told["near"] > 0.97 and told["found"] > 0.97
    told = strict.blind(10 * draws)
    assert told["near"] > 0.97 and told["found"] < 0.2


def test_both_extremes_draw_worse_than_the_middle(facts: dict[str, Any]) -> None:
    """Too strict is worse, no rules is worse still: and then some digits hardly ever come, though what is drawn is no less clear."""
    models, told = facts["strict"]["models"], facts["strict"]["sample_from"]
    assert told["best"] == recipes.MAP and told["next"] == "strict-0.1"
    surprise = {name: model["surprise"] for name, model in models.items()}
    assert min(surprise["strict-10"], surprise["strict-ae"]) > surprise[recipes.MAP] + 5
    assert min(models["strict-ae"]["digits"]) < 5 < 50 < min(models[recipes.MAP]["digits"])
    assert models["strict-10"]["off"] > max(model["off"] for name, model in models.items() if name != "strict-10")
    for name in (recipes.MAP, "strict-10"):
        assert surprise[name] < models[name]["total"] + 2 * models[name]["surprise_error"]  # minus the ELBO bounds it from above


@pytest.mark.skipif(not sources.is_available("mnist"), reason="needs MNIST's files")
def test_blind_draws_are_judged_the_same_again(facts: dict[str, Any]) -> None:
    told, costs = strict.judged("strict-ae")
    assert len(costs) == strict.JUDGED
    stored = facts["strict"]["models"]["strict-ae"]
    assert flat(told) == pytest.approx(flat({name: stored[name] for name in told}), rel=1e-3, abs=1e-3)


def test_what_drawn_pictures_look_like() -> None:
    real = np.zeros((20, 2, 2), np.float32)
    real[10:] = 1
    labels = np.repeat([0, 1], 10)
    told = strict.seen(np.stack([real[0], real[0], real[0] + 0.5]), real, labels)
    assert told["off"] == 0 and told["digits"][0] >= 2 and sum(told["digits"]) == 3 and told["clear"] >= 2 / 3
    told = strict.seen(real[:1] + 0.1, real, labels[::-1] * 2)
    assert told == {"off": pytest.approx(0.1), "clear": 1.0, "digits": [0, 0, 1]}


def test_the_least_cost_and_the_next() -> None:
    told = strict.least({"a": np.array([1.0, 5.0]), "b": np.array([0.0, 1.0]), "c": np.array([2.0, 3.0])})
    assert told == {"best": "b", "next": "c", "difference": 2.0, "standard_error": 0.0}
