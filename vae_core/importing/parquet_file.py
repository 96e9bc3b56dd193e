"""Images in Parquet files: files of pictures as Hugging Face writes them, or lists of numbers."""

from __future__ import annotations

from pathlib import Path

from vae_core.importing.parquet_shards import MAGIC, paths_in, shards_of
from vae_core.importing.source import ImageSource, ImportOptions


def opens(path: Path, head: bytes) -> bool:
    """Return whether a file is Parquet, or a folder holds such files."""
    return bool(paths_in(path)) if path.is_dir() else head.startswith(MAGIC)


def parquet_source(path: Path, name: str, options: ImportOptions) -> ImageSource:
    """Return the source that suits what the images are stored as.

    Raises:
        UnusableFile: there are none.
    """
    if shards_of(path).holds_pictures:
        from vae_core.importing.parquet_pictures import ParquetPictures

        return ParquetPictures(path, name, options)
    from vae_core.importing.parquet_numbers import ParquetNumbers

    return ParquetNumbers(path, name, options)
