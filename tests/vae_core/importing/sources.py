"""A source of images that are made up: what the writer, the table and the pages are tried with, without a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.importing.source import ImageSource, ImportOptions, Survey
from vae_core.messages import say


def pictures(count: int = 12, shape: tuple[int, ...] = (4, 3), seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), dtype=np.uint8)


@dataclass(eq=False)
class Made(ImageSource):
    """Images from memory, some at a time."""

    values: NDArray[Any] = field(default_factory=pictures)
    labels: NDArray[np.int64] | None = None
    class_names: tuple[str, ...] = ()
    n_validation: int = 0
    n_test: int = 0
    columns: dict[str, Any] = field(default_factory=dict)
    at_once: int = 5

    def survey(self) -> Survey:
        return Survey(
            kind="made", count=len(self.values), shape=self.values.shape[1:], dtype=self.values.dtype,
            divisor=255.0 if self.values.dtype == np.uint8 else 1.0, sizes={self.values.shape[-2:]: len(self.values)}, labels=self.labels,
            class_names=self.class_names, n_validation=self.n_validation, n_test=self.n_test,
            said=(say("{name} was changed while it was being read; put it back as it was, then try again.", name="it"),),
        )  # fmt: skip

    def read(self, rows: NDArray[Any]) -> NDArray[Any]:
        return self.values[rows]

    def table(self) -> Any:
        import pyarrow

        return pyarrow.table(self.columns)

    def blocks(self) -> Iterator[NDArray[Any]]:
        for start in range(0, len(self.values), self.at_once):
            yield self.values[start : start + self.at_once]


def made(name: str = "faces", options: ImportOptions | None = None, **what: Any) -> Made:
    return Made(Path("/somewhere/private") / f"{name}.made", name, options or ImportOptions(), **what)


def labelled(**what: Any) -> Made:
    return made(labels=np.arange(12, dtype=np.int64) % 3, class_names=("cat", "dog", "a"), **what)
