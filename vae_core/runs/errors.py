"""What may be wrong with a run."""

from __future__ import annotations


class RunError(Exception):
    """A run that cannot be used as asked; the message is one plain sentence with the remedy."""


class MissingImages(RunError):
    """The images that a run was trained on are not on this computer (reason "no-data"), or others are ("other-data")."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
