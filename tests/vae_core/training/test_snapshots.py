"""The frames of the training film."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.conftest import tiny_config
from vae_core.runs.listing import load_run
from vae_core.training import runner, snapshots


def test_the_film_follows_the_same_images_from_the_first_step_to_the_last(tiny_root: Path) -> None:
    run = load_run(tiny_root, "tiny-2d")
    frames = run.snapshots()
    assert int(frames[0]["step"]) == 0
    assert int(frames[-1]["step"]) == run.history()["step"].max()
    assert len({frame["mu"].shape for frame in frames}) == 1
    assert frames[0]["grid"].shape[1:] == (8, 8)
    assert not np.array_equal(frames[0]["mu"], frames[-1]["mu"])


@pytest.mark.parametrize(("kept", "steps"), [(0, set()), (1, {40}), (2, {0, 40}), (3, {0, 1, 40}), (4, {0, 1, 6, 40})])
def test_a_film_of_any_length_ends_with_the_last_step(kept: int, steps: set[int]) -> None:
    assert snapshots.snapshot_steps(40, kept) == steps
    assert {0, 1, 40} <= snapshots.snapshot_steps(40, 99) <= set(range(41)), "more frames than steps"


@pytest.mark.parametrize("settings", [{}, {"patience": 1, "epochs": 9, "learning_rate": 0.5}])
def test_a_film_of_one_picture_shows_how_training_ended(tmp_path: Path, settings: dict[str, float]) -> None:
    run = runner.train(tiny_config(snapshots=1, **settings), tmp_path / "run")
    (frame,) = run.snapshots()
    assert (int(frame["step"]), int(frame["epoch"])) == (run.history()["step"].max(), run.history()["epoch"].max())
    assert not settings or run.history()["epoch"].max() < 9, "the control: patience ended it"
