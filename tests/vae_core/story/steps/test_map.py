"""The labels of the map."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.vae_core.story.stored import facts
from vae_core.story import recipes

__all__ = ["facts"]  # a fixture


def test_labels_stand_among_their_own(facts: dict[str, Any]) -> None:
    latents = recipes.open_run(recipes.MAP).latents()
    for label, place in enumerate(facts["map"]["labels"]):
        distances = np.linalg.norm(latents.mu - place, axis=1)
        nearest = latents.labels[distances.argsort()[:30]]
        assert (nearest == label).mean() > 0.5
