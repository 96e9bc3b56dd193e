"""What a module of steps/ offers: the runs that stand behind a step of the story, and the numbers and arrays that it shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

Facts = dict[str, Any]
Arrays = dict[str, NDArray[Any]]
Runs = Mapping[str, tuple[str, ...]]


class Step(Protocol):
    """A step of the story."""

    @property
    def RUNS(self) -> Runs:
        """The runs behind the step, and which of their networks the browser gets: "encoder", "decoder"."""

    def build(self) -> tuple[Facts, Arrays]:
        """Return the step's numbers and how they were made, JSON-ready, and its arrays (uint8, int32, float32)."""
