"""The files of a run directory.

    config.json  history.csv  split.npz  snapshots/NNNN.npz  model.safetensors  latents.npz  epochs.npz  mosaic.png  map.png
    status.json  summary.json (its presence means finished; it carries the SHA-256 of every other file)  evaluations/  resume/  lock
    selections.json (sets of images that somebody chose; it is not sealed)

Every file is written beside and renamed; history.csv is appended to and a last line without a newline is ignored.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from vae_core import place
from vae_core.messages import Message, reason, say
from vae_core.runs.errors import RunError
from vae_core.storage.files import is_held
from vae_core.storage.reading import UPDATE, Newer, Unreadable

LAST = ("epochs.npz", "latents.npz", "model.safetensors", "mosaic.png", "map.png")  # what is written when all steps are taken
LISTED = ("config.json", "history.csv", "split.npz", *LAST, "status.json")
WRITTEN = ("snapshots", "evaluations", "resume", "control", "history.csv", "lock")  # what is written through, not beside and renamed
STATES = ("queued", "running", "paused", "done", "failed", "diverged", "interrupted")
COLUMNS = (
    "step", "epoch", "split", "loss", "negative_elbo", "reconstruction", "kl", "kl_weight", "active_units", "seconds",
)  # fmt: skip
HEADER = (",".join(COLUMNS) + "\n").encode()
MISSING = "{file} is missing from run {run!r}; {remedy}"
UNUSABLE = "{file} of run {run!r} cannot be used ({why}); {remedy}"
MISSHAPEN = "{file} of run {run!r} has the wrong shape; train the run again."
UNFINISHED = say("the run is not finished yet.")
RESTORE = say("restore it or train the run again.")
T = TypeVar("T")


def default_root() -> Path:
    """Return the folder of runs: the environment variable LATENT_LENS_RUNS, else that of the place where the project lies."""
    given = os.environ.get("LATENT_LENS_RUNS")
    return Path(os.path.expanduser(given)).resolve() if given else place.runs()


def folders(root: Path) -> list[str]:
    """Return the names of the folders that may be runs, in order.

    Raises:
        RunError: the folder cannot be looked into.
    """
    try:
        with os.scandir(root) as entries:
            return sorted(entry.name for entry in entries if not entry.name.startswith((".", "_")) and entry.is_dir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError("The folder {folder} cannot be read ({why}); make it readable.", folder=root.name, why=reason(error)) from error


def is_alive(path: Path) -> bool:
    """Tell whether a trainer holds the run's lock: the truth of liveness, not a timestamp."""
    return is_held(path / "lock")


def check_links(path: Path) -> None:
    """Raise RunError where something that is written through is a link, so that the writing would happen in another place."""
    for name in WRITTEN:
        if os.path.islink(path / name):
            raise RunError("{file} of run {run!r} is a link to another place; replace it with what it points to.", file=name, run=path.name)


def guarded(path: Path, name: str, read: Callable[[Path], T], remedy: Message = RESTORE) -> T:
    """Return what a reader makes of a file in a run's folder.

    Raises:
        RunError: the file is missing, or it is not what it should be.
    """
    try:
        return read(path / name)
    except FileNotFoundError as error:
        raise RunError(MISSING, file=name, run=path.name, remedy=remedy) from error
    except Unreadable as error:
        remedy = UPDATE if isinstance(error, Newer) else remedy
        raise RunError(UNUSABLE, file=name, run=path.name, why=reason(error), remedy=remedy) from error
    except OSError as error:
        raise RunError(UNUSABLE, file=name, run=path.name, why=reason(error), remedy=remedy) from error
