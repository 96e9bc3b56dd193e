"""Uploaded files in a folder of their own, which goes with the session, or with the import that reads it."""

from __future__ import annotations

import re
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from vae_core.importing.picture_facts import ENDINGS

PICTURES = {ending for endings in ENDINGS.values() for ending in endings}
LONGEST = 120  # letters of a file's name
UNFIT = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')  # which some system cannot have in a name


class Uploaded(Protocol):
    """A file as Streamlit hands it over."""

    name: str
    size: int

    def getbuffer(self) -> memoryview:
        """Return its bytes."""


class UploadFolder:
    """The files, each under its own name; removed by `close`, else when nobody holds this any more, or the server ends."""

    def __init__(self, files: Sequence[Uploaded]) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="latent-lens-upload-"))
        self.close = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
        for number, file in enumerate(files):
            name = safe_name(file.name, number)
            name = name if not (self.path / name).exists() else f"{number}-{name}"
            (self.path / name).write_bytes(file.getbuffer())

    @property
    def source(self) -> Path:
        """The path to import: the one file, the folder where it holds pictures, else its largest file, beside which the others lie."""
        files = sorted(self.path.iterdir(), key=lambda file: -file.stat().st_size)
        are_pictures = any(file.suffix.lower() in PICTURES for file in files)
        return self.path if are_pictures and len(files) > 1 else files[0]


def safe_name(name: str, number: int) -> str:
    """Return the last part of a file's name, fit for every system; one that has none is numbered."""
    last = UNFIT.sub("_", re.split(r"[/\\]", name)[-1]).strip(". ")
    stem, dot, ending = last.rpartition(".")
    last = f"{stem[:LONGEST]}{dot}{ending[:10]}" if dot else last[:LONGEST]
    return last or f"file-{number}"
