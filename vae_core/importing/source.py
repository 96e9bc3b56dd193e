"""What every reader of images offers, so that the preview and the writer need not know whether it is a folder, an array or a table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Ints
from vae_core.data.errors import UnusableFile
from vae_core.messages import Message

if TYPE_CHECKING:
    import pyarrow

Fit = Literal["pad", "crop", "stretch"]
Colour = Literal["keep", "grey", "rgb"]
FITS: tuple[Fit, ...] = ("pad", "crop", "stretch")
COLOURS: tuple[Colour, ...] = ("keep", "grey", "rgb")
MOST_LEFT_OUT = 20  # items that are named; the others are counted
ROWS_AT_ONCE = 256
UNKNOWN = "?"  # the class of images without a label, where others have one


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """How images become a data set.

    Attributes:
        size: height and width that all images get; None: their own where all agree, else one that suits most, which is said.
        fit: how an image of another shape gets there: with a margin, cut at its longer side, or stretched.
        colour: keep (colour where any image has it), grey, or rgb.
        labels: a file beside the images, or the name of a column; empty: what the source brings, such as sub-folders.
        table: a CSV or Parquet file with one row for each image, kept beside them.
        is_inverted: turn light into dark, so that the drawn things are light on dark.
    """

    size: tuple[int, int] | None = None
    fit: Fit = "pad"
    colour: Colour = "keep"
    labels: str = ""
    table: Path | None = None
    is_inverted: bool = False


@dataclass(frozen=True, eq=False)
class Survey:
    """What a source holds and what importing makes of it, found without writing anything.

    Rows are counted as they will be imported: those that train first, then those of an official validation set, then the official test set.

    Attributes:
        kind: of the source, such as "folder", "zip", "npz", "idx", "parquet", "csv".
        count: images that can be used.
        shape: of one image after the import, (H, W) or (3, H, W).
        dtype: of the values after the import, uint8 or float32.
        divisor: the value of full ink after the import.
        sizes: (height, width) -> how many images have it in the source.
        labels: (N,) int64 indices into class_names, or None.
        class_names: names as the source has them; UNKNOWN last where some images have no label.
        n_validation, n_test: so many rows at the end are the official validation and test sets.
        said: one sentence for each thing that was recognised, and for each conversion.
        left_out: what cannot be used, by name, and why; at most MOST_LEFT_OUT of them.
        n_left_out: how many cannot be used.
    """

    kind: str
    count: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    divisor: float
    sizes: Mapping[tuple[int, int], int]
    labels: NDArray[np.int64] | None = None
    class_names: tuple[str, ...] = ()
    n_validation: int = 0
    n_test: int = 0
    said: tuple[Message, ...] = ()
    left_out: tuple[tuple[str, Message], ...] = ()
    n_left_out: int = 0
    range: tuple[float, float] | None = None  # of the values in the source, where it says something


class LeftOut(UnusableFile):
    """Images turned out to be damaged when they were decoded. The source leaves them out from now on: ask for its survey and begin anew."""


@dataclass(eq=False)
class ImageSource(ABC):
    """Images somewhere, opened for one import. Whatever it refuses is an UnusableFile, one sentence that names file and remedy.

    Attributes:
        path: where they are.
        name: what the data set is called unless the user says otherwise: the file's or folder's name without its ending.
        options: how they are to be imported.
    """

    path: Path
    name: str
    options: ImportOptions = field(default_factory=ImportOptions)

    @abstractmethod
    def survey(self) -> Survey:
        """Return what there is; called once or more, worked out once.

        Raises:
            UnusableFile: nothing can be imported from it.
        """

    @abstractmethod
    def read(self, rows: Ints) -> NDArray[Any]:
        """Return the images of these rows (B,) as they will be imported, (B, *shape) of the survey's type; for previews.

        Raises:
            ChangedFile: the source was changed since the survey.
            LeftOut: one of them cannot be decoded.
        """

    @abstractmethod
    def table(self) -> pyarrow.Table:
        """Return one row for each image, in the order of rows: what the source knows of each beside pixels and label; maybe no column."""

    def blocks(self) -> Iterator[NDArray[Any]]:
        """Yield all images in order, some at a time (B, *shape), as fast as the machine allows; raises as `read`."""
        count = self.survey().count
        for start in range(0, count, ROWS_AT_ONCE):
            yield self.read(np.arange(start, min(start + ROWS_AT_ONCE, count)))

    def close(self) -> None:  # noqa: B027  # most have nothing to give back
        """Give back files and processes."""
