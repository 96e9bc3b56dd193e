"""What may be wrong with a run."""

from __future__ import annotations

from vae_core.messages import Refusal


class RunError(Refusal):
    """A run that cannot be used as asked; the message is one plain sentence with the remedy."""


class MissingImages(RunError):
    """The images that a run was trained on are not on this computer (reason "no-data"), or others are ("other-data")."""

    def __init__(self, reason: str, sentence: str, /, **values: object) -> None:
        super().__init__(sentence, **values)
        self.reason = reason
