"""What the test images of a run cost other runs of the same data, in the order of this run's images."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from vae_core.evaluation import paired
from vae_core.evaluation.known_columns import _in_order, known_columns, mark
from vae_core.evaluation.paired import ImageCosts
from vae_core.inspection import rules
from vae_core.runs.listing import load_run


def test_costs_under_another_run_are_a_column_once_they_are_stored(tiny_root: Path, tmp_path: Path) -> None:
    root = tmp_path / "runs"
    shutil.copytree(tiny_root, root)
    run, other = load_run(root, "tiny-2d"), load_run(root, "tiny-5d")
    before = mark(run)
    assert [column.name for column in known_columns(run)] == [column.name for column in run.columns()]
    n = len(run.latents().rows)
    paired.store_costs(other, ImageCosts(np.arange(n, dtype=np.float32), np.full(n, 0.5, np.float32)))
    assert mark(run) != before
    names = [column.name for column in known_columns(run)]
    assert names.index("under:tiny-5d") == names.index("neighbour") - 1 and "under:tiny-2d" not in names
    column = next(column for column in known_columns(run) if column.name == "under:tiny-5d")
    assert column.unit == "nats" and np.array_equal(column.values, np.arange(n) + 0.5)
    assert rules.where(run, "under:tiny-5d<3").sum() == 3
    assert "under:tiny-5d" not in [column.name for column in known_columns(other)], "its own costs are no others'"


def test_values_follow_the_rows() -> None:
    found = _in_order(np.array([7, 3, 5]), np.array([5, 7, 3]), np.array([50.0, 70.0, 30.0]))
    assert found is not None and found.tolist() == [70, 30, 50]


def test_of_a_run_whose_rows_are_damaged_no_costs_are_shown() -> None:
    rows = np.array([7, 3, 5])
    for theirs in ([0, 1, 2], [7, 3, 6], [7, 3, 3], [7, 3], [5, 7, 3, 9]):
        assert _in_order(rows, np.array(theirs), np.arange(len(theirs), dtype=float)) is None
