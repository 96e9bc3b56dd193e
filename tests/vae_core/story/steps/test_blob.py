"""Pictures on which the viewer can win, and one that no blob covers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.vae_core.story.stored import arrays, facts
from vae_core.data import sources
from vae_core.data.dataset import split
from vae_core.story import recipes

__all__ = ["facts"]  # a fixture


def test_the_first_picture_is_one_on_which_the_viewer_wins_and_one_has_two_places(facts: dict[str, Any]) -> None:
    first, *_, last = facts["blob"]["pictures"]
    assert first["best_gap"] < 0.5 < 5 < first["gap"]
    assert last["best_gap"] > 0.5
    assert all(0 < known["best_gap"] <= known["gap"] + 1e-3 and known["error"] < 1e-3 for known in facts["blob"]["pictures"])


def test_pictures_are_real_test_digits(facts: dict[str, Any]) -> None:
    run = recipes.open_run(recipes.DIGITS)
    data = sources.load(run.config.data.dataset)
    rows = split(data, run.config.data).test[[known["row"] for known in facts["blob"]["pictures"]]]
    np.testing.assert_array_equal(arrays("blob")["pictures"], data.values[rows])
    assert data.labels is not None
    assert [known["label"] for known in facts["blob"]["pictures"]] == data.labels[rows].tolist()
