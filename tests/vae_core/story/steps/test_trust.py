"""The cells of the story's fog are those of the one measure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.vae_core.story.stored import arrays, facts
from vae_core.latent.aggregate_posterior import log_ratio
from vae_core.story import recipes
from vae_core.story.steps import trust

__all__ = ["facts"]  # a fixture


def test_cells_hold_the_measure_and_fog_lies_where_no_digit_does(facts: dict[str, Any]) -> None:
    told, cells, latents = facts["trust"], arrays("trust")["ratio"], recipes.open_run(recipes.MAP).latents()
    size = 2 * told["reach"] / len(cells)
    at = [(0, 0), (10, 80), (50, 50), (99, 3)]
    places = np.array([[-told["reach"] + (column + 0.5) * size, told["reach"] - (row + 0.5) * size] for row, column in at])
    assert [cells[row, column] for row, column in at] == pytest.approx(log_ratio(places, latents.mu, latents.log_var), abs=1e-3)
    columns = ((latents.mu[:, 0] + told["reach"]) / size).astype(int).clip(0, trust.SIDE - 1)
    rows = ((told["reach"] - latents.mu[:, 1]) / size).astype(int).clip(0, trust.SIDE - 1)
    assert (cells[rows, columns] < told["quantiles"][1]).mean() < 0.05 < 0.3 < (cells < told["quantiles"][1]).mean()
