"""The ring's distances, against the numbers of Doersch's rule and an integral of the rule itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

from tests.vae_core.story.stored import facts
from vae_core.story.steps import ring

__all__ = ["facts"]  # a fixture


def test_the_ring_s_distances_are_those_of_the_rule(facts: dict[str, Any]) -> None:
    known, arrays = ring.build()
    assert arrays == {} and known == facts["ring"]
    assert known["mean"] == pytest.approx(1.12533, abs=5e-6) and known["sd"] == pytest.approx(0.065514, abs=5e-7)

    def far(r: float) -> float:  # of the moved dot from the middle
        return float(np.linalg.norm(np.array([r, 0.0]) / 10 + [1.0, 0.0]))

    moments = [quad(lambda r, power=power: far(r) ** power * r * np.exp(-(r**2) / 2), 0, np.inf)[0] for power in (1, 2)]
    assert [known["mean"], known["sd"]] == pytest.approx([moments[0], np.sqrt(moments[1] - moments[0] ** 2)])
