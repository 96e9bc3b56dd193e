"""Images in Parquet files: files of pictures as Hugging Face writes them, or lists of numbers."""

from __future__ import annotations

from pathlib import Path

from vae_core.importing.parquet_shards import MAGIC, holds_images, paths_in, shards_of
from vae_core.importing.source import ImageSource, ImportOptions


def opens(path: Path, head: bytes) -> bool:
    """Return whether a file is Parquet, or a folder holds such files with images in them."""
    if not path.is_dir():
        return head.startswith(MAGIC)
    found = paths_in(path)
    return bool(found) and holds_images(found[0])


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
