"""The run directory: its layout, reading and listing runs; writer.py writes them.

    config.json  history.csv  split.npz  snapshots/NNNN.npz  model.safetensors  latents.npz  epochs.npz  mosaic.png  map.png
    status.json  summary.json (its presence means finished; it carries the SHA-256 of every other file)  evaluations/  resume/  lock

Every file is written beside and renamed; history.csv is appended to and a last line without a newline is ignored.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from vae_core.config import FORMAT, PIXELS, ConfigError, RunConfig, from_dict
from vae_core.data import sources
from vae_core.data.dataset import Dataset
from vae_core.data.errors import DataError
from vae_core.data.image_files import is_own
from vae_core.latent.latents import Latents
from vae_core.runs import contents
from vae_core.storage import shapes
from vae_core.storage.files import is_held, sha256, write_npz
from vae_core.storage.reading import MOST_PIXELS, Unreadable, read_json, read_npz, read_png, read_weights

if TYPE_CHECKING:
    from vae_core.model.vae import VAE

LISTED = (
    "config.json", "history.csv", "split.npz", "epochs.npz", "latents.npz", "model.safetensors", "mosaic.png", "map.png", "status.json",
)  # fmt: skip
WRITTEN = ("snapshots", "evaluations", "resume", "control", "history.csv", "lock")  # what is written through, not beside and renamed
STATES = ("queued", "running", "paused", "done", "failed", "diverged", "interrupted")
LETTERS = 300  # of a sentence that repeats what somebody wrote
MOST_FRAMES = 10_000
RESTORE = "restore it or train the run again."
T = TypeVar("T")


class RunError(Exception):
    """A run that cannot be used as asked; the message is one plain sentence with the remedy."""


class NoImages(RunError):
    """The images that a run was trained on are not at hand (reason "no-data"), or others are ("other-data")."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


def default_root() -> Path:
    """Return the folder of runs: the environment variable LATENT_LENS_RUNS, else `checkpoints` beside vae_core."""
    given = os.environ.get("LATENT_LENS_RUNS")
    return Path(os.path.expanduser(given)).resolve() if given else Path(__file__).resolve().parents[2] / "checkpoints"


def seal(record: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a summary without its own seal."""
    unsealed = {key: value for key, value in record.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(unsealed, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Run:
    """One readable run directory; arrays are read when asked for."""

    path: Path
    config: RunConfig
    dataset: dict[str, Any]
    state: str
    sentence: str
    summary: dict[str, Any]
    version: str  # changes when the run's files do: the key of every cache

    @property
    def id(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def name(self) -> str:
        """The display name: data, to be shown as text."""
        return self.config.name or self.id

    @property
    def has_kl(self) -> bool:
        """Whether KL, ELBO and prior mean anything here: in an autoencoder they do not."""
        return bool(self.summary) and self.summary["test"]["kl"] is not None

    @cached_property
    def weights_sha256(self) -> str:
        """SHA-256 of model.safetensors, the key of what was computed from it."""
        return self.summary.get("files", {}).get("model.safetensors") or self._read("model.safetensors", sha256)

    def _read(self, name: str, read: Callable[[Path], T]) -> T:
        """Return what a reader makes of a file of the run."""
        return guarded(self.path, name, read, RESTORE if self.summary else "the run is not finished yet.")

    def _arrays(self, name: str, dims: shapes.Dims, **sizes: int) -> dict[str, NDArray[Any]]:
        """Return arrays of the run; `d` is the number of its latent dimensions."""
        return self._read(name, lambda path: read_npz(path, dims, d=self.config.model.latent_size, **sizes))

    def history(self) -> dict[str, NDArray[Any]]:
        """Return history.csv by column; empty fields are NaN, `split` is text."""
        return self._read("history.csv", contents.history)

    def progress(self) -> dict[str, float]:
        """Return how far training is (step, total, seconds, images_per_second); empty where nobody trains."""
        try:
            return read_json(self.path / "progress.json", shapes.PROGRESS) if self.state == "running" else {}
        except (OSError, Unreadable):
            return {}

    def latents(self) -> Latents:
        """Return the posteriors of the test set."""
        if not self.summary:
            raise RunError(f"latents.npz is missing from run {self.id!r}; the run is not finished yet.")
        d, names, count = self.config.model.latent_size, self.dataset.get("class_names", ()), self.summary["test"]["n"]
        return self._read("latents.npz", lambda path: contents.latents(path, d, len(names), count, has_kl=self.has_kl))

    def epochs(self) -> dict[str, NDArray[Any]]:
        """Return per epoch and dimension: kl_per_dim and mu_variance, each (epochs, d); without validation there are none."""
        return self._read("epochs.npz", lambda path: contents.epochs(path, self.config.model.latent_size))

    def split(self) -> dict[str, NDArray[Any]]:
        """Return the row numbers of validation and test; those of training follow from the data: `split`."""
        return self._arrays("split.npz", shapes.SPLIT)

    def frames(self) -> list[str]:
        """Return the names of the files of the training film, oldest first."""
        files = sorted(p.name for p in (self.path / "snapshots").glob("[0-9]*.npz"))
        return [f"snapshots/{name}" for name in files[:MOST_FRAMES]]

    def snapshots(self) -> list[dict[str, NDArray[Any]]]:
        """Return the frames of the training film, oldest first."""
        d, shape = self.config.model.latent_size, self.dataset["event_shape"]
        return [self._read(name, lambda path: contents.frame(path, d, shape)) for name in self.frames()]

    def encoders(self) -> list[dict[str, NDArray[Any]]]:
        """Return the encoder's weights at every frame of the film; empty where they were not kept (large ones)."""
        return [self._arrays(name, shapes.ANY) for name in self._encoders()] if self.has_encoders() else []

    def has_encoders(self) -> bool:
        """Tell whether there is an encoder for every frame of the film."""
        return all(os.path.isfile(self.path / name) for name in self._encoders())

    def _encoders(self) -> list[str]:
        return [name.replace("/", "/encoder-") for name in self.frames()]

    def mosaic(self) -> bytes:
        """Return the manifold at the prior's quantiles as PNG bytes, drawn when training ended."""
        return self._read("mosaic.png", read_png)

    def map(self) -> bytes:
        """Return the map at true scale as PNG bytes, drawn when training ended."""
        return self._read("map.png", read_png)

    def weights(self) -> bytes:
        """Return model.safetensors as it lies on disk: what the browser decodes with."""
        return self._read("model.safetensors", read_weights)

    def writable(self, name: str) -> Path:
        """Return where a file of the run may be written.

        Raises:
            RunError: through a link it would lie in another place.
        """
        check_links(self.path)
        return self.path / name

    def _projection_file(self, name: str) -> str:
        return f"evaluations/{name}-{self.weights_sha256[:16]}.npz"

    def projection(self, name: str) -> NDArray[np.float32] | None:
        """Return a stored flat picture of the test set's means (N, 2), or None where none was computed for these weights."""
        file = self._projection_file(name)
        if not (self.path / file).exists():
            return None
        n = self.summary["test"]["n"] if self.summary else 0
        return self._arrays(file, shapes.FLAT, n=n)["xy"]

    def store_projection(self, name: str, xy: NDArray[np.float32]) -> None:
        """Keep a flat picture of the test set's means (N, 2) with the run.

        Raises:
            RunError: the folder cannot be written.
        """
        file = self.writable(self._projection_file(name))
        try:
            file.parent.mkdir(exist_ok=True)
            # Three decimals are more than a point on the screen shows, and pack a third smaller.
            write_npz(file, xy=np.round(xy, 3).astype(np.float32))
        except OSError as error:
            raise RunError(f"The result cannot be stored in run {self.id!r} ({error.strerror}); it is shown but not kept.") from error

    def images(self, *, is_fetched: bool = False) -> Dataset:
        """Return the dataset that the run was trained on; where `is_fetched`, it is downloaded if it can be and is not at hand.

        Raises:
            NoImages: it is not at hand, it cannot be read, or it is not the one that the run was trained on.
        """
        name = self.config.data.dataset
        remedy = f"`python -m vae_core evaluate {self.id}` fetches them"
        if is_own(name):
            remedy = "put the file into the folder that VAE_DATA_DIR names"
        try:
            if not is_fetched and not sources.is_available(name):
                raise NoImages("no-data", f"The images of {name} are not on this computer; {remedy}.")
            dataset = sources.load_with_hash(name, self.dataset.get("sha256", ""))
        except DataError as error:
            raise NoImages("no-data", str(error)) from error
        if dataset is None:
            raise self._other_images()
        if self.summary and self.latents().rows.max() >= len(dataset.values):
            raise RunError(f"latents.npz of run {self.id!r} cannot be used (it names images that there are not); {RESTORE}")
        # Another value may have been taken for white when the run was trained, and its model knows no other images than those.
        divisor = float(self.dataset["divisor"])
        return dataset if dataset.divisor == divisor else replace(dataset, divisor=divisor, taken=None)

    def check_images(self, dataset: Dataset) -> None:
        """Raise NoImages where the run was trained on another dataset, or another state of it."""
        if dataset.sha256 != self.dataset.get("sha256"):
            raise self._other_images()

    def _other_images(self) -> NoImages:
        name = self.config.data.dataset
        remedy = "put the file that it was trained on into the folder that VAE_DATA_DIR names" if is_own(name) else "restore those"
        sentence = f"The images of {name} on this computer are not those that run {self.id!r} was trained on; {remedy}."
        return NoImages("other-data", sentence)

    def model(self) -> VAE:
        """Return the trained VAE in evaluation mode; imports torch.

        Raises:
            RunError: the weights are missing, damaged, of another shape, or not finite.
        """
        from vae_core.model.trained import trained

        return self._read("model.safetensors", lambda path: trained(path, self.config.model, self.dataset))


def guarded(path: Path, name: str, read: Callable[[Path], T], remedy: str = RESTORE) -> T:
    """Return what a reader makes of a file in a run's folder.

    Raises:
        RunError: the file is missing, or it is not what it should be.
    """
    try:
        return read(path / name)
    except FileNotFoundError as error:
        raise RunError(f"{name} is missing from run {path.name!r}; {remedy}") from error
    except Unreadable as error:
        raise RunError(f"{name} of run {path.name!r} cannot be used ({error}); {remedy}") from error
    except OSError as error:
        raise RunError(f"{name} of run {path.name!r} cannot be used ({error.strerror}); {remedy}") from error


def check_links(path: Path) -> None:
    """Raise RunError where something that is written through is a link, so that the writing would happen in another place."""
    for name in WRITTEN:
        if os.path.islink(path / name):
            raise RunError(f"{name} of run {path.name!r} is a link to another place; replace it by what it points to.")


def open_run(path: Path) -> Run:
    """Read a run directory.

    Raises:
        RunError: it is no run, is damaged, or was written by a newer version.
    """
    marks, record = marks_of(path), _read_record(path)
    version, dataset = record.pop("format", None), record.pop("dataset", None)
    record.pop("versions", None)
    if version != FORMAT:
        raise RunError(
            f"Run {path.name!r} has format {repr(version)[:LETTERS]} and this version reads {FORMAT}; update Latent Lens to open it."
        )
    try:
        config = from_dict(record)
    except (ConfigError, TypeError) as error:
        raise RunError(f"config.json of run {path.name!r} cannot be used: {str(error)[:LETTERS]}") from error
    if shapes.misfit(dataset, shapes.DATASET) or math.prod(dataset["event_shape"]) > MOST_PIXELS:
        raise RunError(f"config.json of run {path.name!r} does not describe its dataset; {RESTORE}")
    if label := _optional(path, "label.json", shapes.LABEL):
        config = replace(config, name=label["name"])
    status = _optional(path, "status.json", shapes.STATUS | {"state": set(STATES)}) or {"state": "queued", "sentence": ""}
    kept = shapes.summary(config.model.latent_size, set(PIXELS), has_kl=config.objective.objective != "ae")
    summary = _optional(path, "summary.json", kept)
    return as_it_is(Run(path, config, dataset, status["state"], status["sentence"], summary, _version(marks)))


def as_it_is(run: Run) -> Run:
    """Return the run; one that nobody trains is not running, whatever is written."""
    if run.state != "running" or is_alive(run.path):
        return run
    sentence = "The trainer stopped before the run was finished."
    return Run(run.path, run.config, run.dataset, "interrupted", sentence, run.summary, run.version)


def _optional(path: Path, name: str, shape: Mapping[str, Any]) -> dict[str, Any]:
    """Return a JSON file of a run, or nothing where there is none."""
    return guarded(path, name, lambda file: read_json(file, shape)) if os.path.lexists(path / name) else {}


def _read_record(path: Path) -> dict[str, Any]:
    """Return config.json, or for a run that waits for its first step what its order says of it."""
    if os.path.lexists(path / "config.json") or not os.path.lexists(path / "order.json"):
        return guarded(path, "config.json", lambda file: read_json(file, {}))
    settings = guarded(path, "order.json", lambda file: read_json(file, shapes.ORDER))["config"]
    name = settings.get("data", {}).get("dataset", "")
    counts = {"n_train": 0, "n_validation": 0, "n_test": 0, "sha256": "0" * 64}
    return {**settings, "format": FORMAT, "dataset": {"name": name, "event_shape": [], "divisor": 1, "class_names": [], **counts}}


Marks = tuple[tuple[int, int, int, int], ...]
MARKED = ("config.json", "label.json", "summary.json", "status.json", "history.csv", "model.safetensors", "order.json", "")


def marks_of(path: Path) -> Marks:
    """Return times, sizes and places on the disk of the files that tell of a run, and of its folder; zeros for what is not there."""
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


def is_alive(path: Path) -> bool:
    """Tell whether a trainer holds the run's lock: the truth of liveness, not a timestamp."""
    return is_held(path / "lock")


def load(root: Path, run_id: str) -> Run:
    """Return one run of a folder by its id.

    Raises:
        RunError: there is no such run (the id must be a plain folder name), or it is damaged.
    """
    there = folders(root)
    if run_id not in there:
        known = ", ".join(name for name in there if os.path.isfile(root / name / "config.json")) or "none"
        raise RunError(f"There is no run {run_id!r} in {root.name}; the runs there are: {known}.")
    return open_run(root / run_id)


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
        raise RunError(f"The folder {root.name} cannot be read ({error.strerror}); make it readable.") from error
