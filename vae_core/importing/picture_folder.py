"""A folder of pictures; its sub-folders are classes, or an official split."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from vae_core.importing.files import Files, FolderFiles
from vae_core.importing.picture_source import PictureSource


def opens(path: Path, head: bytes) -> bool:
    """Tell whether there is a folder."""
    return path.is_dir()


@dataclass(eq=False)
class PictureFolder(PictureSource):
    """Pictures in a folder and in the folders below."""

    kind = "folder"

    def open_files(self) -> Files:
        """Return all files below the folder."""
        return FolderFiles(self.path)

    def beside(self, name: str) -> Path:
        """Return where a file of labels is: as given, or in the folder."""
        given = Path(os.path.expanduser(name))
        return given if given.exists() or given.is_absolute() else self.path / given
