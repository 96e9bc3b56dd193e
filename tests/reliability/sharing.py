"""One run, many programs: trainers that want the same folder, and readers that look on."""

from __future__ import annotations

import math
import time
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

from tests.reliability.children import CONTEXT, PATIENCE, Child, Outcome, train_until
from tests.reliability.rows import Tries, one_sentence, settings, trial
from vae_core.config import RunConfig
from vae_core.runs.layout import is_alive
from vae_core.runs.listing import list_runs, open_run
from vae_core.runs.verification import verify
from vae_core.runs.writer import RunWriter
from vae_core.training.runner import train


def train_with_others(mouth: Connection, path: Path, config: RunConfig, ready: Barrier) -> None:
    """Start at the same moment as others do."""
    ready.wait(PATIENCE)
    train(config, path)


def probe(mouth: Connection, root: Path) -> None:
    """Look at runs and locks without a pause."""
    mouth.send("looking")
    while True:
        for run in list_runs(root)[0]:
            is_alive(run.path)


@trial(
    "Trainers started at once on one folder, while a reader looks at its lock without a pause",
    "one trains to the end, all others say in one sentence why they do not",
    short=5,
    full=20,
)
def started_at_once(folder: Path, count: int) -> Tries:
    """All are separate processes that wait for each other before they start."""
    path, ready = folder / "runs" / "run", CONTEXT.Barrier(count)
    reader = Child(probe, path.parent)
    reader.hear()
    trainers = [Child(train_with_others, path, settings(epochs=5), ready) for _ in range(count)]
    outcomes = [trainer.end() for trainer in trainers]
    reader.kill()
    winners = [outcome for outcome in outcomes if outcome.how == "done"]
    common = verify(path) + [f"{len(winners)} trained"] * (len(winners) != 1)
    for outcome in outcomes:
        yield common + refusal(outcome)
    return None


def refusal(outcome: Outcome) -> list[str]:
    """Return what is wrong with how a trainer ended that came too late, if it did."""
    if outcome.how == "done":
        return []
    is_plain = outcome.how == "RunError" and ("Another trainer" in outcome.value or "already holds a run" in outcome.value)
    return one_sentence(str(outcome.value)) if is_plain else [f"ended as {outcome}"]


@trial("Trainers started one after the other, while two readers look at their locks without a pause", "every one trains", short=3, full=40)
def watched_starts(folder: Path, count: int) -> Tries:
    """A reader that probes takes the lock for an instant, and a trainer must not give up at that."""
    root = folder / "runs"
    root.mkdir()
    readers = [Child(probe, root) for _ in range(2)]
    for reader in readers:
        reader.hear()
    for number in range(count):
        outcome = Child(train_until, root / str(number), settings(epochs=1)).end()
        said = [said for reader in readers for said in reader.kill()] if number == count - 1 else []
        yield [f"a reader ended: {words}" for words in said] + ([] if outcome.how == "done" else [f"ended as {outcome}"])
    return "and the readers come to no harm"


LINES = 300  # of one history: about as many as a long training writes


def write_history(mouth: Connection, path: Path) -> None:
    """Append lines whose numbers all follow from their step."""
    writer = RunWriter(
        path,
        settings(),
        {"name": "none", "event_shape": [8, 8], "divisor": 16, "sha256": "0" * 64, "n_train": 1, "n_validation": 0, "n_test": 0},
    )
    mouth.send("writing")
    for step in range(1, LINES + 1):
        parts = {"reconstruction": math.sqrt(step), "kl": step / 7}
        writer.history({"step": step, "epoch": step, "split": "train", "loss": step, "kl_weight": 1.0, "seconds": step / 3, **parts})
        time.sleep(0.003)


@trial(
    "Readings of history.csv while lines are appended to it",
    "every line that is read is whole, and none is ever lost",
    short=LINES,
    full=40 * LINES,
)
def readings(folder: Path, count: int) -> Tries:
    """Read `count` times and to the end of a history that is written; whole means that all numbers follow from the step beside them."""
    tried = number = 0
    while tried < count:  # on a busy machine the writer outruns the reader, who then needs another history
        number += 1
        writer, before = Child(write_history, folder / str(number)), 0
        writer.hear()
        run, end = open_run(folder / str(number)), time.monotonic() + PATIENCE
        while before < LINES and time.monotonic() < end:
            history = run.history()
            step, problems = history["step"], []
            follows = history["seconds"] - step / 3, history["negative_elbo"] - step**0.5 - step / 7, step - range(1, len(step) + 1)
            problems += [f"torn after step {len(step)}"] * any(bool((abs(error) > 1e-5).any()) for error in follows)
            yield problems + [f"{before - len(step)} lines lost"] * (len(step) < before)
            before, tried = len(step), tried + 1
        tried += 1
        yield [f"writing ended after {before} lines"] * (before < LINES) + [f"{how}" for how in [writer.end()] if how.how != "done"]
    return f"{number} histories of {LINES} lines"
