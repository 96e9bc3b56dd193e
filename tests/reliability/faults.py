"""Disks that are full, and numbers that are not finite."""

from __future__ import annotations

import errno
import math
import random
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tests.reliability.children import At, Child, train_until, work
from tests.reliability.rows import Tries, Untried, one_sentence, run_differences, settings, trial
from vae_core.config import ConfigError, RunConfig
from vae_core.data import sources
from vae_core.data.batches import Batch
from vae_core.runs.listing import open_run
from vae_core.training import checkpoints, runner
from vae_core.training.divergence import Diverged
from vae_core.training.trainer import Trainer

PAUSED = "training pauses with a sentence, the checkpoint is untouched, and with room again it goes on to the same end, bit for bit"

# --------------------------------------------------------------------------- a full disk


def train_with_little_room(mouth: Connection, path: Path, config: RunConfig, step: int, room: int) -> None:
    """Go on, and after a step let no file grow beyond `room` bytes."""
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    work(path, config, At(step, partial(resource.setrlimit, resource.RLIMIT_FSIZE, (room, hard))))


def train_on_a_filled_disk(mouth: Connection, path: Path, config: RunConfig, step: int, room: int) -> None:
    """Go on, and after a step fill the disk but for `room` bytes."""
    work(path, config, At(step, partial(fill, path.parent / "ballast", room)))


def fill(ballast: Path, room: int) -> None:
    """Write until the disk is full, then give some room back."""
    with open(ballast, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            assert error.errno == errno.ENOSPC, error
        file.truncate(max(0, file.tell() - room))


def paused(
    folder: Path,
    straight: Path,
    config: RunConfig,
    task: Callable[..., None],
    room: int,
    relieve: Callable[[], object],
    states: tuple[str, ...] = ("paused",),
) -> list[str]:
    """Stop after 10 steps, run out of room after 30, and go on with room; return what was wrong on the way."""
    path = folder / "run"
    Child(train_until, path, config, 10).end()
    outcome = Child(task, path, config, 30, room).end()
    relieve()
    problems = [] if outcome.how == "Stopped" and "make room" in outcome.value else [f"ended as {outcome}"]
    problems += one_sentence(str(outcome.value))
    kept = checkpoints.newest_valid(path)
    problems += ["the checkpoint of step 10 is lost"] * (kept is None or kept.step < 10)
    state = open_run(path).state
    problems += [f"state {state}"] * (state not in states)
    return problems + finished(path, straight, config)


def finished(path: Path, straight: Path, config: RunConfig) -> list[str]:
    """Go on to the end, and compare with a run that was never stopped."""
    outcome = Child(train_until, path, config).end()
    return run_differences(straight, path) if outcome.how == "done" else [f"did not go on: {outcome}"]


# Bytes that a file may have, and seconds between checkpoints: so it is the state, a line of history.csv, a frame of the film, the
# weights or even status.json that finds no room.
ROOMS = [(20_000, 0.0), (200, 1e6), (2_000, 1e6), (10_000, 1e6), (0, 0.0), (5_000, 0.0), (0, 1e6), (300, 1e6)]


@trial("No file may grow beyond a limit (RLIMIT_FSIZE), met in mid-epoch", PAUSED, short=3, full=len(ROOMS))
def limited_files(folder: Path, count: int) -> Tries:
    """Where not even status.json has room, the lock tells that nobody is training."""
    Child(train_until, folder / "straight", settings("dynamic")).end()
    for number, (room, seconds) in enumerate(ROOMS[:count]):
        config = settings("dynamic", checkpoint_seconds=seconds)
        states = ("paused",) if room > 1000 else ("paused", "interrupted")  # status.json may find no room at all
        problems = paused(folder / str(number), folder / "straight", config, train_with_little_room, room, lambda: None, states)
        yield [f"{room} bytes, a checkpoint every {seconds} s: {problem}" for problem in problems]
    return None


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount two megabytes of memory as a disk.

    Raises:
        Untried: the machine does not allow it.
    """
    disk = folder / "disk"
    disk.mkdir()
    try:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True)
    except OSError as error:
        raise Untried("there is no command to mount a disk") from error
    if mounted.returncode:
        raise Untried("mounting a disk is not allowed here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


@trial("The disk is full (a tmpfs of 2 MB, filled after a step)", PAUSED, short=1, full=5)
def full_disk(folder: Path, count: int) -> Tries:
    """From no byte left to room for some files."""
    Child(train_until, folder / "straight", settings("dynamic")).end()
    with small_disk(folder) as disk:
        for number in range(count):
            place, room = disk / str(number), 8192 * number
            place.mkdir()
            config = settings("dynamic", checkpoint_seconds=0.0)
            problems = paused(place, folder / "straight", config, train_on_a_filled_disk, room, (place / "ballast").unlink)
            yield [f"{room} bytes left: {problem}" for problem in problems]
    return None


# --------------------------------------------------------------------------- numbers that are not finite


class PoisonedTrainer(Trainer):
    """A trainer in which, in one step and whenever that step is taken again, one quantity is not finite."""

    last: PoisonedTrainer

    def __init__(self, quantity: str, value: float, at: int, *arguments: Any) -> None:
        super().__init__(*arguments)
        PoisonedTrainer.last = self
        self.quantity, self.value, self.at, self.now = quantity, value, at - 1, -1
        self.before: list[bytes] = []
        if quantity == "mean of q(z|x)":
            self.vae.encoder.register_forward_hook(lambda module, x, outputs: (self.poisoned(outputs[0]), outputs[1]))
        elif quantity == "log-variance of q(z|x)":
            self.vae.encoder.register_forward_hook(lambda module, x, outputs: (outputs[0], self.poisoned(outputs[1])))
        elif quantity == "reconstruction":
            self.vae.decoder.register_forward_hook(lambda module, z, params: self.poisoned(params))
        elif quantity == "loss":
            self.model.register_forward_hook(lambda module, batch, outputs: (self.poisoned(outputs[0]), *outputs[1:]))
        elif quantity.startswith("gradient of "):
            self.vae.get_parameter(quantity.removeprefix("gradient of ")).register_hook(self.poisoned)

    def poisoned(self, tensor: Tensor) -> Tensor:
        """Return the tensor, in the step whose turn it is with one bad value."""
        return tensor + torch.full_like(tensor, self.value) if self.now == self.at else tensor

    def share_of_batch(self, step: int, positions: Tensor) -> tuple[Batch, Tensor]:
        """Draw a batch, and remember how all was before the bad step."""
        self.now = step
        if step == self.at and not self.before:
            self.before = self.memory()
        batch, noise = super().share_of_batch(step, positions)
        return (replace(batch, x=self.poisoned(batch.x)) if self.quantity == "data" else batch), noise

    def memory(self) -> list[bytes]:
        """Return all that a step changes, bit for bit: weights, moments, averages, sums."""
        return [value.numpy().tobytes() for name, value in sorted(self.state(self.sums, {}).tensors.items())]


PLACES = ("data", "mean of q(z|x)", "log-variance of q(z|x)", "reconstruction", "loss", "gradient of encoder.layers.2.weight",
          "gradient of decoder.2.bias")  # fmt: skip
POISONS = [(place, value) for value in (math.nan, math.inf, -math.inf) for place in PLACES]


def train_poisoned(mouth: Connection, path: Path, config: RunConfig, place: str, value: float, step: int) -> list[str]:
    """Train until the number comes; return what is wrong with how that ends."""
    runner.Trainer = partial(PoisonedTrainer, place, value, step)  # type: ignore[misc]
    sentence = "not noticed"
    try:
        runner.train(config, path)
    except Diverged as error:
        sentence = str(error)
    trainer, run, kept = PoisonedTrainer.last, open_run(path), checkpoints.newest_valid(path)
    problems = one_sentence(sentence) + [f"state {run.state}: {run.sentence}"] * ((run.state, run.sentence) != ("diverged", sentence))
    is_named = sentence.startswith(f"At step {step} of") and f"the {place} was not finite" in sentence
    problems += [] if is_named else [sentence]
    problems += ["something was changed by that step"] * (trainer.memory() != trainer.before)
    return problems + ["no checkpoint"] * (kept is None or f"The checkpoint of step {kept.step} is kept" not in sentence)


@trial(
    "A number that is not finite (NaN, inf, -inf) in data, posterior, reconstruction, loss or gradient, at a random step",
    "training stops in that step with nothing changed by it, names step and quantity, and goes on from the last checkpoint once mended",
    short=5,
    full=len(POISONS),
)
def bad_numbers(folder: Path, count: int) -> Tries:
    """Clipped gradients and averaged weights are on, so that neither spreads the damage."""
    config = settings("dynamic", average=0.9, clip=1.0, checkpoint_seconds=0.0)
    Child(train_until, folder / "straight", config).end()
    draw = random.Random(3)
    for number, (place, value) in enumerate(POISONS[:count]):
        path, step = folder / str(number), draw.randrange(2, 66)
        outcome = Child(train_poisoned, path, config, place, value, step).end()
        problems = outcome.value if outcome.how == "done" else [f"ended as {outcome}"]
        yield [f"{value} in {place}: {problem}" for problem in [*problems, *finished(path, folder / "straight", config)]]
    return None


@trial("NaN or inf in a data set", "refused in one sentence before the first step, and no folder is made", short=3, full=3)
def bad_data(folder: Path, count: int) -> Tries:
    """One value of one image."""
    digits = sources.load("digits")
    for number, value in enumerate((math.nan, math.inf, -math.inf)[:count]):
        values = digits.values.astype(np.float32)
        values[1000, 3, 3] = value
        try:
            runner.train(settings(), folder / str(number), dataset=replace(digits, values=values))
            problems = ["trained"]
        except ConfigError as error:
            problems = one_sentence(str(error)) + ([] if "not finite" in str(error) else [str(error)])
        yield problems + ["a folder was made"] * (folder / str(number)).exists()
    return None
