"""The trainer's side of a run directory: create it, append to it, reopen it, seal it."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from vae_core.config import FORMAT, RunConfig, to_dict
from vae_core.messages import Message, reason
from vae_core.runs.errors import RunError
from vae_core.runs.layout import COLUMNS, HEADER, LAST, LISTED, RESTORE, STATES, check_links
from vae_core.runs.sealing import seal
from vae_core.storage.files import in_order, sha256, write_beside, write_json, write_npz

if TYPE_CHECKING:
    from vae_core.model.vae import VAE

ROOM, ROOM_BYTES = ".room", 1 << 14  # given back where the disk is full, so that status.json can still say so
# What lies in the folder of a run before training begins: what a page that asked for it wrote, and the trainer's own lock.
BEFORE = {"order.json", "status.json", "history.csv", "label.json", "control", "lock", "snapshots"}


def check_free(path: Path) -> None:
    """Raise RunError where a new run cannot be made at `path`: it is a file, holds a run, or holds what is not of a run.

    Deleting a run moves its whole folder away, so nothing else may lie in it.
    """
    try:
        names = {found.name for found in path.iterdir()} if path.exists() else set()
    except OSError as error:
        raise RunError(
            "The run cannot be written to {path} ({why}); choose another folder with --out.", path=path, why=reason(error)
        ) from error
    if "config.json" in names:
        raise RunError("{path} already holds a run; choose another folder with --out, continue it with --resume, or delete it.", path=path)
    foreign = sorted(name for name in names - BEFORE if not name.startswith("."))
    if foreign:
        raise RunError(
            "{path} holds other files ({file!r} for one), but a run needs a folder of its own; choose one with --out.",
            path=path,
            file=foreign[0],
        )


class RunWriter:
    """The trainer's side of one run directory."""

    def __init__(self, path: Path, config: RunConfig, dataset: Mapping[str, Any]) -> None:
        """Create the directory and write config.json; of a file of the user's own it keeps the name, see image_files.py.

        Raises:
            RunError: the directory already holds a run or other files, or cannot be written.
        """
        check_free(path)
        try:
            (path / "snapshots").mkdir(parents=True, exist_ok=True)
            self.path, self.frames = path, 0
            write_beside(path / "history.csv", HEADER)
            record = {"format": FORMAT, "versions": _versions(), "dataset": dict(dataset)}
            named = replace(config, data=replace(config.data, dataset=Path(config.data.dataset).name))
            write_json(path / "config.json", {**record, **to_dict(named)})
        except OSError as error:
            raise RunError(
                "The run cannot be written to {path} ({why}); choose another folder with --out.", path=path, why=reason(error)
            ) from error

    @classmethod
    def reopen(cls, path: Path, history_bytes: int = len(HEADER), frames: int = 0) -> RunWriter:
        """Go on with a run directory as it was at a checkpoint: what was written after it is taken back.

        Raises:
            RunError: history.csv is shorter than it was, or cannot be written.
        """
        writer = cls.__new__(cls)
        writer.path, writer.frames = path, frames
        check_links(path)
        try:
            (path / "snapshots").mkdir(exist_ok=True)
            if not (path / "history.csv").exists() and history_bytes == len(HEADER):
                write_beside(path / "history.csv", HEADER)
            if (path / "history.csv").stat().st_size < history_bytes:
                raise RunError("history.csv of run {run!r} has lost lines; {remedy}", run=path.name, remedy=RESTORE)
            os.truncate(path / "history.csv", history_bytes)
            for file in (path / "snapshots").glob("*.npz"):
                number = file.stem.removeprefix("encoder-")
                if number.isdecimal() and int(number) >= frames:
                    file.unlink()
            for name in LAST:
                (path / name).unlink(missing_ok=True)
            _clean(path)
        except OSError as error:
            raise RunError(
                "Run {run!r} cannot be continued ({why}); make its folder writable.", run=path.name, why=reason(error)
            ) from error
        return writer

    def status(self, state: str, sentence: Message) -> None:
        """Say in which of STATES the run is, with one plain sentence."""
        assert state in STATES, state
        status = {"state": state, **sentence.record()}
        try:
            write_json(self.path / "status.json", status)
        except OSError:
            self.release_room()
            write_json(self.path / "status.json", status)

    def reserve_room(self) -> None:
        """Take a little room on the disk, so that status.json can be written when there is none left."""
        write_beside(self.path / ROOM, bytes(ROOM_BYTES))

    def release_room(self) -> None:
        """Give that room back."""
        (self.path / ROOM).unlink(missing_ok=True)

    def history(self, row: Mapping[str, Any]) -> None:
        """Append one line; numbers keep six decimals, the sum is that of the parts as written, and what is not defined stays empty."""
        parts = {key: round(float(row[key]), 6) for key in ("reconstruction", "kl")}
        line = {**row, **parts, "negative_elbo": round(sum(parts.values()), 6)}
        with open(self.path / "history.csv", "a", encoding="utf-8") as file:
            file.write(",".join(_cell(line.get(key, "")) for key in COLUMNS) + "\n")

    def settle(self) -> int:
        """Make history.csv survive a loss of power, and return its length in bytes."""
        with open(self.path / "history.csv", "rb") as file:
            os.fsync(file.fileno())
            return os.fstat(file.fileno()).st_size

    def progress(self, **numbers: float) -> None:
        """Write how far training is; it need not survive a loss of power."""
        write_beside(self.path / "progress.json", json.dumps(numbers).encode(), is_synced=False)

    def snapshot(self, frame: Mapping[str, NDArray[Any]], encoder: Mapping[str, NDArray[Any]]) -> None:
        """Store the next frame of the training film, and the encoder of that moment beside it where it is small enough."""
        if encoder:
            write_npz(self.path / "snapshots" / f"encoder-{self.frames:04d}.npz", **encoder)
        write_npz(self.path / "snapshots" / f"{self.frames:04d}.npz", **frame)
        self.frames += 1

    def arrays(self, name: str, **arrays: NDArray[Any]) -> None:
        """Write `name`.npz."""
        write_npz(self.path / f"{name}.npz", **arrays)

    def weights(self, vae: VAE) -> None:
        """Write model.safetensors; its metadata list the layers, so that the file alone is enough to run the model in a browser."""
        from safetensors.torch import save

        from vae_core.model.layer_list import describe

        layers = {name: json.dumps(describe(getattr(vae, name), name)) for name in ("encoder", "decoder")}
        metadata = {"format": "pt", "mean": vae.likelihood.mean_name, **vae.likelihood.mean_numbers(), **layers}
        weights = {key: value.contiguous() for key, value in vae.state_dict().items()}
        write_beside(self.path / "model.safetensors", in_order(save(weights, metadata)))

    def picture(self, name: str, png: bytes) -> None:
        """Write `name`.png."""
        write_beside(self.path / f"{name}.png", png)

    def finish(self, summary: Mapping[str, Any], sentence: Message) -> None:
        """Mark the run as done: status first, then at once summary.json with every file's SHA-256 and its own."""
        (self.path / "progress.json").unlink(missing_ok=True)
        _clean(self.path)
        frames = sorted(str(p.relative_to(self.path).as_posix()) for p in (self.path / "snapshots").glob("[0-9]*.npz"))
        files = {name: sha256(self.path / name) for name in (*LISTED, *frames) if name != "status.json" and (self.path / name).exists()}
        self.status("done", sentence)
        files["status.json"] = sha256(self.path / "status.json")
        record = {**summary, "files": files}
        write_json(self.path / "summary.json", {**record, "sha256": seal(record)})


def _clean(path: Path) -> None:
    """Delete the halves of files that a killed writer was at; the run's lock makes us the only writer, but not of evaluations/."""
    for left in (*path.glob(".*.[0-9]*"), *(path / "snapshots").glob(".*.[0-9]*")):
        left.unlink(missing_ok=True)  # a page may be at one of its own: it renames it, or deletes it itself


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6f}" if math.isfinite(value) else ""
    return str(value)


def _versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in ("torch", "numpy", "safetensors", "scikit-learn"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
