"""Digits of 8x8 pixels, which come with scikit-learn: no network and no file of one's own is needed."""

from __future__ import annotations

import gzip
import importlib.util
import io
from pathlib import Path

import numpy as np

from vae_core.data.dataset import Dataset, DatasetSource


def load() -> Dataset:
    """Return scikit-learn's 1797 digits of 8x8 pixels with values 0 to 16, which need no network and no file."""
    values, labels = _read()
    return Dataset(
        name="digits",
        values=values,
        divisor=SOURCE.divisor,
        kind="image",
        labels=labels,
        class_names=tuple("0123456789"),
        source="Optical Recognition of Handwritten Digits (test part), E. Alpaydin, C. Kaynak, UCI repository, as in scikit-learn",
        licence="CC BY 4.0",
    )


def _read() -> tuple[np.ndarray, np.ndarray]:
    """Return images (1797, 8, 8) and labels out of scikit-learn's own file, since importing scikit-learn takes more than a second."""
    package = importlib.util.find_spec("sklearn")
    for folder in (package.submodule_search_locations or ()) if package else ():
        if (file := Path(folder, "datasets", "data", "digits.csv.gz")).is_file():
            table = np.loadtxt(io.BytesIO(gzip.decompress(file.read_bytes())), delimiter=",", dtype=np.int64)
            return table[:, :-1].reshape(-1, 8, 8).astype(np.uint8), table[:, -1]
    from sklearn.datasets import load_digits  # another release may keep it elsewhere

    bunch = load_digits()
    return bunch.images.astype(np.uint8), bunch.target.astype(np.int64)


SOURCE = DatasetSource(load, count=1797, event_shape=(8, 8), divisor=16.0)
