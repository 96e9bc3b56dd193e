"""The run directory: its layout, reading and listing runs; writer.py writes them.

    config.json  history.csv  split.npz  snapshots/NNNN.npz  model.safetensors  latents.npz  epochs.npz  mosaic.png  map.png
    status.json  summary.json (its presence means finished; it carries the SHA-256 of every other file)  evaluations/  resume/  lock

Every file is written beside and renamed; history.csv is appended to and a last line without a newline is ignored.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_core import datasets
from vae_core.config import FORMAT, ConfigError, RunConfig, from_dict
from vae_core.files import is_held, sha256, write_npz
from vae_core.imports import is_own
from vae_core.latents import Latents

if TYPE_CHECKING:
    from vae_core.vae import VAE

COLUMNS = (
    "step", "epoch", "split", "loss", "negative_elbo", "reconstruction", "kl", "kl_weight", "active_units", "seconds",
)  # fmt: skip
LISTED = (
    "config.json", "history.csv", "split.npz", "epochs.npz", "latents.npz", "model.safetensors", "mosaic.png", "map.png", "status.json",
)  # fmt: skip
STATES = ("queued", "running", "paused", "done", "failed", "diverged", "interrupted")


class RunError(Exception):
    """A run that cannot be used as asked; the message is one plain sentence with the remedy."""


class NoImages(RunError):
    """The images that a run was trained on are not at hand (reason "no-data"), or others are ("other-data")."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


@dataclass(frozen=True)
class BrokenRun:
    """A folder among the runs that cannot be read, and why."""

    id: str
    sentence: str


def default_root() -> Path:
    """Return the folder of runs: the environment variable LATENT_LENS_RUNS, else `checkpoints` beside vae_core."""
    given = os.environ.get("LATENT_LENS_RUNS")
    return Path(os.path.expanduser(given)).resolve() if given else Path(__file__).resolve().parent.parent / "checkpoints"


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
        return self.summary.get("files", {}).get("model.safetensors") or sha256(self._file("model.safetensors"))

    def _file(self, name: str) -> Path:
        path = self.path / name
        if not path.is_file():
            raise RunError(f"{name} is missing from run {self.id!r}; {self._remedy()}")
        return path

    def _remedy(self) -> str:
        return "restore it or train the run again." if self.summary else "the run is not finished yet."

    def _arrays(self, name: str) -> dict[str, NDArray[Any]]:
        try:
            with np.load(self._file(name), allow_pickle=False) as stored:
                return {key: stored[key] for key in stored.files}
        except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile) as error:
            raise RunError(f"{name} of run {self.id!r} is damaged; {self._remedy()}") from error

    def history(self) -> dict[str, NDArray[Any]]:
        """Return history.csv by column; empty fields are NaN, `split` is text."""
        text = self._file("history.csv").read_text(encoding="utf-8", errors="replace")
        whole = text[: text.rfind("\n") + 1]
        rows = [row for row in csv.DictReader(io.StringIO(whole)) if row.get("seconds") is not None]
        try:
            return {
                key: np.array([row[key] for row in rows], dtype=str)
                if key == "split"
                else np.array([float(row[key]) if row[key] else np.nan for row in rows])
                for key in COLUMNS
            }
        except (KeyError, TypeError, ValueError) as error:
            raise RunError(f"history.csv of run {self.id!r} is damaged; {self._remedy()}") from error

    def progress(self) -> dict[str, float]:
        """Return how far training is (step, total, seconds, images_per_second); empty where nobody trains."""
        try:
            return dict(json.loads((self.path / "progress.json").read_text(encoding="utf-8"))) if self.state == "running" else {}
        except (OSError, ValueError):
            return {}

    def latents(self) -> Latents:
        """Return the posteriors of the test set."""
        arrays = self._arrays("latents.npz")
        try:
            return Latents(arrays["mu"], arrays["log_var"], arrays.get("labels"), arrays["rows"])
        except KeyError as error:
            raise RunError(f"latents.npz of run {self.id!r} lacks {error}; {self._remedy()}") from error

    def epochs(self) -> dict[str, NDArray[Any]]:
        """Return per epoch and dimension: kl_per_dim and mu_variance, each (epochs, d)."""
        return self._arrays("epochs.npz")

    def split(self) -> dict[str, NDArray[Any]]:
        """Return the row numbers of validation and test; those of training follow from the data: `datasets.split`."""
        return self._arrays("split.npz")

    def snapshots(self) -> list[dict[str, NDArray[Any]]]:
        """Return the frames of the training film, oldest first."""
        return [self._arrays(f"snapshots/{p.name}") for p in sorted((self.path / "snapshots").glob("[0-9]*.npz"))]

    def encoders(self) -> list[dict[str, NDArray[Any]]]:
        """Return the encoder's weights at every frame of the film; empty where they were not kept (large ones)."""
        frames = sorted((self.path / "snapshots").glob("[0-9]*.npz"))
        files = [f"snapshots/encoder-{p.name}" for p in frames if (self.path / "snapshots" / f"encoder-{p.name}").is_file()]
        return [self._arrays(name) for name in files] if len(files) == len(frames) else []

    def mosaic(self) -> bytes:
        """Return the manifold at the prior's quantiles as PNG bytes, drawn when training ended."""
        return self._file("mosaic.png").read_bytes()

    def map(self) -> bytes:
        """Return the map at true scale as PNG bytes, drawn when training ended."""
        return self._file("map.png").read_bytes()

    def weights(self) -> bytes:
        """Return model.safetensors as it lies on disk: what the browser decodes with."""
        return self._file("model.safetensors").read_bytes()

    def _projection_file(self, name: str) -> str:
        return f"evaluations/{name}-{self.weights_sha256[:16]}.npz"

    def projection(self, name: str) -> NDArray[np.float32] | None:
        """Return a stored flat picture of the test set's means (N, 2), or None where none was computed for these weights."""
        return self._arrays(self._projection_file(name))["xy"] if (self.path / self._projection_file(name)).exists() else None

    def store_projection(self, name: str, xy: NDArray[np.float32]) -> None:
        """Keep a flat picture of the test set's means (N, 2) with the run.

        Raises:
            RunError: the folder cannot be written.
        """
        try:
            (self.path / "evaluations").mkdir(exist_ok=True)
            # Three decimals are more than a point on the screen shows, and pack a third smaller.
            write_npz(self.path / self._projection_file(name), xy=np.round(xy, 3).astype(np.float32))
        except OSError as error:
            raise RunError(f"The result cannot be stored in run {self.id!r} ({error.strerror}); it is shown but not kept.") from error

    def images(self, *, is_fetched: bool = False) -> datasets.Dataset:
        """Return the dataset that the run was trained on; where `is_fetched`, it is downloaded if it can be and is not at hand.

        Raises:
            NoImages: it is not at hand, it cannot be read, or it is not the one that the run was trained on.
        """
        name = self.config.data.dataset
        remedy = f"`python -m vae_core evaluate {self.id}` fetches them"
        if is_own(name):
            remedy = "put the file into the folder that VAE_DATA_DIR names"
        try:
            if not is_fetched and not datasets.is_at_hand(name):
                raise NoImages("no-data", f"The images of {name} are not on this computer; {remedy}.")
            dataset = datasets.with_hash(name, self.dataset.get("sha256", ""))
        except datasets.DataError as error:
            raise NoImages("no-data", str(error)) from error
        if dataset is None:
            raise self._other_images()
        # Another value may have been taken for white when the run was trained, and its model knows no other images than those.
        divisor = float(self.dataset["divisor"])
        return dataset if dataset.divisor == divisor else replace(dataset, divisor=divisor, taken="")

    def check_images(self, dataset: datasets.Dataset) -> None:
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
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        from vae_core import vae as vae_module

        try:
            weights = load_file(self._file("model.safetensors"))
        except (SafetensorError, OSError) as error:
            raise RunError(f"model.safetensors of run {self.id!r} is damaged; {self._remedy()}") from error
        vae = vae_module.build(self.config.model, self.dataset["event_shape"], 1 / self.dataset["divisor"])
        expected = {key: tuple(value.shape) for key, value in vae.state_dict().items()}
        found = {key: tuple(value.shape) for key, value in weights.items()}
        for key in sorted(expected.keys() | found.keys()):
            if expected.get(key) != found.get(key):
                raise RunError(
                    f"model.safetensors of run {self.id!r} does not fit its config.json: {key} is "
                    f"{found.get(key, 'missing')} and should be {expected.get(key, 'absent')}."
                )
            if not bool(weights[key].isfinite().all()):
                raise RunError(f"{key} in model.safetensors of run {self.id!r} holds a number that is not finite; {self._remedy()}")
        vae.load_state_dict(weights)
        return vae.eval()


def _read_json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RunError(f"{path.name} is missing from run {path.parent.name!r}; restore it or train the run again.") from error
    except (OSError, ValueError) as error:
        raise RunError(f"{path.name} of run {path.parent.name!r} is damaged; restore it or train the run again.") from error
    if not isinstance(values, dict):
        raise RunError(f"{path.name} of run {path.parent.name!r} is not a JSON object; restore it or train the run again.")
    return values


def open_run(path: Path) -> Run:
    """Read a run directory.

    Raises:
        RunError: it is no run, is damaged, or was written by a newer version.
    """
    record = _read_record(path)
    version, dataset = record.pop("format", None), record.pop("dataset", None)
    record.pop("versions", None)
    if version != FORMAT:
        raise RunError(f"Run {path.name!r} has format {version!r} and this version reads {FORMAT}; update Latent Lens to open it.")
    try:
        config = from_dict(record)
    except (ConfigError, TypeError) as error:
        raise RunError(f"config.json of run {path.name!r} cannot be used: {error}") from error
    if not isinstance(dataset, dict) or not {"event_shape", "divisor", "name"} <= dataset.keys():
        raise RunError(f"config.json of run {path.name!r} does not describe its dataset; restore it or train the run again.")
    if (path / "label.json").exists():
        config = replace(config, name=str(_read_json(path / "label.json").get("name", config.name)))
    status = _read_json(path / "status.json") if (path / "status.json").exists() else {"state": "queued", "sentence": ""}
    summary = _read_json(path / "summary.json") if (path / "summary.json").exists() else {}
    state, sentence = status.get("state", "failed"), status.get("sentence", "")
    if state == "running" and not is_alive(path):
        state, sentence = "interrupted", "The trainer stopped before the run was finished."
    return Run(path, config, dataset, state, sentence, summary, _stamp(path))


def _read_record(path: Path) -> dict[str, Any]:
    """Return config.json, or for a run that waits for its first step what its order says of it."""
    if (path / "config.json").exists() or not (path / "order.json").exists():
        return _read_json(path / "config.json")
    settings = _read_json(path / "order.json").get("config", {})
    name = settings.get("data", {}).get("dataset", "")
    return {"format": FORMAT, "dataset": {"name": name, "event_shape": [], "divisor": 1, "class_names": []}, **settings}


def _stamp(path: Path) -> str:
    marks = []
    for name in ("config.json", "label.json", "summary.json", "status.json", "history.csv", "model.safetensors"):
        file = path / name
        marks.append(f"{file.stat().st_mtime_ns}-{file.stat().st_size}" if file.exists() else "0")
    return "/".join(marks)


def is_alive(path: Path) -> bool:
    """Tell whether a trainer holds the run's lock: the truth of liveness, not a timestamp."""
    return is_held(path / "lock")


def load(root: Path, run_id: str) -> Run:
    """Return one run of a folder by its id.

    Raises:
        RunError: there is no such run (the id must be a plain folder name), or it is damaged.
    """
    if not run_id or run_id.startswith(".") or Path(run_id).name != run_id or not (root / run_id).is_dir():
        known = ", ".join(run.id for run in list_runs(root)[0]) or "none"
        raise RunError(f"There is no run {run_id!r} in {root.name}; the runs there are: {known}.")
    return open_run(root / run_id)


def list_runs(root: Path) -> tuple[list[Run], list[BrokenRun]]:
    """Return the readable runs of a folder, by id, and those that cannot be read with the reason."""
    runs, broken = [], []
    folders = sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith((".", "_"))) if root.is_dir() else []
    for folder in folders:
        try:
            runs.append(open_run(folder))
        except RunError as error:
            broken.append(BrokenRun(folder.name, str(error)))
    return runs, broken
