"""Small runs as the folder that commands look in."""

from __future__ import annotations

from pathlib import Path

import pytest

SMALL_TRAINING = ("train", "--epochs", "1", "--hidden", "8", "--snapshots", "0")


@pytest.fixture
def root(runs: Path) -> Path:
    """Return a copy of the small runs as the folder that commands look in."""
    return runs
