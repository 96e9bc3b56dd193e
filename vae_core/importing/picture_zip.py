"""A zip archive of pictures, read where it lies; folders in it mean what they mean outside."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from vae_core.importing.files import Files
from vae_core.importing.picture_source import PictureSource
from vae_core.importing.zip_files import END, MEMBER, ZipFiles

NOT_PICTURES = (".npz", ".pt", ".pth", ".ckpt")  # which are zip archives too


def opens(path: Path, head: bytes) -> bool:
    """Tell whether a file is a zip archive, and none of arrays or of a model."""
    name = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    is_other = path.suffix.lower() in NOT_PICTURES or name.endswith((b".npy", b"/data.pkl"))
    return head.startswith((MEMBER, END)) and not is_other


@dataclass(eq=False)
class PictureZip(PictureSource):
    """Pictures in a zip archive."""

    kind = "zip"

    def open_files(self) -> Files:
        """Return the archive's files."""
        return ZipFiles(self.path)

    def beside(self, name: str) -> Path:
        """Return where a file of labels is: as given, or beside the archive."""
        given = Path(os.path.expanduser(name))
        return given if given.exists() or given.is_absolute() else self.path.parent / given
