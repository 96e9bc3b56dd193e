"""Images that were imported already, as a source: looked at like any other before a run learns from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Ints
from vae_core.data import imported
from vae_core.data.imported import Imported
from vae_core.importing.source import ImageSource, Survey

if TYPE_CHECKING:
    import pyarrow


class StoredImages(ImageSource):
    """The images of a set in the data folder."""

    def __init__(self, one: Imported) -> None:
        """Open them.

        Raises:
            UnusableFile: their files are not as they were written.
        """
        super().__init__(one.path, one.name)
        self.imported, self.dataset = one, imported.load(one)

    def survey(self) -> Survey:
        """Return what is known of them."""
        one = self.imported
        return Survey(
            kind="imported",
            count=one.count,
            shape=one.event_shape,
            dtype=one.dtype,
            divisor=one.divisor,
            sizes={(one.event_shape[-2], one.event_shape[-1]): one.count},
            labels=self.dataset.labels,
            class_names=one.class_names if self.dataset.labels is not None else (),
            n_validation=one.n_validation,
            n_test=one.n_test,
        )

    def read(self, rows: Ints) -> NDArray[np.generic]:
        """Return the images of these rows."""
        return self.dataset.values[rows]

    def table(self) -> pyarrow.Table:
        """Return what is kept of each image."""
        return imported.read_table(self.imported)
