"""A rule that moves every dot of a cloud onto a ring (Doersch 2016, figure 2): how far its dots must lie from the middle."""

from __future__ import annotations

import math

from vae_core.story.step import Arrays, Facts, Runs

RUNS: Runs = {}


def build() -> tuple[Facts, Arrays]:
    """Return mean and standard deviation of |z/10 + z/|z||, z standard normal in the plane, in closed form."""
    # The rule keeps directions, so that the distance is 1 + |z|/10, and |z| follows Rayleigh's law.
    mean, variance = math.sqrt(math.pi / 2), 2 - math.pi / 2
    facts = {
        "mean": 1 + mean / 10,
        "sd": math.sqrt(variance) / 10,
        "made": "1 + sqrt(pi / 2) / 10 and sqrt(2 - pi / 2) / 10: |z| follows Rayleigh's law",
    }
    return facts, {}
