"""Processes that are stopped for real: each is forked from a server that has torch at hand, so that one costs a tenth of a second."""

from __future__ import annotations

import multiprocessing
import os
import runpy
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import Any

from vae_core.config import RunConfig
from vae_core.runs.run import Run
from vae_core.training.runner import resume, train

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.reliability.warm", "vae_core.training.runner", "vae_core.training.results", "sklearn.neighbors"])
PATIENCE = 300.0  # seconds that a child may take


@dataclass(frozen=True)
class Outcome:
    """How a child ended: "done" with what it returned, the name of an exception with its text, or "killed"."""

    how: str
    value: Any = None


class Child:
    """A process that runs one function of this package; what the function sends through its first argument is heard by `hear`."""

    def __init__(self, task: Callable[..., Any], *arguments: Any) -> None:
        self.ear, mouth = CONTEXT.Pipe(duplex=False)
        self.process = CONTEXT.Process(target=_live, args=(mouth, task, arguments), daemon=True)
        self.process.start()
        mouth.close()

    def hear(self, seconds: float = PATIENCE) -> Any:
        """Return the next thing that the child says.

        Raises:
            EOFError: it is dead; TimeoutError: it is silent.
        """
        if not self.ear.poll(seconds):
            self.process.kill()
            raise TimeoutError(f"A child said nothing for {seconds} s.")
        return self.ear.recv()

    def end(self) -> Outcome:
        """Wait until it has ended, and return how."""
        last: Any = None
        try:
            while not isinstance(last, Outcome):
                last = self.hear()
        except EOFError:
            last = Outcome("killed")
        self.process.join(PATIENCE)
        return last

    def kill(self) -> list[Any]:
        """End it by SIGKILL, and return all that it said before."""
        self.process.kill()
        said = []
        try:
            while True:
                said.append(self.hear())
        except EOFError:
            self.process.join(PATIENCE)
        return said


def _live(mouth: Connection, task: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        mouth.send(Outcome("done", task(mouth, *arguments)))
    except BaseException as error:
        mouth.send(Outcome(type(error).__name__, str(error)))


class Forked:
    """A `python -m` command in a child instead of a new interpreter, with as much of subprocess.Popen as is asked for."""

    def __init__(self, words: list[str]) -> None:
        self.errors, self.returncode = tempfile.TemporaryFile("w+"), -1  # noqa: SIM115  the child writes into it
        self.child = Child(_be_command, words, DupFd(self.errors.fileno()))

    def poll(self) -> int | None:
        """Return None as long as it runs."""
        return None if self.child.process.is_alive() else self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.child.process.pid or 0, number)

    def communicate(self, timeout: float) -> tuple[str, str]:
        """Wait until it has ended; return nothing and what it printed on stderr."""
        outcome = self.child.end()
        self.returncode = outcome.value if outcome.how == "done" else -1
        self.errors.seek(0)
        return "", self.errors.read()


def _be_command(mouth: Connection, words: list[str], errors: Any) -> int:
    os.dup2(errors.detach(), sys.stderr.fileno())
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.argv = words[2:]
    try:
        runpy.run_module(words[2], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


# --------------------------------------------------------------------------- what children do


class At:
    """A reporter that does something right after one step."""

    def __init__(self, step: int, act: Callable[[], None]) -> None:
        self.at, self.act = step, act

    def start(self, total_steps: int, n_train: int, done: int) -> None: ...

    def step(self, step: int) -> None:
        """Act when the step has come."""
        if step == self.at:
            self.act()

    def epoch(self, epoch: int, rows: list[dict[str, Any]]) -> None: ...


class Aloud(At):
    """A reporter that says every step."""

    def __init__(self, mouth: Connection) -> None:
        self.mouth = mouth

    def step(self, step: int) -> None:
        """Say it."""
        self.mouth.send(step)


def signalled(number: int) -> Callable[[], None]:
    """Return what sends this process a signal."""
    return lambda: os.kill(os.getpid(), number)


# Ways to stop a trainer: those that ask it are followed by a checkpoint, those that end it at once are not.
WAYS: dict[str, Callable[[], None]] = {
    "SIGTERM": signalled(signal.SIGTERM),
    "Ctrl-C": signalled(signal.SIGINT),
    "SIGKILL": signalled(signal.SIGKILL),
    "os._exit": lambda: os._exit(1),
}


def work(path: Path, config: RunConfig, reporter: At | None = None) -> Run:
    """Train a new run, or go on with the one that is there."""
    return resume(path, reporter=reporter) if (path / "config.json").exists() else train(config, path, reporter=reporter)


def train_until(mouth: Connection, path: Path, config: RunConfig, step: int = 0, way: str = "SIGTERM") -> None:
    """Train, and be stopped in this way after this step; step 0: train to the end."""
    work(path, config, At(step, WAYS[way]))
