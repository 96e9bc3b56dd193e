"""Runs of a folder: one is opened by its id, all are listed.

A page lists them with every click, so what was read is kept until the files of a run change.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vae_core.config import FORMAT, PIXELS, ConfigError, from_dict
from vae_core.messages import Message, reason, say
from vae_core.registries import has_normal_prior, is_deterministic
from vae_core.runs.errors import RunError
from vae_core.runs.layout import RESTORE, STATES, default_root, folders, guarded, is_alive
from vae_core.runs.run import Run
from vae_core.runs.sealing import changed
from vae_core.storage import shapes
from vae_core.storage.reading import MAX_PIXELS, read_json

SETTLED = 2_000_000_000  # nanoseconds: what was changed a moment ago may change once more within one tick of the disk's clock
ROOTS = 4  # folders of runs whose content is kept
BESIDE = ("format", "versions", "dataset")  # the settings in config.json
LETTERS = 300  # of a sentence that repeats what somebody wrote
Marks = tuple[tuple[int, int, int, int], ...]
MARKED = ("config.json", "label.json", "summary.json", "status.json", "history.csv", "model.safetensors", "order.json", "")


@dataclass(frozen=True)
class BrokenRun:
    """A folder among the runs that cannot be read, and why."""

    id: str
    sentence: Message


def open_run(path: Path | str) -> Run:
    """Read a run, finished or not: its directory, or the id of one in the folder of runs.

    >>> import vae_core
    >>> run = vae_core.open_run("digits-2d")
    >>> run.name, run.state
    ('Digits 8x8, two knobs', 'done')

    Raises:
        RunError: it is no run, is damaged, or was written by a newer version.
    """
    if isinstance(path, str) and os.path.basename(path) == path and not os.path.lexists(path):
        return load_run(default_root(), path)
    path = Path(path)
    marks, record = _marks_of(path), _read_record(path)
    dataset: Any = record.get("dataset")
    try:
        config = from_dict({key: value for key, value in record.items() if key not in BESIDE})
    except (ConfigError, TypeError) as error:
        why = reason(error)
        why_short = why if len(why) <= LETTERS else why[:LETTERS]
        raise RunError("config.json of run {run!r} cannot be used: {why}", run=path.name, why=why_short) from error
    if shapes.misfit(dataset, shapes.DATASET) or math.prod(dataset["event_shape"]) > MAX_PIXELS:
        raise RunError("config.json of run {run!r} does not describe its dataset; {remedy}", run=path.name, remedy=RESTORE)
    if label := _optional(path, "label.json", shapes.LABEL):
        config = replace(config, name=label["name"])
    asked = {"has_kl": not is_deterministic(config), "has_normal_prior": has_normal_prior(config)}
    shape = shapes.summary(config.model.latent_size, set(PIXELS), **asked)
    summary = _summary(path, shape)  # before the status, which is written first: no summary comes with an older one
    status = _optional(path, "status.json", shapes.STATUS | {"state": set(STATES)}) or {"state": "queued", "sentence": ""}
    return _with_liveness(Run(path, config, dataset, status["state"], Message.of(status), summary, _version(marks)))


def load_run(root: Path, run_id: str) -> Run:
    """Return one run of a folder by its id.

    Raises:
        RunError: there is no such run (the id must be a plain folder name), or it is damaged.
    """
    there = folders(root)
    if run_id not in there:
        known = ", ".join(name for name in there if os.path.isfile(root / name / "config.json"))
        if not known:
            raise RunError("There is no run {run!r} in {folder}; the runs there are: none.", run=run_id, folder=root.name)
        raise RunError("There is no run {run!r} in {folder}; the runs there are: {runs}.", run=run_id, folder=root.name, runs=known)
    return open_run(root / run_id)


_known: dict[Path, dict[str, tuple[Marks, Run | BrokenRun]]] = {}


def list_runs(root: Path | str | None = None) -> tuple[list[Run], list[BrokenRun]]:
    """Return the readable runs of a folder, by id, and those that cannot be read with the reason; only what has changed is read.

    >>> import vae_core
    >>> runs, broken = vae_core.list_runs()
    >>> [run.id for run in runs], broken
    (['digits-2d', 'stopped'], [])

    Args:
        root: the folder, by default that of the environment variable LATENT_LENS_RUNS, else `checkpoints` of the checkout, else,
            where the project is installed, a folder of this user's with the shipped runs in it.

    Raises:
        RunError: the folder cannot be looked into.
    """
    root = default_root() if root is None else Path(root)
    before, now, listed = _known.get(root, {}), time.time_ns(), []
    settled: dict[str, tuple[Marks, Run | BrokenRun]] = {}
    for name in folders(root):
        marks = _marks_of(root / name)
        is_known = name in before and before[name][0] == marks
        run = _today(before[name][1]) if is_known else _opened(root / name)
        listed.append(run)
        if max(changed for _, _, changed, _ in marks) < now - SETTLED:
            settled[name] = marks, run
    _known.pop(root, None)
    _known[root] = settled
    for oldest in list(_known)[:-ROOTS]:
        _known.pop(oldest, None)
    return [run for run in listed if isinstance(run, Run)], [run for run in listed if isinstance(run, BrokenRun)]


def _opened(path: Path) -> Run | BrokenRun:
    """Return a run, or why it cannot be read."""
    if not path.name.isascii() and path.name != path.name.encode(errors="replace").decode():
        shown = path.name.encode(errors="backslashreplace").decode()
        return BrokenRun(shown, say("The name of the folder {folder!r} cannot be shown; rename the folder.", folder=shown))
    try:
        return open_run(path)
    except RunError as error:
        return BrokenRun(path.name, error.message)


def _today(run: Run | BrokenRun) -> Run | BrokenRun:
    """Return a run that was read before; only its lock says whether somebody trains it."""
    return _with_liveness(run) if isinstance(run, Run) and run.state == "running" else run


def _with_liveness(run: Run) -> Run:
    """Return the run, as interrupted where its status says that it runs, or is done and not sealed yet, and nobody trains it."""
    is_sealing = run.state == "done" and not run.summary
    if run.state != "running" and not is_sealing:
        return run
    if is_alive(run.path):
        return replace(run, state="running", sentence=say("Training.")) if is_sealing else run
    if _version(_marks_of(run.path)) != run.version:  # it came to its end after we had read how far it was
        return open_run(run.path)
    return replace(run, state="interrupted", sentence=say("The trainer stopped before the run was finished."))


def _optional(path: Path, name: str, shape: Mapping[str, Any]) -> dict[str, Any]:
    """Return a JSON file of a run, or nothing where there is none."""
    return guarded(path, name, lambda file: read_json(file, shape)) if os.path.lexists(path / name) else {}


def _summary(path: Path, shape: Mapping[str, Any]) -> dict[str, Any]:
    """Return summary.json; where it does not fit the settings, and they are not those of the training, they are named and not it."""
    try:
        return _optional(path, "summary.json", shape)
    except RunError as error:
        raise next((RunError(problem) for problem in changed(path, {"config.json"})), error) from error


def _read_record(path: Path) -> dict[str, Any]:
    """Return config.json, or for a run that waits for its first step the settings in its order."""
    if os.path.lexists(path / "config.json") or not os.path.lexists(path / "order.json"):
        return guarded(path, "config.json", lambda file: read_json(file, {}, known=FORMAT))
    settings = guarded(path, "order.json", lambda file: read_json(file, shapes.ORDER))["config"]
    name = settings.get("data", {}).get("dataset", "")
    counts = {"n_train": 0, "n_validation": 0, "n_test": 0, "sha256": "0" * 64}
    return {**settings, "dataset": {"name": name, "event_shape": [], "divisor": 1, "class_names": [], **counts}}


def _marks_of(path: Path) -> Marks:
    """Return times, sizes and inodes of the files that describe a run, and of its folder; zeros for what is not there."""
    found = []
    for name in MARKED:
        try:
            file = os.stat(f"{path}/{name}")
            found.append((file.st_mtime_ns, file.st_size, file.st_ctime_ns, file.st_ino))
        except (OSError, ValueError):
            found.append((0, 0, 0, 0))
    return tuple(found)


def _version(marks: Marks) -> str:
    return "/".join(f"{changed}-{size}" for changed, size, *_ in marks[: MARKED.index("order.json")])
