"""Turn and size of a glyph, read back once more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.vae_core.story.stored import arrays, facts
from vae_core.data import sources, synthetic
from vae_core.data.dataset import split
from vae_core.story import recipes
from vae_core.story.steps import turn
from vae_core.story.steps.knob import encode_values

__all__ = ["facts"]  # a fixture


def test_turn_and_size_are_read_back_within_sixty_degrees(facts: dict[str, Any]) -> None:
    part, full = facts["turn"]["runs"]["turn-60"], facts["turn"]["runs"]["turn-180"]
    assert part["turn"]["median"] < 2 and part["size"]["median"] < 0.3
    assert full["double"]["median"] < 0.25 * full["double"]["chance"]
    assert full["turn"]["median"] > 5 * part["turn"]["median"]


def test_errors_by_a_second_reading(facts: dict[str, Any]) -> None:
    """Read one run back with scikit-learn's regression in place of the mean of neighbours."""
    from sklearn.neighbors import KNeighborsRegressor

    run, data = recipes.open_run("turn-60"), sources.load("five")
    parts = split(data, run.config.data)
    mu = encode_values(run, data.values, 255.0)
    model = KNeighborsRegressor(turn.NEIGHBOURS).fit(mu[parts.train], data.factors[parts.train])
    off = np.abs(model.predict(mu[parts.test]) - data.factors[parts.test])
    assert np.median(off, 0) == pytest.approx([facts["turn"]["runs"]["turn-60"][name]["median"] for name in ("turn", "size")], rel=0.03)


def test_the_grid_lies_where_the_encoder_puts_it() -> None:
    stored = arrays("turn")
    assert np.array_equal(stored["glyph"], synthetic.five())
    for name in recipes.TURNS:
        factors = stored[f"{name}-factors"][::40].astype(float)
        mu = encode_values(recipes.open_run(name), synthetic.turned(factors), 255.0)
        assert stored[f"{name}-mu"][::40] == pytest.approx(mu, abs=1e-5)
