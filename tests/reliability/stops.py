"""Trainers that are stopped: politely, at once, and in the middle of writing a checkpoint."""

from __future__ import annotations

import random
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from multiprocessing.connection import Connection
from pathlib import Path

from tests.places import ROOT
from tests.reliability.children import PATIENCE, WAYS, Aloud, Child, Forked, Outcome, train_until, work
from tests.reliability.rows import SETTINGS, Tries, checkpoint_differences, one_sentence, run_differences, settings, trial
from vae_core.config import RunConfig, sections
from vae_core.evaluation import scoring
from vae_core.runs.listing import open_run
from vae_core.training import checkpoints

POLITE = [signal.SIGTERM, signal.SIGINT]


def last_step(path: Path) -> int:
    """Return how many steps a run took."""
    return int(open_run(path).history()["step"].max())


def with_train(config: RunConfig, **changes: object) -> RunConfig:
    """Return settings with other values in their training part."""
    return replace(config, train=replace(config.train, **changes))


@trial(
    "Stopped at a random step, resumed, stopped and resumed once more (SIGTERM, Ctrl-C, SIGKILL, os._exit)",
    "weights, optimiser, film, history and scores are those of a run that was never stopped, bit for bit",
    short=4,
    full=20,
)
def resumed(folder: Path, count: int) -> Tries:
    """The second stop is a polite one, so that it leaves a checkpoint of that very step, as does a run that is stopped there alone."""
    draw, steps, ways = random.Random(0), {}, list(WAYS)
    for number in range(count):
        name = list(SETTINGS)[number % len(SETTINGS)]
        config, way = SETTINGS[name], ways[(number + number // len(ways)) % len(ways)]
        straight, path = folder / f"straight-{name}", folder / str(number)
        if name not in steps:
            Child(train_until, straight, config).end()
            steps[name] = last_step(straight)
        first, second = sorted(draw.sample(range(1, steps[name]), 2))
        outcomes = [Child(train_until, path, config, *stop).end().how for stop in ((first, way), (second, "SIGTERM"))]
        polite = "Stopped" if way in ("SIGTERM", "Ctrl-C") else "killed"
        problems = [] if outcomes == [polite, "Stopped"] else [f"ended as {outcomes}"]
        Child(train_until, folder / f"{number} once", config, second).end()
        here, there = checkpoints.newest_valid(path), checkpoints.newest_valid(folder / f"{number} once")
        problems += checkpoint_differences(here, there) if here and there else ["no checkpoint"]
        Child(train_until, path, config).end()
        problems += run_differences(straight, path)
        yield [f"{name}, {way} after step {first}, SIGTERM after {second}: {problem}" for problem in problems]
    return f"steps of the kills from 1 to {max(steps.values())}, with {', '.join(steps)}"


def train_and_die_finishing(mouth: Connection, path: Path, config: RunConfig) -> None:
    """Train, and be killed when the first of the results has been written."""
    scoring.encode_images = lambda *arguments: WAYS["SIGKILL"]()
    work(path, config)


@trial("SIGKILL after the last step, while results are written", "goes on to the same end", short=1, full=4)
def killed_while_finishing(folder: Path, count: int) -> Tries:
    """The last checkpoint may be some steps old, or of the last step."""
    for number, (name, config) in enumerate(list(SETTINGS.items())[:count]):
        config = with_train(config, checkpoint_seconds=0.0 if number % 2 else 0.05)
        outcomes = [Child(task, folder / name, config).end().how for task in (train_and_die_finishing, train_until)]
        Child(train_until, folder / f"straight-{name}", config).end()
        problems = run_differences(folder / f"straight-{name}", folder / name)
        yield problems if outcomes == ["killed", "done"] else [f"ended as {outcomes}"]


def train_aloud(mouth: Connection, path: Path, config: RunConfig) -> None:
    """Train and say every step."""
    work(path, config, Aloud(mouth))


@trial(
    "SIGKILL at a random moment while a checkpoint is written after every step, each time going on from the last kill",
    "a checkpoint that verifies is there and at most one step is lost; in the end all is as if nothing had been",
    short=8,
    full=200,
)
def killed_while_saving(folder: Path, count: int) -> Tries:
    """A step is said before its checkpoint is written, so the checkpoint of the step before must be whole."""
    config = settings("dynamic", epochs=100_000, checkpoint_seconds=0.0, snapshots=0)
    path, draw, halves, kept = folder / "killed", random.Random(1), 0, None
    for number in range(count):
        child = Child(train_aloud, path, config)
        heard = [child.hear()] if draw.random() < 0.9 else []  # else it may die before it has begun
        time.sleep(draw.uniform(0, 0.03))
        heard += child.kill()
        halves += any((path / "resume").glob(".step-*"))
        before, kept = kept.step if kept else 0, checkpoints.newest_valid(path)
        reached = max([before, *(step - 1 for step in heard if isinstance(step, int))])
        problems = [f"step {reached} is lost"] * (reached > (kept.step if kept else 0))
        problems += [f"ended by itself: {said}" for said in heard if isinstance(said, Outcome)]
        if number == count - 1 and kept is not None:
            Child(train_until, folder / "straight", with_train(config, checkpoint_seconds=1e6), kept.step).end()
            straight = checkpoints.newest_valid(folder / "straight")
            problems += checkpoint_differences(kept, straight) if straight else ["the other run left no checkpoint"]
        yield problems
    return f"{halves} of the kills left half a checkpoint behind"


# --------------------------------------------------------------------------- the command line


def command(path: Path, config: RunConfig) -> list[str]:
    """Return the command that trains a run with these settings."""
    words = ["python", "-m", "vae_core", "train", "--out", str(path), "--name", config.name]
    for group in sections(config).values():
        for field in fields(group):
            value = getattr(group, field.name)
            words += [f"--{field.name.replace('_', '-')}", *map(str, value if isinstance(value, tuple) else (value,))]
    return words


Start = Callable[[list[str]], "subprocess.Popen[str] | Forked"]


def start(words: list[str]) -> subprocess.Popen[str]:
    """Start a command as a user does, with this Python and with what it prints kept."""
    return subprocess.Popen([sys.executable, *words[1:]], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_an_epoch(process: subprocess.Popen[str] | Forked, path: Path) -> None:
    """Wait until the first lines of history.csv are there."""
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        if (path / "history.csv").exists() and (path / "history.csv").read_bytes().count(b"\n") > 2:
            return
        time.sleep(0.005)


@trial(
    "python -m vae_core train, stopped by SIGTERM or Ctrl-C as a user does it",
    "a checkpoint, state interrupted, exit code 1, no traceback, and the printed command goes on to the same end",
    short=2,
    full=6,
)
def stopped_at_the_command_line(folder: Path, count: int) -> Tries:
    """Two at a time, in the short form all but one of the commands forked; the folder's name is one that a shell would take apart."""
    config = settings("dynamic", epochs=25, checkpoint_seconds=1e6)
    Child(train_until, folder / "straight", config).end()
    starts: list[tuple[Start, Start]] = [(start, start)] * count if count > len(POLITE) else [(Forked, Forked), (start, Forked)]
    with ThreadPoolExecutor(2) as pool:
        paths = [folder / f"run {number}" for number in range(count)]
        yield from pool.map(stopped_once, paths, [config] * count, [folder / "straight"] * count, POLITE * count, starts)
    return None


def stopped_once(path: Path, config: RunConfig, straight: Path, number: int, starts: tuple[Start, Start]) -> list[str]:
    """Stop a training by a signal once its first epoch is written, type what it printed, and compare the end."""
    process = starts[0](command(path, config))
    wait_for_an_epoch(process, path)
    process.send_signal(number)
    errors = process.communicate(timeout=PATIENCE)[1]
    sentence = errors.rstrip("\n").split("\n")[-1]
    problems = one_sentence(sentence) + ["a traceback"] * ("Traceback" in errors) + ["wrong exit code"] * (process.returncode != 1)
    state, kept = open_run(path).state, checkpoints.newest_valid(path)
    problems += [f"state {state}"] * (state != "interrupted")
    problems += [] if kept and f"at step {kept.step} of" in sentence else [f"no checkpoint fits: {sentence}"]
    again = starts[1](shlex.split(sentence.partition("ontinue with: ")[2].removesuffix(".")))
    errors = again.communicate(timeout=PATIENCE)[1]
    return problems + ([f"the printed command failed: {errors}"] if again.returncode else run_differences(straight, path))
