"""A source of images in memory, for tests of what does not care where images come from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from vae_core.arrays import Ints
from vae_core.importing.source import ImageSource, ImportOptions, Survey


class FakeSource(ImageSource):
    """Images that are there already."""

    def __init__(self, images: np.ndarray, labels: Any = None, names: tuple[str, ...] = (), **more: Any) -> None:
        super().__init__(Path("fake"), "fake", ImportOptions())
        self.images = images
        divisor = 255.0 if images.dtype == np.uint8 else 1.0
        found = None if labels is None else np.asarray(labels, np.int64)
        sizes = {images.shape[-2:]: len(images)}
        self.found = replace(Survey("folder", len(images), images.shape[1:], images.dtype, divisor, sizes, found, names), **more)
        self.most = 0  # rows that were asked for at once

    def survey(self) -> Survey:
        """Return what is known of them."""
        return self.found

    def read(self, rows: Ints) -> np.ndarray:
        """Return some of them."""
        self.most = max(self.most, len(rows))
        return self.images[rows]

    def table(self) -> pa.Table:
        """Return a table of their numbers."""
        return pa.table({"number": np.arange(len(self.images))})
