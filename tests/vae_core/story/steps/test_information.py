"""What the steps on information theory stand on: a bag of digits, and pairs whose correlation is exactly none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.vae_core.story.stored import arrays, facts, flat
from vae_core.data import digits
from vae_core.story.steps import directions, guess, mutual, surprise

__all__ = ["facts"]  # a fixture


@pytest.mark.parametrize("step", [surprise, guess, directions, mutual])
def test_a_step_is_built_again_the_same(step: Any, facts: dict[str, Any]) -> None:
    name = step.__name__.rsplit(".", 1)[-1]
    known, made = step.build()
    assert flat(known) == pytest.approx(flat(facts[name]), abs=1e-6)
    stored = arrays(name)
    assert set(made) == set(stored)
    for key, array in made.items():
        np.testing.assert_allclose(array, stored[key], atol=1e-6)


def test_the_bag_holds_real_digits_of_the_kinds_it_says(facts: dict[str, Any]) -> None:
    told, pictures = facts["guess"], arrays("guess")["pictures"]
    data = digits.load()
    labels = np.repeat(told["digits"], told["counts"])
    assert len(pictures) == len(labels) == sum(guess.BAG.values()) and len(np.unique(pictures, axis=0)) == len(pictures)
    for picture, label in zip(pictures, labels, strict=True):
        assert (np.asarray(data.values)[data.labels == label] == picture).all((1, 2)).any()


def test_the_pairs_are_uncorrelated_to_the_last_digit() -> None:
    pairs = arrays("mutual")["pairs"].astype(np.float64)
    assert pairs.mean(0) == pytest.approx([0, 0], abs=1e-6)
    assert pairs.T @ pairs / len(pairs) == pytest.approx(np.eye(2), abs=1e-6)
