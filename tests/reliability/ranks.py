"""What torchrun starts for a trial, once per process: `lost RANK STEP train ...` as on the command line, or before it `all FOLDER`."""

from __future__ import annotations

import json
import math
import os
import sys
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tests.reliability.children import WAYS
from tests.reliability.faults import PoisonedTrainer
from tests.reliability.rows import settings
from vae_core.cli.main import main
from vae_core.config import DataConfig, ObjectiveConfig, RunConfig
from vae_core.data import sources
from vae_core.data.dataset import Dataset, split
from vae_core.model.objectives import OBJECTIVES
from vae_core.training import runner
from vae_core.training.divergence import Diverged
from vae_core.training.trainer import Trainer

RANK = os.environ.get("RANK", "0")
LONE = 184  # training images: three batches of 61, and one of a single image
STRAIGHT = settings("dynamic", average=0.9, clip=1.0, checkpoint_seconds=0.0)  # of the run that is compared with one that loses a process
STOP = 24  # the step in which it has a number that is not finite, in the share of one process
POISONS = [("1", "data"), ("0", "data"), ("1", "reconstruction"), ("1", "gradient of decoder.2.bias")]


def jobs() -> dict[str, tuple[RunConfig, Dataset | None]]:
    """Return settings and images of every objective, by its name."""
    digits = sources.load("digits")
    few = replace(digits, values=digits.values[:227], labels=digits.labels[:227])
    data = DataConfig(pixels="dynamic", test_fraction=0.1, validation_fraction=0.1)
    assert len(split(few, data).train) == LONE
    return {name: (replace(settings(), data=data, objective=ObjectiveConfig(objective=name)), few) for name in OBJECTIVES}


def train_objectives(folder: Path) -> None:
    """Train with every objective."""
    for name, (config, dataset) in jobs().items():
        runner.train(config, folder / name, dataset=dataset)


def train_all(folder: Path) -> None:
    """Train all that is compared, then what is poisoned; note what this process wrote if it is not the first."""
    written: list[str] = []
    if RANK != "0":
        sys.addaudithook(partial(note, folder, written))
    train_objectives(folder)
    runner.train(STRAIGHT, folder / "straight")
    for rank, place in POISONS:
        runner.Trainer = partial(PoisonedTrainer, place, math.nan, STOP) if rank == RANK else Trainer  # type: ignore[misc]
        with suppress(Diverged):
            runner.train(STRAIGHT, folder / poisoned_name(rank, place))
    found = list(written)
    if RANK != "0":
        (folder / "written-by-others.json").write_text(json.dumps(found))


def poisoned_name(rank: str, place: str) -> str:
    """Return the folder of a run that a number in one process ended."""
    return f"{rank} {place}"


def note(folder: Path, written: list[str], event: str, arguments: tuple[Any, ...]) -> None:
    """Remember what is written, made, renamed or deleted in the folder."""
    is_change = event in ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate")
    if event == "open" and isinstance(arguments[2], int):
        is_change = bool(arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    if is_change and isinstance(arguments[0], str | os.PathLike) and Path(arguments[0]).is_relative_to(folder):
        written.append(f"{event} {arguments[0]}")


def train_and_lose(rank: str, step: int, arguments: list[str]) -> int:
    """Train as on the command line; in the first round one process is killed before a step."""
    taken = Trainer.step

    def step_or_die(trainer: Trainer, number: int, *rest: Any) -> None:
        if number == step:
            WAYS["SIGKILL"]()
        taken(trainer, number, *rest)

    if (RANK, os.environ["TORCHELASTIC_RESTART_COUNT"]) == (rank, "0"):
        Trainer.step = step_or_die  # type: ignore[method-assign]
    return main(arguments)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["all", folder, "lost", rank, step, *arguments]:
            if os.environ["TORCHELASTIC_RESTART_COUNT"] == "0":
                train_all(Path(folder))
            sys.exit(train_and_lose(rank, int(step), arguments))
        case ["lost", rank, step, *arguments]:
            sys.exit(train_and_lose(rank, int(step), arguments))
