"""What was computed of a finished run for the page Inspect, and how it is stored and read. Reading needs no torch.

<run>/evaluations/<part>-<weights>.json, .npz   what one part found; <weights> are 16 letters of the SHA-256 of model.safetensors
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from vae_core.data import sources
from vae_core.inspection.parts.registry import PARTS
from vae_core.inspection.result import Result
from vae_core.inspection.subject import SEED, Findings, InspectedRun, Unavailable, require_finished
from vae_core.messages import reason
from vae_core.runs.errors import RunError
from vae_core.runs.layout import check_links
from vae_core.runs.listing import SETTLED
from vae_core.runs.run import Run
from vae_core.storage.files import write_json, write_npz
from vae_core.storage.reading import Unreadable, check_npz, read_json
from vae_core.storage.shapes import COUNT, HASH, Dims

MOST_KEPT = 24  # results that are kept in memory, all of two runs, with their arrays once they were asked for
Mark = tuple[int, int, int, int]
FORMAT = 3  # of all stored parts; another one is computed anew, as is one of another `Part.version`
PROTOCOL = {
    "split": {"test", "train"}, "n": COUNT, "of": COUNT, "samples": (COUNT, None), "seed": COUNT, "estimator": str, "pixels": str,
    "likelihood": str, "seconds": float, "weights": HASH, "dataset": str,
}  # fmt: skip
STORED = {
    "format": range(FORMAT, FORMAT + 1), "version?": COUNT, "protocol": PROTOCOL, "cannot": [{"what": str, "reason": str, "sentence": str}],
    "data_mark?": str,
}  # fmt: skip


def _file(run: Run, part: str, split: str) -> Path:
    marks = (part, run.weights_sha256[:16], *(() if split == "test" else (split,)))
    return run.path / "evaluations" / ("-".join(marks) + ".json")


def _marks(file: Path) -> Mark:
    """Return time, size, time of the entry and inode of a file; zeros where there is none."""
    try:
        found = os.stat(file)
    except OSError:
        return 0, 0, 0, 0
    return found.st_mtime_ns, found.st_size, found.st_ctime_ns, found.st_ino


def read(run: Run, part: str, split: str = "test") -> Result | None:
    """Return what was found of a run's test or train images, not to be changed; None where nothing was computed for these weights.

    What is stored in another shape, or was computed in another way, as by an earlier version, counts as not computed.
    """
    file, d = _file(run, part, split), run.config.model.latent_size
    marks = _marks(file), _marks(file.with_suffix(".npz"))
    is_settled = max(changed for _, _, changed, _ in marks) < time.time_ns() - SETTLED
    return (_read if is_settled else _read.__wrapped__)(file, part, split, d, marks)


@lru_cache(maxsize=MOST_KEPT)
def _read(file: Path, part: str, split: str, d: int, marks: tuple[Mark, Mark]) -> Result | None:
    """Do so; pages ask for every part with every click, so what was read is kept until its files change, which `marks` do with them."""
    nothing, arrays = {"*": set[str]()}, file.with_suffix(".npz")  # what a part that can give nothing has stored
    try:
        stored = read_json(file, {**STORED, "values": (PARTS[part].value_shapes(d), nothing)})
        values = stored["values"]
        if stored.get("version", 1) != PARTS[part].version:
            return None
        dims = Dims({**(PARTS[part].array_shapes(values, d) if values else {}), "*": "biuf ..."})
        check_npz(arrays, dims)
    except (OSError, Unreadable):
        return None
    return Result(part, stored["protocol"], values, stored["cannot"], arrays, split, stored.get("data_mark", ""), dims)


def read_current(run: Run, part: str, split: str = "test") -> Result | None:
    """Return what is stored, or None where nothing is or where more could be had now, since the images have come."""
    result = read(run, part, split)
    if result is None or not _lacks_images(result.unavailable):
        return result
    return result if result.data_mark == sources.fingerprint(run.config.data.dataset) else None


def missing(run: Run, split: str = "test") -> tuple[str, ...]:
    """Return the parts that were not computed yet, or that lacked the images while something else than now was at hand."""
    return tuple(part for part in PARTS if read_current(run, part, split) is None)


def _lacks_images(unavailable: Sequence[Mapping[str, str]]) -> bool:
    """Tell whether something was refused for want of the images, which may come."""
    return any(entry["reason"] in ("no-data", "other-data") for entry in unavailable)


def compute(inspected: InspectedRun, part: str, progress: Callable[[float], None] = lambda share: None) -> Result:
    """Compute one part of a run, store it and return it.

    Raises:
        RunError: the run is not finished or damaged, or the result cannot be stored.
    """
    run = require_finished(inspected.run)
    start, data_mark = time.perf_counter(), sources.fingerprint(run.config.data.dataset)
    try:
        found = PARTS[part].compute(inspected, progress)
    except Unavailable as error:
        found = Findings({}, unavailable=[error])
    protocol = _protocol(inspected, found, time.perf_counter() - start)
    values, unavailable = to_json(found.values), [error.record(part) for error in found.unavailable]
    file, lacked = _file(run, part, inspected.split), {"data_mark": data_mark} if _lacks_images(unavailable) else {}
    check_links(run.path)
    try:
        file.parent.mkdir(exist_ok=True)
        write_npz(file.with_suffix(".npz"), **found.arrays)
        record = {"format": FORMAT, "version": PARTS[part].version, "part": part, "protocol": protocol, "values": values}
        write_json(file, {**record, "cannot": unavailable, **lacked})
    except OSError as error:
        raise RunError(
            "The result cannot be stored in run {run!r} ({why}); make its folder writable.", run=run.id, why=reason(error)
        ) from error
    return Result(part, protocol, values, unavailable, file.with_suffix(".npz"), inspected.split, lacked.get("data_mark", ""))


def _protocol(inspected: InspectedRun, found: Findings, seconds: float) -> dict[str, Any]:
    """Return how the numbers came about."""
    run = inspected.run
    return {
        "split": found.split or inspected.split_name,
        "n": found.n,
        "of": found.n if found.split else inspected.count,
        "samples": found.samples,
        "seed": SEED,
        "estimator": found.estimator,
        "pixels": run.config.data.pixels,
        "likelihood": run.config.model.likelihood,
        "seconds": round(seconds, 3),
        "weights": run.weights_sha256,
        "dataset": run.dataset["sha256"],
    }


def to_json(value: Any) -> Any:
    """Return a value as JSON has it: what is not a finite number is None."""
    if isinstance(value, dict):
        return {key: to_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(one) for one in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value
