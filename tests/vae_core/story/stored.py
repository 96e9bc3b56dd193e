"""The numbers and arrays of the story as they are shipped, for the tests of its steps."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tests.places import ROOT

FOLDER = ROOT / "checkpoints" / "_story"


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    return json.loads((FOLDER / "facts.json").read_text(encoding="utf-8"))


def arrays(step: str) -> dict[str, np.ndarray]:
    with np.load(FOLDER / f"{step}.npz", allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def flat(values: Any) -> list[float]:
    """Return all numbers in nested lists and dictionaries."""
    if isinstance(values, dict | list):
        return [number for one in (values.values() if isinstance(values, dict) else values) for number in flat(one)]
    return [float(values)] if isinstance(values, int | float) else []
