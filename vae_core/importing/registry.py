"""Who reads what: the readers in the order in which they are asked, and the sentence for what none of them opens.

A reader is a module beside this one with `opens(path, head) -> bool` and a subclass of ImageSource, imported when it is asked.
"""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from vae_core.data.errors import UnusableFile
from vae_core.data.npy import HEAD, never_read
from vae_core.importing.side_table import Accompanied, read_table
from vae_core.importing.source import ImageSource, ImportOptions
from vae_core.messages import reason
from vae_core.storage.reading import opened

# The module, and its class, or the function that chooses one. Those that look at first bytes stand before those that take what is left.
READERS = {
    "idx_pair": "IdxPair",
    "parquet_file": "parquet_source",
    "picture_folder": "PictureFolder",
    "picture_zip": "PictureZip",
    "array_file": "ArrayFile",
    "csv_pixels": "CsvPixels",
}
ENDINGS = (".gz", ".npy", ".npz", ".zip", ".csv", ".tsv", ".parquet")  # that a data set's name goes without


def open_source(path: Path | str, options: ImportOptions | None = None) -> ImageSource:
    """Return the source of images that lies at a path, found by looking at it and not by its ending alone; nothing is decoded yet.

    Raises:
        UnusableFile: there is nothing, it cannot be read, or nothing here reads it.
    """
    path, options = Path(os.path.expanduser(path)), options or ImportOptions()
    if options.table is None:
        return _opened(path, options)
    side = read_table(options.table)
    is_column = options.labels in side.column_names  # else the reader knows what it means
    inner = _opened(path, replace(options, labels="") if is_column else options)
    return Accompanied(path, inner.name, options, inner=inner, side=side)


def _opened(path: Path, options: ImportOptions) -> ImageSource:
    head = _head(path)
    for module in READERS:
        reader = import_module(f"{__package__}.{module}")
        if reader.opens(path, head):
            source: ImageSource = getattr(reader, READERS[module])(path, name_of(path), options)
            return source
    raise UnusableFile(
        never_read(path, head)
        or "{name} holds no images that can be read here; give a folder or a zip of pictures, .npy, .npz, idx, Parquet or CSV.",
        name=path.name,
    )


def name_of(path: Path) -> str:
    """Return what a data set from this path is called unless somebody says otherwise: its name without what says how it is packed."""
    name = path.name or Path(os.path.abspath(path)).name or "images"
    for _ in range(2):
        name = Path(name).stem if name.lower().endswith(ENDINGS) else name  # the stem of ".npz" is itself
    return name


def _head(path: Path) -> bytes:
    """Return the first bytes of a file, none for a folder; nothing that could block is opened."""
    try:
        found = os.stat(path)
        if stat.S_ISDIR(found.st_mode):
            return b""
        if not stat.S_ISREG(found.st_mode):
            raise UnusableFile(
                "{name} is neither a file nor a folder; give the path of a folder of pictures, or of a file that holds images.",
                name=path.name,
            )
        with opened(path, found.st_size) as file:
            return file.read(HEAD)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        if isinstance(error, UnusableFile):
            raise
        raise UnusableFile(
            "There is no file or folder {name}; give the path of a folder of pictures, or of a file that holds images.", name=path.name
        ) from error
    except OSError as error:
        raise UnusableFile(
            "{name} cannot be read ({why}); make it readable or give another file.", name=path.name, why=reason(error)
        ) from error
