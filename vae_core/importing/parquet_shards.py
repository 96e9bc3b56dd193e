"""Parquet files that belong together: one, or the shards in a folder, with what their columns are."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vae_core.data.errors import UnusableFile
from vae_core.importing.label_file import LABELS
from vae_core.importing.number_source import SplitName
from vae_core.importing.pixel_columns import NUMBERS, pixels_by_name
from vae_core.importing.roles import IMAGES, SPLITS
from vae_core.importing.stacks import check_unchanged, stamp_of
from vae_core.messages import Message, say
from vae_core.printable import shown
from vae_core.storage.reading import Unreadable, opened, parsed

if TYPE_CHECKING:
    import pyarrow
    from pyarrow import parquet

MAGIC = b"PAR1"
NAME = re.compile(r"(?P<split>train|training|test|validation|valid|val|dev)([-_.].*)?\.parquet", re.I)
MOST_SHARDS = 500
MOST_SEEN, MOST_FOLDERS = 10_000, 50  # entries of a folder, and folders in it, that are looked at
MOST_LISTED = 20
LEAST_COLUMNS = 16  # of one pixel each
ORDER = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class Shard:
    """One file.

    Attributes:
        stamp: its size and the time of its last change.
        groups: rows of each of its groups.
    """

    path: Path
    split: SplitName
    stamp: tuple[int, int]
    groups: tuple[int, ...]

    @property
    def count(self) -> int:
        """Return how many rows it has."""
        return sum(self.groups)


@dataclass(frozen=True, eq=False)
class Shards:
    """Files of one schema, those that train first.

    Attributes:
        name: of the file or folder, for sentences.
        schema: of all of them.
        features: what Hugging Face notes of columns: name -> what it is.
    """

    name: str
    shards: tuple[Shard, ...]
    schema: pyarrow.Schema
    features: Mapping[str, Mapping[str, Any]]

    @property
    def folder(self) -> Path:
        """Return the folder below which all of them lie."""
        return Path(os.path.commonpath([shard.path.absolute().parent for shard in self.shards]))

    @cached_property
    def image(self) -> str:
        """Return the column of images.

        Raises:
            UnusableFile: there is none, or several.
        """
        found = [field.name for field in self.schema if _may_be_images(field.type)]
        named = [name for name in found if self.features.get(name, {}).get("_type") == "Image"]
        named = [name for word in IMAGES for name in (named or found) if name.lower() == word] or named or found
        if not found:
            raise UnusableFile(
                "{name} has no column of pictures or of pixels; it has {columns}.", name=self.name, columns=self._listed(self.schema.names)
            )
        if len(named) > 1 and named[0].lower() not in IMAGES:
            raise UnusableFile(
                "{name} has several columns that may be images: {columns}; call one of them image.",
                name=self.name,
                columns=self._listed(named),
            )
        return named[0]

    @property
    def holds_pictures(self) -> bool:
        """Whether the images are files of pictures, and not numbers."""
        return not self.pixels and _holds_pictures(self.schema.field(self.image).type)

    @cached_property
    def pixels(self) -> tuple[str, ...]:
        """Return the columns of one pixel each, where no column holds all of an image."""
        return () if any(_may_be_images(field.type) for field in self.schema) else _pixels(self.schema)

    @cached_property
    def label(self) -> str:
        """Return the column of classes, or ""."""
        classes = [name for name in self.schema.names if self.features.get(name, {}).get("_type") == "ClassLabel"]
        flat = self._flat()
        named = [name for word in LABELS for name in flat if name.lower() == word]
        return next(iter([name for name in named if name in classes] or classes or named), "")

    def class_names(self, column: str) -> tuple[str, ...]:
        """Return what the numbers of a column of classes are called, where the file says so."""
        names = self.features.get(column, {}).get("names")
        return tuple(names) if isinstance(names, list) and all(isinstance(name, str) for name in names) else ()

    def columns(self) -> dict[str, list[Any]]:
        """Return every column that has one text or number for each row; classes have their names, but for those of `label`."""
        names = self._flat()
        found: dict[str, list[Any]] = {name: [] for name in names}
        for shard in self.shards:
            table = read(shard, names) if names else None
            for name in names:
                found[name] += listed(table[name])  # type: ignore[index]
        for name in names:
            if (called := self.class_names(name)) and name != self.label:
                found[name] = [called[value] if isinstance(value, int) and 0 <= value < len(called) else None for value in found[name]]
        return found

    def _flat(self) -> list[str]:
        images = set(self.pixels or (self.image,))
        return [field.name for field in self.schema if _is_flat(field.type) and field.name not in images]

    def _listed(self, names: Sequence[str]) -> list[str]:
        return [shown(name)[:60] for name in names[:MOST_LISTED]]


def shards_of(path: Path) -> Shards:
    """Return a Parquet file, or those in a folder or in the folders in it; names that begin with train, validation or test are a split.

    Raises:
        UnusableFile: one is damaged, or they do not fit together.
    """
    files = paths_in(path) if path.is_dir() else [path]
    if len(files) > MOST_SHARDS:
        raise UnusableFile("{name} holds more than {most} files; import a part of them.", name=path.name, most=MOST_SHARDS)
    splits: list[SplitName] = [_split(file) if path.is_dir() else "train" for file in files]
    if "train" not in splits or len(set(splits)) == 1:
        splits = ["train"] * len(files)
    opened_files = [(file, split, _open(file)) for file, split in zip(files, splits, strict=True)]
    schema = opened_files[0][2].schema_arrow
    for file, _, one in opened_files[1:]:
        if one.schema_arrow.names != schema.names or one.schema_arrow.types != schema.types:
            raise UnusableFile("{name} has other columns than {first}; import one of them.", name=file.name, first=files[0].name)
    shards = [Shard(file, split, stamp_of(file), _groups(one)) for file, split, one in opened_files]
    shards.sort(key=lambda shard: ORDER.index(shard.split))
    if not sum(shard.count for shard in shards):
        raise UnusableFile("{name} has columns and no rows; give a file with one image a row.", name=path.name)
    return Shards(path.name, tuple(shards), schema, _features(schema))


def said_of(shards: Shards) -> Message:
    """Return which column was taken for the images."""
    if shards.pixels:
        return say("Each image is one row of {count} columns of pixels.", count=len(shards.pixels))
    return say("Images from column {column}.", column=shown(shards.image)[:60])


def paths_in(folder: Path) -> list[Path]:
    """Return the Parquet files in a folder, else in the folders in it."""
    try:
        if found := _shards_in(folder):
            return found
        folders = sorted(Path(entry) for entry in islice(os.scandir(folder), MOST_SEEN) if entry.is_dir(follow_symlinks=False))
        return [file for inner in folders[:MOST_FOLDERS] for file in _shards_in(inner)]
    except OSError:
        return []


def _shards_in(folder: Path) -> list[Path]:
    """Return the Parquet files directly in a folder; what is hidden, and tables beside pictures, are none."""
    names = sorted(entry.name for entry in islice(os.scandir(folder), MOST_SEEN) if entry.name.lower().endswith(".parquet"))
    return [folder / name for name in names if not name.startswith((".", "metadata")) and (folder / name).is_file()]


def holds_images(path: Path) -> bool:
    """Tell whether a file has a column that may be images, or is too damaged to say."""
    try:
        return any(_may_be_images(field.type) for field in _open(path).schema_arrow)
    except UnusableFile:
        return True


def _split(path: Path) -> SplitName:
    found = NAME.fullmatch(path.name)
    return SPLITS[found["split"].lower()] if found else "train"


def _open(path: Path) -> parquet.ParquetFile:
    from pyarrow import ArrowException, parquet

    try:
        with opened(path, 2**62):
            return parquet.ParquetFile(path, memory_map=False, thrift_string_size_limit=2**26, thrift_container_size_limit=2**22)
    except (ArrowException, OSError, ValueError, Unreadable) as error:
        raise _damaged(path) from error


def _groups(file: parquet.ParquetFile) -> tuple[int, ...]:
    return tuple(file.metadata.row_group(number).num_rows for number in range(file.metadata.num_row_groups))


def _damaged(path: Path) -> UnusableFile:
    return UnusableFile("{name} is damaged or cut off; copy or save it again.", name=path.name)


def _features(schema: pyarrow.Schema) -> Mapping[str, Mapping[str, Any]]:
    """Return what Hugging Face notes of columns; anything else is nothing."""
    try:
        info = parsed((schema.metadata or {}).get(b"huggingface", b"{}")).get("info")
    except Unreadable:
        return {}
    features = info.get("features") if isinstance(info, dict) else None
    return {name: one for name, one in features.items() if isinstance(one, dict)} if isinstance(features, dict) else {}


def read(shard: Shard, columns: Sequence[str]) -> pyarrow.Table:
    """Return some columns of a file.

    Raises:
        UnusableFile: it is damaged.
        ChangedFile: somebody has written to it since it was looked at.
    """
    from pyarrow import ArrowException

    try:
        found = _open(shard.path).read(columns=list(columns), use_threads=False)
    except (ArrowException, OSError, ValueError, UnusableFile) as error:
        check_unchanged(shard.path, shard.stamp)
        raise _damaged(shard.path) from error
    check_unchanged(shard.path, shard.stamp)
    if found.num_rows != shard.count:
        raise _damaged(shard.path)
    return found


def listed(column: pyarrow.ChunkedArray) -> list[Any]:
    """Return the values of a column; texts that are not in UTF-8 lose what is not."""
    try:
        return column.to_pylist()
    except UnicodeDecodeError:
        return [value if value is None else value.decode("utf-8", "replace") for value in column.cast("binary").to_pylist()]


def batches(shard: Shard, group: int, columns: Sequence[str], rows: int) -> Any:
    """Yield some columns of one group of rows, so many rows at a time, and no fewer in all than it announces; raises as `read`."""
    from pyarrow import ArrowException

    missing = 0
    try:
        file = _open(shard.path)
        missing = file.metadata.row_group(group).num_rows
        for batch in file.iter_batches(rows, row_groups=[group], columns=list(columns), use_threads=False):
            yield batch
            missing -= len(batch)
    except (ArrowException, OSError, ValueError, IndexError, UnusableFile) as error:
        check_unchanged(shard.path, shard.stamp)
        raise _damaged(shard.path) from error
    check_unchanged(shard.path, shard.stamp)
    if missing:
        raise _damaged(shard.path)


# --------------------------------------------------------------------------- types of columns


def _may_be_images(kind: pyarrow.DataType) -> bool:
    return _holds_pictures(kind) or bool(shape_of(kind))


def _pixels(schema: pyarrow.Schema) -> tuple[str, ...]:
    """Return the columns of numbers that are called alike but for a number, such as pixel1, pixel2, in the order of these."""
    from pyarrow import types

    numbers = [one.name for one in schema if types.is_integer(one.type) or types.is_floating(one.type) or types.is_boolean(one.type)]
    found = [name for name in pixels_by_name([name for name in numbers if name.lower() not in LABELS])[0] if NUMBERS.search(name)]
    return tuple(found) if len(found) >= LEAST_COLUMNS else ()


def _holds_pictures(kind: pyarrow.DataType) -> bool:
    from pyarrow import types

    if types.is_struct(kind):
        return kind.get_field_index("bytes") >= 0 and _is_binary(kind.field("bytes").type)
    return _is_binary(kind)


def _is_binary(kind: pyarrow.DataType) -> bool:
    from pyarrow import types

    return bool(types.is_binary(kind) or types.is_large_binary(kind))


def _is_flat(kind: pyarrow.DataType) -> bool:
    from pyarrow import types

    is_text = types.is_string(kind) or types.is_large_string(kind) or types.is_dictionary(kind)
    return bool(is_text or types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind) or types.is_temporal(kind))


def shape_of(kind: pyarrow.DataType) -> int:
    """Return how many lists lie within one another in a column of numbers, 0 where it is none."""
    from pyarrow import types

    depth, kind = 0, getattr(kind, "storage_type", kind)
    while types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        depth, kind = depth + 1, kind.value_type
    return depth if types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind) else 0
