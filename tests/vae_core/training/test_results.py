"""What is stored of a finished run: how far its map reaches."""

import numpy as np
import pytest

from vae_core.latent.grids import reach_of
from vae_core.training import snapshots
from vae_core.training.results import MOST_MEANS, map_axes

SIDES = {"mosaic": 20, "map": 30}


@pytest.mark.parametrize(("spread", "is_wider"), [(1.0, False), (6.0, True)])
def test_the_map_reaches_as_far_as_most_means_and_at_least_as_far_as_the_prior(spread: float, is_wider: bool) -> None:
    mu = spread * np.random.default_rng(0).normal(size=(2000, 2))
    axes = map_axes(mu, SIDES, has_prior=True)
    reach = reach_of(axes["map"])
    assert (reach > snapshots.REACH) == is_wider
    assert np.mean(np.abs(mu).max(1) <= reach) >= MOST_MEANS
    assert np.abs(axes["mosaic"]).max() == pytest.approx(1.96, abs=0.01)  # of the prior, however far the means lie
