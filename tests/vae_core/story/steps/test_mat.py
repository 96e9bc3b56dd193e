"""The powers with which the bump of a small piece shrinks, against what a plane leaves over of a sphere and of a roof."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.vae_core.story.stored import facts
from vae_core.story.steps import mat

__all__ = ["facts"]  # a fixture


def test_the_powers_are_those_of_a_sphere_and_of_a_roof(facts: dict[str, Any]) -> None:
    known, arrays = mat.build()
    assert arrays == {} and known == facts["mat"]
    half = 2.0 ** -np.arange(6, 12)
    for name, off in (("smooth", 1 - np.sqrt(1 - half**2)), ("fold", np.abs(half))):
        assert np.polyfit(np.log(half), np.log(off), 1)[0] == pytest.approx(known[name], abs=1e-3)
