"""The bytes of the story: networks, arrays and facts of steps in packets, for the page and for the file to share. No page here."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.components.packet import pack
from dashboard.components.run_packets import pixel_noise, pixel_support
from dashboard.i18n.texts import listed, t
from vae_core import place
from vae_core.model.weights import halved, part_of
from vae_core.runs.errors import RunError
from vae_core.runs.listing import open_run
from vae_core.runs.run import Run
from vae_core.storage.reading import Unreadable, read_json, read_npz
from vae_core.storage.shapes import ANY
from vae_core.story import recipes
from vae_core.story.build import LONG, RUNS, SHORT

FOLDER = recipes.root()
KINDS = ("uint8", "int32", "float32")  # of arrays that the browser reads


def facts(folder: Path) -> dict[str, Any]:
    """Return each step's numbers and how they were made.

    Raises:
        RunError: the file is missing or damaged.
    """
    try:
        return read_json(folder / "facts.json", {})
    except (OSError, Unreadable) as error:
        raise RunError(t("story.unreadable", file="facts.json", command=place.COMMAND)) from error


def arrays(folder: Path) -> dict[str, NDArray[Any]]:
    """Return every array of every step as "<step>/<array>".

    Raises:
        RunError: a file is damaged, or an array has a type that the browser does not read.
    """
    found: dict[str, NDArray[Any]] = {}
    for path in sorted(folder.glob("*.npz")):
        try:
            found |= {f"{path.stem}/{name}": array for name, array in read_npz(path, ANY).items()}
        except (OSError, Unreadable) as error:
            raise RunError(t("story.unreadable", file=path.name, command=place.COMMAND)) from error
    for name, array in found.items():
        if array.dtype.name not in KINDS:
            raise RunError(t("story.odd_array", name=name, type=array.dtype.name, known=listed(KINDS)))
    return found


def entry(run: Run) -> dict[str, Any]:
    """Return what the header tells of a run, small and JSON-ready."""
    model = run.config.model
    return {
        "name": run.name,
        "latent_size": model.latent_size,
        "event_shape": run.dataset["event_shape"],
        "divisor": run.dataset["divisor"],
        "dataset": run.config.data.dataset,
        "pixels": run.config.data.pixels,
        "likelihood": model.likelihood,
        "support": pixel_support(run),
        "sigma": pixel_noise(run),
        "beta": run.config.objective.beta if run.has_kl else None,
        "test": run.summary["test"],
        "usual": run.summary.get("usual", {}),
    }


def _network(run: Run, part: str) -> bytes:
    """Return a network's weights, each rounded to half of its bytes."""
    try:
        return halved(part_of(run.weights(), is_encoder=part == "encoder"))
    except (ValueError, KeyError, struct.error) as error:
        raise RunError(t("story.unreadable", file=f"{run.id}/model.safetensors", command=place.COMMAND)) from error


def build(folder: Path | None = None, order: Iterable[str] = LONG) -> list[tuple[str, bytes]]:
    """Return packets, each with its key, which changes when its bytes do: that of the short route, on which every step may build, and
    one of what these steps need beyond it.

    Raises:
        RunError: something is missing or damaged.
    """
    folder = folder or FOLDER
    more = [step for step in order if step not in SHORT]
    known = _networks(SHORT)
    packets = [_packet(folder, SHORT, known)]
    return [*packets, _packet(folder, more, _networks(more) - known)] if more else packets


def _networks(steps: Iterable[str]) -> set[tuple[str, str]]:
    return {(run, part) for step in steps for run, parts in RUNS[step].items() for part in parts}


def _packet(folder: Path, steps: Sequence[str], networks: set[tuple[str, str]]) -> tuple[str, bytes]:
    wanted = sorted(networks)
    opened = {run: open_run(recipes.place_of(run, folder)) for run, _ in wanted}
    blobs = {f"run/{run}/{part}": _network(opened[run], part) for run, part in wanted}
    found = {name: array for name, array in arrays(folder).items() if name.split("/")[0] in steps}
    blobs |= {name: np.ascontiguousarray(array).tobytes() for name, array in found.items()}
    small: dict[str, Any] = {
        "facts": {step: known for step, known in facts(folder).items() if step in steps},
        "arrays": {name: {"dtype": array.dtype.name, "shape": array.shape} for name, array in found.items()},
        "runs": {run.id: entry(run) for run in opened.values()},
    }
    digest = hashlib.sha256(json.dumps(small).encode())
    for blob in blobs.values():
        digest.update(blob)
    key = f"story/{digest.hexdigest()[:12]}"
    return key, pack(key, blobs, **small)
