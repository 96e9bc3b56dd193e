"""Chosen images as a file: what is read back is what was chosen, and a run trains on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vae_core.data import imported
from vae_core.data.dataset import Dataset
from vae_core.evaluation.selected_images import write_images
from vae_core.importing.registry import open_source
from vae_core.importing.writer import import_images


def imported_from(path: Path) -> Dataset:
    source = open_source(path)
    found = import_images(source)
    source.close()
    return imported.load(found)


@pytest.mark.parametrize(
    ("divisor", "most", "kind", "shape"),
    [(16.0, 17, np.float32, (6, 5)), (255.0, 256, np.uint8, (3, 6, 5)), (255.0, 17, np.float32, (3, 6, 5))],
)
def test_images_come_back_as_they_were(
    divisor: float, most: int, kind: type, shape: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LATENT_LENS_DATA", str(tmp_path / "data"))
    rng, rows = np.random.default_rng(0), np.array([7, 3, *range(20, 40)])
    values, labels = rng.integers(0, most, (50, *shape), np.uint8), rng.integers(0, 4, 50)
    write_images(Dataset("a", values, divisor, "image", labels, ("a cat", "dog", "=1+1", "d")), rows, tmp_path / "some.npz")
    found = imported_from(tmp_path / "some.npz")
    names = np.array(["a cat", "dog", "=1+1", "d"])[labels[np.sort(rows)]]
    assert np.load(tmp_path / "some.npz")["images"].dtype == kind
    assert np.array(found.class_names)[found.labels].tolist() == names.tolist()
    assert found.values[:] / found.divisor == pytest.approx(values[np.sort(rows)] / divisor, abs=1e-6)
    first = (tmp_path / "some.npz").read_bytes()
    write_images(Dataset("a", values, divisor, "image", labels, ("a cat", "dog", "=1+1", "d")), rows[::-1], tmp_path / "some.npz")
    assert (tmp_path / "some.npz").read_bytes() == first
    write_images(Dataset("a", values, divisor, "image"), rows, tmp_path / "none.npz")
    assert imported_from(tmp_path / "none.npz").labels is None
