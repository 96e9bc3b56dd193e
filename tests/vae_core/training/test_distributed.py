"""Several processes: two of them by torchrun train what one would, in the short form of tests/reliability; and who shares what."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from tests.reliability.trials import IN_TWO_PROCESSES
from vae_core.config import ConfigError, TrainConfig
from vae_core.runs.errors import RunError
from vae_core.training import distributed


@pytest.mark.parametrize("name", IN_TWO_PROCESSES)
def test_it_holds(name: str, tmp_path: Path) -> None:
    row = IN_TWO_PROCESSES[name](tmp_path, IN_TWO_PROCESSES[name].short)
    assert row.problems == ()
    assert row.held == row.tried >= IN_TWO_PROCESSES[name].short


def test_fewer_processes_than_asked_for_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = SimpleNamespace(launch=lambda: None, world_size=1)
    monkeypatch.setattr(distributed, "Fabric", lambda **settings: alone)
    assert distributed.launch(TrainConfig(device="cpu")) is alone
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(RunError, match="2 processes were asked for and 1 joined"):
        distributed.launch(TrainConfig(device="cpu"))


def test_a_batch_smaller_than_the_processes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "4")
    with pytest.raises(ConfigError, match="batch_size is 3 and there are 4 processes"):
        distributed.launch(TrainConfig(batch_size=3, device="cpu"))


@pytest.mark.parametrize("count", [1, 2, 61, 64])
@pytest.mark.parametrize("world", [1, 2, 3, 7])
def test_shares_part_a_batch_evenly_and_in_order(count: int, world: int) -> None:
    shares = [distributed.share(SimpleNamespace(global_rank=rank, world_size=world), count) for rank in range(world)]  # type: ignore[arg-type]
    parts = [list(range(count))[part] for part in shares]
    assert [image for part in parts for image in part] == list(range(count))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_alone_nothing_is_gathered() -> None:
    alone, tensor = SimpleNamespace(world_size=1), torch.ones(3, requires_grad=True)
    assert distributed.gather(alone, tensor) is tensor  # type: ignore[arg-type]
    assert distributed.total(alone, tensor) is tensor  # type: ignore[arg-type]
