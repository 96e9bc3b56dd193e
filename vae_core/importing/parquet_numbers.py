"""Images in a Parquet file as numbers: in lists, flat or within one another, or one pixel a column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Ints
from vae_core.data.errors import UnusableFile
from vae_core.importing.number_source import SPLITS, NumberSource, Part
from vae_core.importing.parquet_shards import Shard, Shards, batches, said_of, shards_of
from vae_core.importing.stacks import Stack, check_unchanged, picked
from vae_core.messages import Message
from vae_core.storage.reading import MAX_PIXELS

if TYPE_CHECKING:
    import pyarrow

AT_ONCE = 64  # rows


class ParquetNumbers(NumberSource):
    """A column of lists of numbers, or columns of pixels."""

    kind = "parquet"
    shards: Shards

    def parts(self) -> tuple[Sequence[Part], Sequence[Message]]:
        """Return the rows of the file, or of the shards, as images, with their other columns."""
        self.shards = shards = shards_of(self.path)
        columns, parts, start = shards.columns(), [], 0
        for split in SPLITS:
            own = [shard for shard in shards.shards if shard.split == split]
            count = sum(shard.count for shard in own)
            if count:
                here = {name: values[start : start + count] for name, values in columns.items()}
                parts.append(Part(ListRows(shards, own), split, here, shards.label))
            start += count
        return parts, [said_of(shards)]

    def names_of(self, column: str) -> Sequence[str]:
        """Return what the numbers of a column of classes are called, where the file says so."""
        return self.shards.class_names(column) if column == self.shards.label else ()


class ListRows(Stack):
    """Lists of numbers, or columns of them, in some shards."""

    is_table = True

    def __init__(self, shards: Shards, own: Sequence[Shard]) -> None:
        self.columns, self.name = shards.pixels or (shards.image,), shards.name
        self.groups = [(shard, group) for shard in own for group in range(len(shard.groups))]
        counts = [shard.groups[group] for shard, group in self.groups]
        self.firsts = np.cumsum([0, *counts[:-1]])
        first = next(batches(*next(one for one, count in zip(self.groups, counts, strict=True) if count), self.columns, 1))
        self.event = () if shards.pixels else _lengths(first.column(0), shards.name)
        numbers = self._numbers(first)
        super().__init__(shards.name, (sum(counts), *numbers.shape[1:]), numbers.dtype)

    def take(self, rows: Ints) -> NDArray[Any]:
        """Return the images of these rows (B,), in their order."""
        rows = np.asarray(rows)
        found = np.empty((len(rows), *self.shape[1:]), self.dtype)
        group = np.searchsorted(self.firsts, rows, "right") - 1
        for number in np.unique(group).tolist():
            here = group == number
            found[here] = picked(self._of_group(number), rows[here], int(self.firsts[number]))
            check_unchanged(self.groups[number][0].path, self.groups[number][0].stamp)
        return found

    def blocks(self) -> Iterator[NDArray[Any]]:
        """Yield all images in order."""
        for number in range(len(self.groups)):
            yield from self._of_group(number)

    def _of_group(self, number: int) -> Iterator[NDArray[Any]]:
        shard, group = self.groups[number]
        for values in batches(shard, group, self.columns, AT_ONCE):
            yield self._numbers(values)

    def _numbers(self, batch: pyarrow.RecordBatch) -> NDArray[Any]:
        """Return columns of pixels, or lists within lists, as numbers (B, *event); lists must be as long as those of the first row."""
        import pyarrow.compute as compute

        if len(self.columns) > 1:
            return np.stack([batch.column(name).to_numpy(zero_copy_only=False) for name in self.columns], axis=1)
        values = batch.column(0)
        flat, count = getattr(values, "storage", values), len(values)
        for length in self.event:
            if flat.null_count or not compute.all(compute.equal(compute.list_value_length(flat), length)).as_py():
                raise UnusableFile(
                    "{name} has lists of other lengths than {shape}, which is that of the first image; save all images of one size.",
                    name=self.name,
                    shape=self.event,
                )
            flat = flat.flatten()
        return flat.to_numpy(zero_copy_only=False).reshape(count, *self.event)


def _lengths(first: pyarrow.Array, name: str) -> tuple[int, ...]:
    """Return the lengths of the lists in the first row."""
    value, lengths = first[0].as_py() if len(first) else None, []
    while isinstance(value, list) and value:
        lengths.append(len(value))
        value = value[0]
    if value is None or isinstance(value, list) or np.prod(lengths, dtype=float) > MAX_PIXELS:
        raise UnusableFile("{name} has no pixels in its first row; save an image in each row.", name=name)
    return tuple(lengths)
