"""Rules that choose test images: by column, place and row; and what is no rule is one sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vae_core.data.imported import data_folder
from vae_core.inspection import rules, store
from vae_core.inspection.subject import InspectedRun
from vae_core.runs.errors import RunError
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run


@pytest.fixture
def run(tiny_root: Path) -> Run:
    return load_run(tiny_root, "tiny-2d")


def test_rules_of_columns(run: Run) -> None:
    latents = run.latents()
    assert latents.labels is not None
    assert np.array_equal(rules.where(run, "class=7, 9"), np.isin(latents.labels, (7, 9)))
    kl = latents.kl_per_image
    for rule, expected in {
        "kl>3": kl > 3, "kl<=2.5": kl <= 2.5, "kl=1..3": (kl >= 1) & (kl <= 3), " kl >= 3 ": kl >= 3, "class~8": latents.labels == 8,
    }.items():  # fmt: skip
        assert np.array_equal(rules.where(run, rule), expected), rule


def test_rules_of_places_and_rows(run: Run) -> None:
    latents = run.latents()
    assert rules.near(run, [0, 1], 5).sum() == 5
    assert np.array_equal(rules.outside(run, 2), np.linalg.norm(latents.mu, axis=1) > 2)
    square = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    assert np.array_equal(rules.in_polygon(run, square), (np.abs(latents.mu) < 1).all(1))
    first, second = latents.rows[:2]
    assert np.flatnonzero(rules.of_rows(run, f"{first}, {second}-{second}")).tolist() == [0, 1]


def test_the_rim_of_a_hole(tmp_path: Path, run: Run) -> None:
    import shutil

    shutil.copytree(run.path, tmp_path / "tiny-2d")
    copy = load_run(tmp_path, "tiny-2d")
    with pytest.raises(RunError, match="inspect tiny-2d prior-holes"):
        rules.hole_rim(copy, 1)
    result = store.compute(InspectedRun(copy), "prior-holes")
    chosen, z = rules.hole_rim(copy, 1, 0.5), copy.latents().mu
    cells = result.arrays["axis"][np.argwhere(result.arrays["region"] == 1)[:, ::-1]]
    expected = [np.linalg.norm(cells - point, axis=1).min() <= 0.5 for point in z]
    assert chosen.tolist() == expected
    with pytest.raises(RunError, match=r"has \d+ holes"):
        rules.hole_rim(copy, 99)


@pytest.mark.parametrize("rule", ["", "kl", "class=77", "class>3", "kl=a", "kl>1..3", "nothing=3", "=cmd", "kl=nan..x"])
def test_what_is_no_rule_is_one_sentence(run: Run, rule: str) -> None:
    with pytest.raises(RunError) as error:
        rules.where(run, rule)
    assert str(error.value).endswith(".") and "\n" not in str(error.value)


def test_places_that_are_none_are_refused(run: Run) -> None:
    assert not data_folder().is_file()
    for ask in (
        lambda: rules.near(run, [1.0], 3),
        lambda: rules.near(run, [1.0, float("nan")], 3),
        lambda: rules.in_polygon(run, [(0, 0)], (0, 2)),
        lambda: rules.of_rows(run, "1-"),
        lambda: rules.outside(replace(run, summary={**run.summary, "test": {**run.summary["test"], "kl": None}}), 3),
    ):
        with pytest.raises(RunError):
            ask()
