"""What is said of checkpoints that cannot be used; that good ones resume bit for bit is tested by `tests.reliability`."""

from __future__ import annotations

from pathlib import Path

import pytest

from vae_core.storage.files import write_json
from vae_core.training.checkpoints import CheckpointError, NewerCheckpoint, newest_valid


def checkpoint(run: Path, step: int, format_: object) -> None:
    folder = run / "resume" / f"step-{step:09d}"
    folder.mkdir(parents=True)
    write_json(folder / "manifest.json", {"format": format_, "what": "another version wrote"})


@pytest.mark.parametrize("newer", [1, 2])
def test_a_checkpoint_of_a_newer_version_asks_for_an_update_and_not_for_another_training(tmp_path: Path, newer: int) -> None:
    checkpoint(tmp_path / "a", newer, 2)
    checkpoint(tmp_path / "a", 3 - newer, "damaged")
    with pytest.raises(NewerCheckpoint) as caught:
        newest_valid(tmp_path / "a")
    name = f"Checkpoint step-{newer:09d} of run 'a'"
    assert str(caught.value) == f"{name} cannot be used (it has format 2 and this version reads 1); update Latent Lens."


@pytest.mark.parametrize("format_", [None, 0, 1.0, True, "1"])
def test_a_checkpoint_of_a_format_that_no_version_wrote_is_damaged(tmp_path: Path, format_: object) -> None:
    checkpoint(tmp_path / "a", 1, format_)
    with pytest.raises(CheckpointError, match=r"^Checkpoint step-000000001 of run 'a' is damaged: .* so train the run again\.$"):
        newest_valid(tmp_path / "a")
