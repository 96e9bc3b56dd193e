"""What a trial is, what it reports, and how two runs or two checkpoints are compared bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.conftest import tiny_config
from vae_core.config import DataConfig, ObjectiveConfig, RunConfig
from vae_core.runs import contents
from vae_core.runs.listing import open_run
from vae_core.runs.verification import verify
from vae_core.training import checkpoints

# A trial yields what went wrong in each try (nothing: it held), and may return figures for the table.
Tries = Generator[list[str], None, str | None]


class Untried(Exception):
    """This machine does not allow the trial; the message says why."""


@dataclass(frozen=True)
class Row:
    """One line of README's table."""

    name: str
    tried: int
    held: int
    detail: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trial:
    """Something that goes wrong, and what must then hold; `short` and `full` tries in the test suite and for the table."""

    name: str
    promise: str
    short: int
    full: int
    tries: Callable[[Path, int], Tries]

    def __call__(self, folder: Path, count: int) -> Row:
        """Try it `count` times in an empty folder."""
        problems: list[list[str]] = []
        tries, figures = self.tries(folder, count), ""
        try:
            while True:
                problems.append(next(tries))
        except StopIteration as end:
            figures = f"; {end.value}" if end.value else ""
        except Untried as reason:
            return Row(self.name, 0, 0, f"not tried: {reason}")
        said = tuple(problem for one in problems for problem in one)
        return Row(self.name, len(problems), problems.count([]), self.promise + figures, said)


def trial(name: str, promise: str, *, short: int, full: int) -> Callable[[Callable[[Path, int], Tries]], Trial]:
    """Make a Trial of a generator function."""
    return lambda tries: Trial(name, promise, short, full, tries)


# --------------------------------------------------------------------------- settings


def settings(pixels: str = "grey", objective: str = "elbo", **train: Any) -> RunConfig:
    """Return settings of a tiny run on digits: 22 steps an epoch, the last batch is a short one."""
    small = tiny_config(**{"batch_size": 61, "checkpoint_seconds": 0.05, **train})
    return replace(small, data=DataConfig(pixels=pixels), objective=ObjectiveConfig(objective=objective))


SETTINGS = {
    "dynamic pixels": settings("dynamic"),
    "averaged weights, clipped gradients": settings("dynamic", average=0.9, clip=1.0),
    "beta-tc": replace(settings(epochs=4), objective=ObjectiveConfig(objective="beta-tc", beta=4.0, kl_warmup_epochs=1.5)),
    "early stopping": settings(epochs=40, patience=1, learning_rate=0.05, lr_schedule="constant"),
}


# --------------------------------------------------------------------------- comparing


def one_sentence(text: str) -> list[str]:
    """Return what is wrong with a message to a user."""
    return [] if len(text.split()) > 3 and "\n" not in text and "Traceback" not in text else [f"not one plain sentence: {text!r}"]


def checkpoint_differences(one: checkpoints.Checkpoint, other: checkpoints.Checkpoint) -> list[str]:
    """Return the names of what two checkpoints do not share bit for bit; seconds and the length of lines that hold them are left out."""
    names = one.tensors.keys() | other.tensors.keys()
    bits = [{name: value.numpy().tobytes() for name, value in checkpoint.tensors.items()} for checkpoint in (one, other)]
    facts = [{key: value for key, value in c.facts.items() if key not in ("seconds", "history_bytes")} for c in (one, other)]
    differing = [f"{name} differs at step {one.step}" for name in sorted(names) if bits[0].get(name) != bits[1].get(name)]
    return differing + [f"facts differ at step {one.step}"] * (facts[0] != facts[1]) + ["other steps"] * (one.step != other.step)


def run_differences(one: Path, other: Path) -> list[str]:
    """Return the names of what two finished runs do not share bit for bit; seconds and settings are left out."""
    problems = [problem for path in (one, other) for problem in verify(path)]
    if problems:
        return problems
    pair = open_run(one), open_run(other)
    files = [{key: value for key, value in run.summary["files"].items() if key not in ("history.csv", "config.json")} for run in pair]
    problems = [f"{key} differs" for key in sorted(files[0].keys() | files[1].keys()) if files[0].get(key) != files[1].get(key)]
    histories = [run.history() for run in pair]
    for key in contents.COLUMNS:
        if key != "seconds" and not np.array_equal(histories[0][key], histories[1][key], equal_nan=key != "split"):
            problems.append(f"column {key} of history.csv differs")
    results = [{key: value for key, value in run.summary.items() if key not in ("files", "seconds", "sha256")} for run in pair]
    return problems + ["summary.json differs"] * (results[0] != results[1])
