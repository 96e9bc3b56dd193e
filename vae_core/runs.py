"""The run directory: create, append, read, list. The only place that knows its layout.

    config.json  history.csv  split.npz  snapshots/NNNN.npz  model.safetensors  latents.npz  epochs.npz  mosaic.png  map.png
    status.json  summary.json (its presence means finished; it carries the SHA-256 of every other file)  evaluations/  lock

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
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_core.config import FORMAT, ConfigError, RunConfig, from_dict, to_dict
from vae_core.files import in_order, sha256, write_beside, write_json, write_npz
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


@dataclass(frozen=True)
class BrokenRun:
    """A folder among the runs that cannot be read, and why."""

    id: str
    sentence: str


def default_root() -> Path:
    """Return the folder of runs: the environment variable LATENT_LENS_RUNS, else `checkpoints` beside vae_core."""
    return Path(os.environ.get("LATENT_LENS_RUNS") or Path(__file__).resolve().parent.parent / "checkpoints")


# --------------------------------------------------------------------------- writing


class RunWriter:
    """The trainer's side of one run directory."""

    def __init__(self, path: Path, config: RunConfig, dataset: Mapping[str, Any]) -> None:
        """Create the directory and write config.json.

        Raises:
            RunError: the directory already holds a run, or cannot be written.
        """
        if (path / "config.json").exists():
            raise RunError(f"{path} already holds a run; choose another folder with --out, or delete that one.")
        try:
            (path / "snapshots").mkdir(parents=True, exist_ok=True)
            self.path, self._snapshots = path, 0
            record = {"format": FORMAT, "versions": _versions(), "dataset": dict(dataset)}
            write_json(path / "config.json", {**record, **to_dict(config)})
            write_beside(path / "history.csv", (",".join(COLUMNS) + "\n").encode())
        except OSError as error:
            raise RunError(f"The run cannot be written to {path} ({error.strerror}); choose a folder that can be with --out.") from error

    def status(self, state: str, sentence: str) -> None:
        """Say in which of STATES the run is, with one plain sentence."""
        assert state in STATES, state
        write_json(self.path / "status.json", {"state": state, "sentence": sentence})

    def history(self, row: Mapping[str, Any]) -> None:
        """Append one line; numbers keep six decimals, and the sum is that of the parts as written."""
        parts = {key: round(float(row[key]), 6) for key in ("reconstruction", "kl")}
        line = {**row, **parts, "negative_elbo": round(sum(parts.values()), 6)}
        text = ",".join(f"{line.get(key, ''):.6f}" if isinstance(line.get(key), float) else str(line.get(key, "")) for key in COLUMNS)
        with open(self.path / "history.csv", "a", encoding="utf-8") as file:
            file.write(text + "\n")

    def snapshot(self, **arrays: NDArray[Any]) -> None:
        """Store the next frame of the training film."""
        write_npz(self.path / "snapshots" / f"{self._snapshots:04d}.npz", **arrays)
        self._snapshots += 1

    def arrays(self, name: str, **arrays: NDArray[Any]) -> None:
        """Write `name`.npz."""
        write_npz(self.path / f"{name}.npz", **arrays)

    def weights(self, vae: VAE) -> None:
        """Write model.safetensors; its metadata list the layers, so that the file alone is enough to run the model in a browser."""
        from safetensors.torch import save

        from vae_core.networks import describe

        layers = {name: json.dumps(describe(getattr(vae, name), name)) for name in ("encoder", "decoder")}
        metadata = {"format": "pt", "mean": vae.likelihood.mean_name, **layers}
        weights = {key: value.contiguous() for key, value in vae.state_dict().items()}
        write_beside(self.path / "model.safetensors", in_order(save(weights, metadata)))

    def picture(self, name: str, png: bytes) -> None:
        """Write `name`.png."""
        write_beside(self.path / f"{name}.png", png)

    def finish(self, summary: Mapping[str, Any], sentence: str) -> None:
        """Mark the run as done: status first, then summary.json with every file's SHA-256 and its own."""
        self.status("done", sentence)
        frames = sorted(str(p.relative_to(self.path).as_posix()) for p in (self.path / "snapshots").glob("*.npz"))
        files = {name: sha256(self.path / name) for name in (*LISTED, *frames) if (self.path / name).exists()}
        record = {**summary, "files": files}
        write_json(self.path / "summary.json", {**record, "sha256": seal(record)})


def seal(record: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a summary without its own seal."""
    unsealed = {key: value for key, value in record.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(unsealed, sort_keys=True).encode()).hexdigest()


def _versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in ("torch", "numpy", "safetensors", "scikit-learn"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


# --------------------------------------------------------------------------- reading


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
        """Return the row numbers of validation and test; all others are training rows."""
        return self._arrays("split.npz")

    def snapshots(self) -> list[dict[str, NDArray[Any]]]:
        """Return the frames of the training film, oldest first."""
        return [self._arrays(f"snapshots/{p.name}") for p in sorted((self.path / "snapshots").glob("[0-9]*.npz"))]

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
            write_npz(self.path / self._projection_file(name), xy=np.asarray(xy, np.float32))
        except OSError as error:
            raise RunError(f"The result cannot be stored in run {self.id!r} ({error.strerror}); it is shown but not kept.") from error

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
    record = _read_json(path / "config.json")
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
    status = _read_json(path / "status.json") if (path / "status.json").exists() else {"state": "queued", "sentence": ""}
    summary = _read_json(path / "summary.json") if (path / "summary.json").exists() else {}
    state, sentence = status.get("state", "failed"), status.get("sentence", "")
    if state == "running" and not is_alive(path):
        state, sentence = "interrupted", "The trainer stopped before the run was finished."
    return Run(path, config, dataset, state, sentence, summary, _stamp(path))


def _stamp(path: Path) -> str:
    marks = []
    for name in ("config.json", "summary.json", "status.json", "history.csv", "model.safetensors"):
        file = path / name
        marks.append(f"{file.stat().st_mtime_ns}-{file.stat().st_size}" if file.exists() else "0")
    return "/".join(marks)


def is_alive(path: Path) -> bool:
    """Tell whether a trainer holds the run's lock: the truth of liveness, not a timestamp."""
    from filelock import FileLock, Timeout

    if not (path / "lock").exists():
        return False
    try:
        with FileLock(path / "lock", timeout=0):
            return False
    except Timeout:
        return True
    except OSError:
        return False


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
