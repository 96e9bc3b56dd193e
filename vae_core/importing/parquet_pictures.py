"""Images in a Parquet file as files of pictures, the way Hugging Face writes them: bytes, and maybe the name that each had."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_core.data.errors import UnusableFile
from vae_core.importing.files import Files
from vae_core.importing.label_file import labels_in
from vae_core.importing.labels import Classes, check_length, classes_of
from vae_core.importing.parquet_rows import ParquetFiles
from vae_core.importing.parquet_shards import Shards, said_of, shards_of
from vae_core.importing.picture_folders import Places
from vae_core.importing.picture_source import PictureSource
from vae_core.messages import Message, say

if TYPE_CHECKING:
    import pyarrow


@dataclass(eq=False)
class ParquetPictures(PictureSource):
    """A column of files of pictures."""

    kind = "parquet"
    has_names = False
    _shards: Shards | None = field(default=None, init=False)
    _columns: dict[str, list[Any]] = field(default_factory=dict, init=False)

    def open_files(self) -> Files:
        """Return the pictures of all rows."""
        self._shards = shards_of(self.path)
        self._columns = self._shards.columns()
        return ParquetFiles(self._shards)

    def _is_picture(self, number: int) -> bool:
        """Tell that every row should hold one."""
        return True

    def _labelled(self, places: Places, order: NDArray[np.int64]) -> tuple[Classes | None, list[Message]]:
        """Return the classes of rows, from a column or a file of labels, and what is said of them and of the split."""
        shards, asked = self._shards, self.options.labels
        assert shards is not None
        said = [said_of(shards)]
        if places.split:
            train, validation, test = np.bincount(places.parts, minlength=3).tolist()
            split = "The source splits its images itself: {train} train, {validation} validate, {test} test."
            said.append(say(split, train=train, validation=validation, test=test))
        column = asked or shards.label
        if not column:
            return None, said
        count = len(self.files.names)
        values = self._columns[column] if column in self._columns else labels_in(column, self.path, count, sorted(self._columns))
        name = f"{self.path.name} ({column})" if column in self._columns else column
        check_length(len(values), count, name)
        names = shards.class_names(column) if column == shards.label else ()
        try:
            classes = classes_of([values[row] for row in self._rows.tolist()], len(self._rows), name, names)
        except UnusableFile as error:
            if asked:
                raise
            return None, [*said, error.message]
        return classes, [*said, classes.said]

    def table(self) -> pyarrow.Table:
        """Return the columns that stand beside the pictures, and width and height of each."""
        import pyarrow

        survey, rows, shards = self.survey(), self._rows.tolist(), self._shards
        assert shards is not None
        label = (self.options.labels or shards.label) if survey.labels is not None else ""
        heads = [self._heads[row] for row in rows]
        own = {
            "row": pyarrow.array(rows, pyarrow.int64()),
            "file": pyarrow.array([self.files.names[row] for row in rows], pyarrow.string()),
            "width": pyarrow.array([head.width for head in heads], pyarrow.int32()),
            "height": pyarrow.array([head.height for head in heads], pyarrow.int32()),
        }
        others = {name: [values[row] for row in rows] for name, values in self._columns.items() if name != label}
        return pyarrow.table({**own, **{name: pyarrow.array(values) for name, values in others.items()}})
