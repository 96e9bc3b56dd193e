"""What can go wrong with images and their files; every message is one plain sentence with the cause and the remedy."""

from __future__ import annotations

from vae_core.messages import Refusal


class DataError(Refusal):
    """Data that cannot be used."""


class UnusableFile(DataError):
    """A file that holds something else than it should, or cannot be read."""


class DownloadError(DataError):
    """A file that cannot be had."""


class ChangedFile(DataError):
    """A file of images that was written to while it was in use; `name` is that of the file, without its folder."""

    def __init__(self, name: str) -> None:
        super().__init__("{name} was changed while it was being read; put it back as it was, then try again.", name=name)
        self.name = name
