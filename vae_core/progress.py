"""How far a long computation is: a callback that takes the share that is done, 0 to 1."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float], None]


def no_progress(share: float) -> None:
    """Ignore the share that is done: the default of every function that takes a Progress."""
