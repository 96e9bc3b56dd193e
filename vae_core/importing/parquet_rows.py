"""The pictures of a column of Parquet files, by row, as the files of a folder or an archive are."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from vae_core.data.errors import ChangedFile, UnusableFile
from vae_core.importing.files import Changed, Files, Key, Reader, as_shown
from vae_core.importing.limits import MB, MOST_BYTES
from vae_core.importing.parquet_shards import Shard, Shards, batches, listed, read
from vae_core.importing.picture_head import BadPicture

AT_ONCE = 16  # pictures


class ParquetFiles(Files):
    """The pictures of a column, by row."""

    def __init__(self, shards: Shards) -> None:
        super().__init__(shards.name)
        self.shards = shards
        splits = {shard.split for shard in shards.shards}
        self._keys = [
            (number, group, row)
            for number, shard in enumerate(shards.shards)
            for group, count in enumerate(shard.groups)
            for row in range(count)
        ]
        names = [name for shard in shards.shards for name in _names(shard, shards)]
        self.names = [
            as_shown(f"{shards.shards[key[0]].split}/{name or row}" if len(splits) > 1 else str(name or row))
            for row, (key, name) in enumerate(zip(self._keys, names, strict=True))
        ]

    def key(self, number: int) -> Key:
        """Return shard, group and row in it."""
        return list(self._keys[number])

    def size(self, number: int) -> int:
        """Return 0: the file does not say it beforehand."""
        return 0

    def reader(self) -> Reader:
        """Return who reads them in this process."""
        _, place, more = self.address()
        return ParquetReader(place, *more)

    def address(self) -> list[Any]:
        """Return kind, folder, column, and place, size and time of each shard."""
        folder = self.shards.folder
        shards = [[str(shard.path.absolute().relative_to(folder)), *shard.stamp] for shard in self.shards.shards]
        return ["parquet", str(folder), [self.shards.image, *shards]]


def _names(shard: Shard, shards: Shards) -> list[str | None]:
    """Return the name that each picture had as a file, where that is kept beside it."""
    kind = shards.schema.field(shards.image).type
    if not hasattr(kind, "get_field_index") or kind.get_field_index("path") < 0:
        return [None] * shard.count
    from pyarrow import compute

    found = listed(compute.struct_field(read(shard, [f"{shards.image}.path"])[shards.image], "path"))
    return [name if isinstance(name, str) else None for name in found]


def _pictures(batch: Any) -> Any:
    """Return the bytes of the pictures in some rows; names beside them may be any bytes."""
    from pyarrow import compute, types

    column = batch.column(0)
    return compute.struct_field(column, "bytes") if types.is_struct(column.type) else column


class ParquetReader(Reader):
    """Reads pictures of a column, some rows at a time; those that follow one another are read once."""

    def __init__(self, place: str, column: str, *shards: list[Any]) -> None:
        """Take folder and column, and of each shard its place in the folder, its size and its time."""
        self.column = column
        self.shards = [Shard(Path(place, name), "train", (size, time), ()) for name, size, time in shards]
        self.at: tuple[int, int] = (-1, -1)  # shard and group
        self.start = 0  # rows that were read last, and where they begin
        self.values: Any = []
        self.more: Iterator[Any] = iter(())

    def file(self, key: Key) -> tuple[IO[bytes], int]:
        """Return a picture to read from, and its bytes."""
        content = self.content(key)
        return io.BytesIO(content), len(content)

    def content(self, key: Key) -> bytes:
        """Return a picture."""
        shard, group, row = key
        try:
            if self.at != (shard, group) or row < self.start:
                self.at, self.start, self.values = (shard, group), 0, []
                self.more = map(_pictures, batches(self.shards[shard], group, [self.column], AT_ONCE))
            while row >= self.start + len(self.values):
                self.start += len(self.values)
                self.values = next(self.more)
        except ChangedFile as error:
            raise Changed from error
        except (UnusableFile, StopIteration) as error:
            raise BadPicture("the part of the file that holds it is damaged; copy or save the file again") from error
        content = self.values[row - self.start].as_py()
        if not content:
            raise BadPicture("there is no picture in its row, at most a name; save the pictures themselves in the file")
        if len(content) > MOST_BYTES:
            raise BadPicture("it has more than {most} MB; save it smaller", most=MOST_BYTES // MB)
        return bytes(content)
