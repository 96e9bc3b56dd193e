"""Inspect computes in a process of its own: how it is started, watched and stopped.

<run>/control/inspecting.lock       held by the process for life
<run>/control/inspecting.json       how far it is
<run>/control/stop-inspecting       asks it to stop
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from vae_core import children
from vae_core.data.errors import DataError
from vae_core.inspection.parts.registry import FORMER_KEYS, PARTS
from vae_core.inspection.result import Result
from vae_core.inspection.store import compute, missing, read_current
from vae_core.inspection.subject import SPLITS, InspectedRun, require_finished
from vae_core.messages import Message, joined, reason, say
from vae_core.runs.errors import RunError
from vae_core.runs.layout import check_links
from vae_core.runs.run import Run
from vae_core.storage.files import is_held, write_beside
from vae_core.storage.reading import Unreadable, read_json
from vae_core.storage.shapes import SHARE

STARTING_SECONDS = 60.0  # within which a process that was started takes its lock
WRITING_SECONDS = 0.2  # between two notes of progress
STATES = {"starting", "running", "done", "failed", "stopped", "interrupted"}
SHAPE = {"state": STATES, "parts": [set(PARTS)], "part": {"", *PARTS}, "share": SHARE, "seconds": float, "split?": set(SPLITS)}


@dataclass(frozen=True)
class InspectionProgress:
    """How far the process is."""

    state: str  # running, done, failed, stopped, interrupted
    parts: tuple[str, ...]  # all that were asked for
    part: str  # the one at work
    share: float  # of that part
    seconds: float
    sentence: Message | None = None  # why it failed
    split: str = "test"  # the images, one of SPLITS

    def concerns(self, part: str, split: str) -> bool:
        """Tell whether the part was asked for, of these images."""
        return self.split == split and part in self.parts

    @property
    def whole(self) -> float:
        """The share of all that was asked for, in the time that it takes."""
        if self.state == "done" or self.part not in self.parts:
            return float(self.state == "done")
        before = sum(PARTS[part].seconds for part in self.parts[: self.parts.index(self.part)])
        return (before + PARTS[self.part].seconds * self.share) / sum(PARTS[part].seconds for part in self.parts)


Report = Callable[[InspectionProgress], None]


class Stopped(Exception):
    """Somebody asked the process to stop."""


def _control(run: Run, name: str) -> Path:
    return run.path / "control" / name


def progress(run: Run) -> InspectionProgress | None:
    """Return how far the process is, or how the last one ended; None where there never was one."""
    file, before = _control(run, "inspecting.json"), None
    try:
        while True:
            noted, age = _noted(file), time.time() - file.stat().st_mtime
            if noted.state not in ("starting", "running"):
                return noted
            if (noted.state == "starting" and age < STARTING_SECONDS) or is_held(_control(run, "inspecting.lock")):
                return replace(noted, state="running")
            if noted == before:
                return replace(noted, state="interrupted")
            before = noted  # it may have come to its end since this was read: how it ended is noted before the lock is free
    except (OSError, Unreadable, TypeError):
        return None


def _noted(file: Path) -> InspectionProgress:
    """Return what the process has noted last."""
    stored = read_json(file, SHAPE)
    parts, split = tuple(stored["parts"]), stored.get("split", "test")
    return InspectionProgress(stored["state"], parts, stored["part"], stored["share"], stored["seconds"], Message.of(stored), split)


class ProgressFile:
    """Writes down how far the process is, and notices when it is asked to stop."""

    def __init__(self, run: Run, parts: Sequence[str], split: str, report: Report = lambda progress: None) -> None:
        self.run, self.parts, self.split, self.report = run, tuple(parts), split, report
        self.start, self.written = time.monotonic(), -math.inf

    def write(self, state: str, part: str = "", share: float = 0.0, sentence: Message | None = None) -> None:
        """Write a note; of those in the middle of a part, some.

        Raises:
            Stopped: somebody asked for it. RunError: it cannot be written.
        """
        now = time.monotonic()
        if state == "running" and _control(self.run, "stop-inspecting").exists():
            raise Stopped
        if state == "running" and 0 < share < 1 and now - self.written < WRITING_SECONDS:
            return
        self.written = now
        note = InspectionProgress(state, self.parts, part, min(1.0, share), round(now - self.start, 2), sentence, self.split)
        self.report(note)
        try:
            write_beside(
                _control(self.run, "inspecting.json"),
                json.dumps({**asdict(note), **(sentence or say("")).record()}).encode(),
                is_synced=False,
            )
        except OSError as error:
            raise RunError(_unwritable(self.run, error)) from error


def run_parts(
    run: Run,
    parts: Sequence[str] = (),
    split: str = "test",
    *,
    again: bool = False,
    report: Report = lambda progress: None,
    **limits: int,
) -> list[Result]:
    """Compute parts of a run, by default all that are missing, and return them; a part that is stored is read.

    >>> import vae_core
    >>> found, = vae_core.inspect(vae_core.open_run("digits-2d"), ["kl-decomposition"])
    >>> round(found.values["mean_kl"], 1)  # nats
    3.0

    Args:
        parts: of `python -m vae_core inspect --help`.
        split: the images, "test" or "train".
        again: compute again what is already stored.
        report: is called with the progress.
        limits: `max_images` and `max_samples` of InspectedRun.

    Raises:
        RunError: the run is not finished or damaged, another process is at it, or the folder cannot be written.
    """
    parts = _known(parts) or (tuple(PARTS) if again else missing(require_finished(run), split))
    inspected = InspectedRun(require_finished(run), split, **limits)
    check_links(run.path)
    try:
        _control(run, "").mkdir(exist_ok=True)
        with FileLock(_control(run, "inspecting.lock"), timeout=0.5):
            try:
                return _one_by_one(inspected, parts, ProgressFile(run, parts, split, report), again)
            finally:
                _control(run, "stop-inspecting").unlink(missing_ok=True)
    except Timeout as error:
        raise RunError("Another process is inspecting run {run!r}; wait for it, or stop it.", run=run.id) from error
    except OSError as error:
        raise RunError(_unwritable(run, error)) from error


def _one_by_one(inspected: InspectedRun, parts: Sequence[str], file: ProgressFile, again: bool) -> list[Result]:
    """Compute the parts; one that fails does not keep the others from being computed.

    Raises:
        RunError: in one sentence, after all parts, what failed.
    """
    found: list[Result] = []
    failures: list[Message] = []
    part = ""
    for part in parts:
        try:
            file.write("running", part)
            stored = None if again else read_current(inspected.run, part, inspected.split)
            found.append(stored or compute(inspected, part, partial(file.write, "running", part)))
        except Stopped:
            file.write("stopped", part)
            return found
        except (RunError, DataError) as error:
            failures.append(error.message)
        except Exception as error:
            failures.append(say("Computing {part} failed ({kind}): {why}", part=part, kind=type(error).__name__, why=reason(error)))
            traceback.print_exc()
    if failures:
        why = joined(*dict.fromkeys(failures))
        file.write("failed", part, 1.0, why)
        raise RunError(why)
    file.write("done", part, 1.0)
    return found


def _unwritable(run: Run, error: OSError) -> Message:
    why = "The folder of run {run!r} cannot be written ({why}); make it writable, or copy the run to a folder that LATENT_LENS_RUNS names."
    return say(why, run=run.id, why=reason(error))


def _known(parts: Sequence[str]) -> tuple[str, ...]:
    """Return these parts in the order in which they are computed.

    Raises:
        RunError: there is no such part.
    """
    parts = [FORMER_KEYS.get(part, part) for part in parts]
    for part in parts:
        if part not in PARTS:
            raise RunError("There is no part {part!r}; choose among {parts}.", part=part, parts=", ".join(PARTS))
    return tuple(part for part in PARTS if part in parts)


def start(run: Run, parts: Sequence[str] = (), split: str = "test") -> subprocess.Popen[bytes] | None:
    """Start a process that computes parts of a run, by default all that are missing, on all cores but one.

    Poll what is returned, so that it leaves no zombie. None where a process is at it already, or nothing is missing.

    Raises:
        RunError: the run is not finished, or its folder cannot be written.
    """
    parts = _known(parts) or missing(require_finished(run), split)
    now = progress(run)
    if not parts or (now is not None and now.state == "running"):
        return None
    check_links(run.path)
    threads = str(max(1, (os.cpu_count() or 2) - 1))
    command = ["inspect", str(run.path.resolve()), *parts, "--split", split, "--threads", threads]
    try:
        _control(run, "").mkdir(exist_ok=True)
        _control(run, "stop-inspecting").unlink(missing_ok=True)
        ProgressFile(run, parts, split).write("starting", parts[0])
        with open(_control(run, "inspecting.log"), "wb") as log:
            return children.start(log, *command, OMP_NUM_THREADS=threads, OPENBLAS_NUM_THREADS=threads)
    except OSError as error:
        raise RunError(_unwritable(run, error)) from error


def stop(run: Run) -> None:
    """Ask the process to stop; parts that are done stay. Where none is at work, the next one would take the request for its own."""
    now = progress(run)
    if now is None or now.state != "running":
        return
    with suppress(OSError):
        write_beside(_control(run, "stop-inspecting"), b"", is_synced=False)
