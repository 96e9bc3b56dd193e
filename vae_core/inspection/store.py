"""Inspect: what is computed of a finished run on demand, once, in a process of its own, and how it is stored, watched and read.

    <run>/evaluations/<part>-<weights>.json, .npz   what one part found; <weights> are 16 letters of the SHA-256 of model.safetensors
    <run>/control/inspecting.lock                   held by the process for life      inspecting.json  how far it is
    <run>/control/stop-inspecting                   a wish that it stop

Reading needs no torch.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from vae_core import children
from vae_core.data import dataset as datasets
from vae_core.data.dataset import DataError
from vae_core.evaluation import posterior_grid as fields_module
from vae_core.evaluation.posterior_grid import Field
from vae_core.files import is_held, write_beside, write_json, write_npz
from vae_core.inspection import stored
from vae_core.inspection.parts import PARTS
from vae_core.inspection.subject import SEED, SPLITS, Cannot, Findings, Subject, finished
from vae_core.reading import Unreadable, read_json, read_npz
from vae_core.runs.run import Run, RunError, check_links, guarded
from vae_core.shapes import ANY, SHARE, Dims

__all__ = ["PARTS", "SPLITS", "Progress", "Result", "compute", "field_of", "fields", "missing", "progress", "read", "start", "stop", "work"]

FORMAT = 3  # of a stored part; another one is computed anew
STARTING_SECONDS = 60.0  # within which a process that was started takes its lock
SAY_SECONDS = 0.2  # between two notes of progress
COSTS = {"nats": 2, "rate-distortion": 3, "holes": 6, "outliers": 5, "bounds": 150, "gap": 60}  # seconds of a CPU core on MNIST, about


# --------------------------------------------------------------------------- results


@dataclass(frozen=True)
class Result:
    """What one part found of a run, as it was stored."""

    part: str
    protocol: dict[str, Any]
    values: dict[str, Any]
    cannot: list[dict[str, str]]  # what, reason, sentence
    file: Path
    split: str = "test"  # the images that were asked about, one of SPLITS; the protocol names them as they are
    data_mark: str = ""  # what of the data was at hand, where something was lacking; see datasets.mark
    dims: Dims = ANY  # what the arrays must be

    @cached_property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays, read at first use.

        Raises:
            RunError: the file is damaged.
        """
        run = self.file.parent.parent
        return guarded(run, f"evaluations/{self.file.name}", lambda file: read_npz(file, self.dims), "compute this part again.")


def _file(run: Run, part: str, split: str) -> Path:
    marks = (part, run.weights_sha256[:16], *(() if split == "test" else (split,)))
    return run.path / "evaluations" / ("-".join(marks) + ".json")


def read(run: Run, part: str, split: str = "test") -> Result | None:
    """Return what was found of a run's test or train images, or None where nothing was computed for these weights."""
    file, d = _file(run, part, split), run.config.model.latent_size
    shape = {"format": range(FORMAT, FORMAT + 1), "protocol": stored.PROTOCOL, "cannot": stored.CANNOT, "values": stored.values(part, d)}
    try:
        kept = read_json(file, {**shape, "data_mark?": str})
    except (OSError, Unreadable):
        return None
    dims, arrays = stored.dims(part, kept["values"], d), file.with_suffix(".npz")
    return Result(part, kept["protocol"], kept["values"], kept["cannot"], arrays, split, kept.get("data_mark", ""), dims)


def missing(run: Run, split: str = "test") -> tuple[str, ...]:
    """Return the parts that were not computed yet, or that lacked the images while something else than now was at hand."""
    return tuple(part for part in PARTS if _kept(run, part, split) is None)


def _kept(run: Run, part: str, split: str) -> Result | None:
    """Return what is stored, unless more can be had now."""
    result = read(run, part, split)
    if result is None or not _lacks_images(result.cannot):
        return result
    return result if result.data_mark == datasets.mark(run.config.data.dataset) else None


def _lacks_images(cannot: Sequence[Mapping[str, str]]) -> bool:
    """Tell whether something was refused for want of the images, which may come."""
    return any(entry["reason"] in ("no-data", "other-data") for entry in cannot)


def fields(result: Result) -> list[Field]:
    """Return the fields that part "gap" stored, in the order of its examples."""
    found = []
    for i in range(len(result.values.get("examples", ()))):
        mark = f"field_{i}_"
        own = {key[len(mark) :]: value for key, value in result.arrays.items() if key.startswith(mark)}
        try:
            found.append(fields_module.from_arrays(own))
        except (KeyError, ValueError, IndexError) as error:
            raise RunError(f"{result.file.name} is damaged; compute this part again.") from error
    return found


def field_of(run: Run, row: int) -> Field:
    """Compute the field of any row of the dataset; imports torch, about half a second.

    Raises:
        RunError: it cannot be given, in a sentence: data not at hand, no such row, too many dimensions, an autoencoder.
    """
    subject = Subject(finished(run))
    try:
        subject.need_kl()
        subject.need_dimensions(2, "so its posterior cannot be drawn on a grid")
        if not 0 <= row < len(subject.dataset.values):
            raise RunError(f"There is no row {row}; {run.dataset['name']} has rows 0 to {len(subject.dataset.values) - 1}.")
        return fields_module.field(subject.model, subject.images(np.array([row]))[0])
    except Cannot as error:
        raise RunError(error.sentence) from error


# --------------------------------------------------------------------------- computing


def compute(subject: Subject, part: str, progress: Callable[[float], None] = lambda share: None) -> Result:
    """Compute one part of a run, store it and return it.

    Raises:
        RunError: the run is not finished or damaged, or the result cannot be stored.
    """
    run = finished(subject.run)
    start, data_mark = time.perf_counter(), datasets.mark(run.config.data.dataset)
    try:
        found = PARTS[part](subject, progress)
    except Cannot as error:
        found = Findings({}, cannot=[error])
    protocol = {
        "split": found.split or subject.split_name,
        "n": found.n,
        "of": found.n if found.split else subject.count,
        "samples": found.samples,
        "seed": SEED,
        "estimator": found.estimator,
        "pixels": run.config.data.pixels,
        "likelihood": run.config.model.likelihood,
        "seconds": round(time.perf_counter() - start, 3),
        "weights": run.weights_sha256,
        "dataset": run.dataset["sha256"],
    }
    values, cannot = plain(found.values), [error.record(part) for error in found.cannot]
    file, lacked = _file(run, part, subject.split), {"data_mark": data_mark} if _lacks_images(cannot) else {}
    check_links(run.path)
    try:
        file.parent.mkdir(exist_ok=True)
        write_npz(file.with_suffix(".npz"), **found.arrays)
        write_json(file, {"format": FORMAT, "part": part, "protocol": protocol, "values": values, "cannot": cannot, **lacked})
    except OSError as error:
        raise RunError(f"The result cannot be stored in run {run.id!r} ({error.strerror}); make its folder writable.") from error
    return Result(part, protocol, values, cannot, file.with_suffix(".npz"), subject.split, lacked.get("data_mark", ""))


def plain(value: Any) -> Any:
    """Return a value as JSON has it: what is not a finite number is None."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


# --------------------------------------------------------------------------- how far it is


@dataclass(frozen=True)
class Progress:
    """How far the process is."""

    state: str  # running, done, failed, stopped, interrupted
    parts: tuple[str, ...]  # all that were asked for
    part: str  # the one at work
    share: float  # of that part
    seconds: float
    sentence: str = ""  # why it failed

    @property
    def whole(self) -> float:
        """The share of all that was asked for, in the time that it takes."""
        if self.state == "done" or self.part not in self.parts:
            return float(self.state == "done")
        before = sum(COSTS[part] for part in self.parts[: self.parts.index(self.part)])
        return (before + COSTS[self.part] * self.share) / sum(COSTS[part] for part in self.parts)


class Stopped(Exception):
    """Somebody asked the process to stop."""


def _control(run: Run, name: str) -> Path:
    return run.path / "control" / name


def progress(run: Run) -> Progress | None:
    """Return how far the process is, or how the last one ended; None where there never was one."""
    file = _control(run, "inspecting.json")
    try:
        told = read_json(file, {"state": stored.STATES, "parts": [set(PARTS)], "part": {"", *PARTS}, "share": SHARE, "seconds": float})
        age = time.time() - file.stat().st_mtime
        state = told.pop("state")
        is_starting = state == "starting" and age < STARTING_SECONDS
        if state in ("starting", "running"):
            state = "running" if is_starting or is_held(_control(run, "inspecting.lock")) else "interrupted"
        return Progress(state, **{**told, "parts": tuple(told["parts"])})
    except (OSError, Unreadable, TypeError):
        return None


class Note:
    """Writes down how far the process is, and notices the wish to stop."""

    def __init__(self, run: Run, parts: Sequence[str], tell: Callable[[Progress], None] = lambda progress: None) -> None:
        self.run, self.parts, self.tell = run, tuple(parts), tell
        self.start, self.said = time.monotonic(), -math.inf

    def __call__(self, state: str, part: str = "", share: float = 0.0, sentence: str = "") -> None:
        """Write one note; of those in the middle of a part, some.

        Raises:
            Stopped: somebody asked for it. RunError: it cannot be written.
        """
        now = time.monotonic()
        if state == "running" and _control(self.run, "stop-inspecting").exists():
            raise Stopped
        if state == "running" and 0 < share < 1 and now - self.said < SAY_SECONDS:
            return
        self.said = now
        note = Progress(state, self.parts, part, min(1.0, share), round(now - self.start, 2), sentence)
        self.tell(note)
        try:
            write_beside(_control(self.run, "inspecting.json"), json.dumps(asdict(note)).encode(), is_synced=False)
        except OSError as error:
            raise RunError(_unwritable(self.run, error)) from error


def work(
    run: Run,
    parts: Sequence[str] = (),
    split: str = "test",
    *,
    again: bool = False,
    tell: Callable[[Progress], None] = lambda progress: None,
    **limits: int,
) -> list[Result]:
    """Compute parts of a run, by default all that are missing, and return them; a part that is stored is read.

    Args:
        again: compute what is stored, too.
        tell: is told how far it is.
        limits: `most_images` and `most_samples` of Subject.

    Raises:
        RunError: the run is not finished or damaged, another process is at it, or the folder cannot be written.
    """
    parts = _known(parts) or (tuple(PARTS) if again else missing(finished(run), split))
    subject = Subject(finished(run), split, **limits)
    check_links(run.path)
    try:
        _control(run, "").mkdir(exist_ok=True)
        with FileLock(_control(run, "inspecting.lock"), timeout=0.5):
            try:
                return _one_by_one(subject, parts, Note(run, parts, tell), again)
            finally:
                _control(run, "stop-inspecting").unlink(missing_ok=True)
    except Timeout as error:
        raise RunError(f"Another process is inspecting run {run.id!r}; wait for it, or stop it.") from error
    except OSError as error:
        raise RunError(_unwritable(run, error)) from error


def _one_by_one(subject: Subject, parts: Sequence[str], note: Note, again: bool) -> list[Result]:
    """Compute the parts; one that fails does not keep the others from being computed.

    Raises:
        RunError: in one sentence, after all parts, what failed.
    """
    found, failures, part = [], [], ""
    for part in parts:
        try:
            note("running", part)
            kept = None if again else _kept(subject.run, part, subject.split)
            found.append(kept or compute(subject, part, partial(note, "running", part)))
        except Stopped:
            note("stopped", part)
            return found
        except (RunError, DataError) as error:
            failures.append(str(error))
        except Exception as error:
            failures.append(f"Computing {part} failed ({type(error).__name__}): {' '.join(str(error).split())}")
            traceback.print_exc()
    if failures:
        note("failed", part, 1.0, " ".join(dict.fromkeys(failures)))
        raise RunError(" ".join(dict.fromkeys(failures)))
    note("done", part, 1.0)
    return found


def _unwritable(run: Run, error: OSError) -> str:
    return f"The folder of run {run.id!r} cannot be written ({error.strerror}); make it writable."


def _known(parts: Sequence[str]) -> tuple[str, ...]:
    for part in parts:
        if part not in PARTS:
            raise RunError(f"There is no part {part!r}; choose among {', '.join(PARTS)}.")
    return tuple(part for part in PARTS if part in parts)


def start(run: Run, parts: Sequence[str] = (), split: str = "test") -> subprocess.Popen[bytes] | None:
    """Start a process that computes parts of a run, by default all that are missing, on all cores but one.

    Poll what is returned, so that it leaves no zombie. None where a process is at it already, or nothing is missing.

    Raises:
        RunError: the run is not finished, or its folder cannot be written.
    """
    parts = _known(parts) or missing(finished(run), split)
    now = progress(run)
    if not parts or (now is not None and now.state == "running"):
        return None
    check_links(run.path)
    threads = str(max(1, (os.cpu_count() or 2) - 1))
    words = ["inspect", str(run.path.resolve()), *parts, "--split", split, "--threads", threads]
    try:
        _control(run, "").mkdir(exist_ok=True)
        _control(run, "stop-inspecting").unlink(missing_ok=True)
        Note(run, parts)("starting", parts[0])
        with open(_control(run, "inspecting.log"), "wb") as log:
            return children.start(log, *words, OMP_NUM_THREADS=threads, OPENBLAS_NUM_THREADS=threads)
    except OSError as error:
        raise RunError(_unwritable(run, error)) from error


def stop(run: Run) -> None:
    """Ask the process to stop; parts that are done stay."""
    with suppress(OSError):
        write_beside(_control(run, "stop-inspecting"), b"", is_synced=False)
