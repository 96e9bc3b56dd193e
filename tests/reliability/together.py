"""Two processes that train one run: the same numbers as one, one writer, and a lost process that comes back."""

from __future__ import annotations

import atexit
import json
import shutil
import signal
import sys
import tempfile
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from tests.reliability.children import Child, Forked
from tests.reliability.ranks import POISONS, STOP, STRAIGHT, jobs, poisoned_name, train_objectives
from tests.reliability.rows import Tries, run_differences, trial
from tests.reliability.stops import PATIENCE, command
from vae_core.runs.listing import open_run
from vae_core.runs.run import Run
from vae_core.training import checkpoints

CLOSE = 1e-5  # relative, for parts below one nat absolute: float32 summed in another order, six decimals kept


def torchrun(*words: str) -> tuple[int, str]:
    """Run what ranks.py does with these words in two processes on this machine, which are started once more if one is lost.

    Return the exit code of torchrun, which is forked where torch is at hand, and what all three have said.
    """
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "--max-restarts", "1"]
    started = Forked([*launcher, "-m", "tests.reliability.ranks", *words])
    _, said = started.communicate(2 * PATIENCE)
    return started.returncode, said


def train_here(mouth: Connection, folder: Path) -> None:
    """Train the same runs in one process."""
    train_objectives(folder)


def lost(path: Path, number: int) -> list[str]:
    """Return the words for a training that loses a process: now the first, which writes, now the other."""
    return ["lost", str(number % 2), str(11 + 17 * number), *command(path, STRAIGHT)[3:]]


@cache
def in_two() -> tuple[Path, str]:
    """Train all that two processes train undisturbed, then what loses one, once; return the folder of the runs and what was said."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    code, said = torchrun("all", str(folder), *lost(folder / "lost 0", 0))
    assert code == 0, said
    return folder, said


def largest_difference(one: Run, two: Run) -> float:
    """Return the largest relative difference of what history.csv and epochs.npz say of the loss and its parts."""
    pairs = [(one.history()[key], two.history()[key]) for key in ("loss", "reconstruction", "kl", "kl_weight")]
    pairs += [(values, two.epochs()[key]) for key, values in one.epochs().items()]
    return max(float(np.nanmax(np.abs(a - b) / np.maximum(np.abs(b), 1.0), initial=0.0)) for a, b in pairs)


@trial(
    "Every objective in two processes by torchrun: batches of 61 and a last one of a single image, dynamic pixels",
    f"losses of the steps and of validation are those of one process to {CLOSE} (relative), and only the first process writes",
    short=6,
    full=6,
)
def same_as_one(folder: Path, count: int) -> Tries:
    """The batch of 61 is shared as 30 and 31, the single image as 0 and 1."""
    outcome, two, worst = Child(train_here, folder).end(), in_two()[0], 0.0
    strangers = json.loads((two / "written-by-others.json").read_text())
    common = [f"another process wrote {strangers}"] * bool(strangers) + ([] if outcome.how == "done" else [f"one process: {outcome}"])
    for name in list(jobs())[:count]:
        pair = open_run(folder / name), open_run(two / name)
        difference = largest_difference(*pair)
        worst = max(worst, difference)
        problems = [f"processes are {[run.summary['processes'] for run in pair]}"] * (pair[1].summary["processes"] != 2)
        yield common + problems + [f"{name}: {difference:.1e}"] * (not difference <= CLOSE)
    return f"largest difference {worst:.0e}"


@trial(
    "One of two processes lost by SIGKILL in mid-epoch (torchrun --max-restarts 1)",
    "torchrun starts both anew, they go on from the last checkpoint to the end of an undisturbed run, bit for bit",
    short=1,
    full=4,
)
def lost_process(folder: Path, count: int) -> Tries:
    """The first is lost by those that have trained all else before, the others start for it."""
    two, said = in_two()
    for number in range(count):
        path = (folder if number else two) / f"lost {number}"
        if number:
            _, said = torchrun(*lost(path, number))
        problems = [] if f"exitcode: {-signal.SIGKILL}" in said else ["no process was lost"]
        yield problems + (run_differences(two / "straight", path) if (path / "summary.json").exists() else [said[-2000:]])
    return None


@trial(
    "A number that is not finite in the share of one of two processes",
    "both stop in that step, the run is diverged and names step and quantity, the last checkpoint is kept",
    short=len(POISONS),
    full=len(POISONS),
)
def bad_number_in_one(folder: Path, count: int) -> Tries:
    """The process that writes must hear of what only the other has seen."""
    for rank, place in POISONS[:count]:
        path = in_two()[0] / poisoned_name(rank, place)
        run, kept = open_run(path), checkpoints.newest_valid(path)
        is_named = run.sentence.startswith(f"At step {STOP} of") and f"the {place} was not finite" in run.sentence
        problems = [f"state {run.state}"] * (run.state != "diverged") + ([] if is_named else [run.sentence])
        yield problems + ["no checkpoint"] * (kept is None or kept.step != STOP - 1)
    return None
