"""What a caller can be notified of while training runs."""

from __future__ import annotations

from typing import Any, Protocol


class Reporter(Protocol):
    """Methods that the trainer calls in its first process."""

    def start(self, total_steps: int, n_train: int, done: int) -> None:
        """Training begins, or resumes after `done` steps."""

    def step(self, step: int) -> None:
        """One optimiser step is done."""

    def epoch(self, epoch: int, rows: list[dict[str, Any]]) -> None:
        """An epoch is done; `rows` are the lines of history.csv, train and validation."""
