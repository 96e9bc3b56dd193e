"""Checkpoints: tensors and facts from which training resumes bit for bit after a crash.

    resume/step-N/  state.safetensors  state.json  manifest.json (SHA-256 of both and of config.json, written last)

A checkpoint is written to a hidden folder, synced and renamed; the newest two are kept, and only one that verifies is ever loaded.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from vae_core.messages import joined, reason, say
from vae_core.runs.errors import RunError
from vae_core.runs.layout import check_links
from vae_core.storage.files import sha256, sync_folder, write_beside, write_json
from vae_core.storage.reading import MAX_HASHED, UPDATE, Newer, Unreadable, read_bytes, read_json

FORMAT = 1
STORED = 2  # checkpoints
FILES = ("state.safetensors", "state.json")
WHOLE, REAL = ("step", "history_bytes", "frames", "best_epoch"), ("seconds", "weight")  # facts that every checkpoint has
GROWING = ("epochs.", "logged.", "parts.")  # tensors with an entry per epoch so far


class CheckpointError(RunError):
    """A checkpoint that cannot be used; the message says why."""


class NewerCheckpoint(CheckpointError):
    """A checkpoint that only a newer version can use."""


@dataclass(frozen=True)
class Checkpoint:
    """Training after `step` optimiser steps: tensors by name, and the facts beside them."""

    step: int
    tensors: dict[str, Tensor]
    facts: dict[str, Any]

    def part(self, name: str) -> dict[str, Tensor]:
        """Return the tensors named `name`.*, by what follows the dot."""
        return {key.removeprefix(f"{name}."): value for key, value in self.tensors.items() if key.startswith(f"{name}.")}


def save(run: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint into a run directory; older ones beyond the newest two are deleted afterwards.

    Raises:
        OSError: the disk is full or cannot be written; checkpoints that were there before are untouched.
    """
    from safetensors.torch import save as to_bytes

    folder = run / "resume"
    temporary = folder / f".step-{checkpoint.step:09d}.{os.getpid()}"
    check_links(run)
    folder.mkdir(exist_ok=True)
    _clean(folder)
    try:
        temporary.mkdir()
        write_beside(temporary / "state.safetensors", to_bytes({key: value.contiguous() for key, value in checkpoint.tensors.items()}))
        write_json(temporary / "state.json", {"step": checkpoint.step, **checkpoint.facts})
        hashes = {name: sha256(temporary / name) for name in FILES}
        write_json(temporary / "manifest.json", {"format": FORMAT, "files": hashes, "config": sha256(run / "config.json")})
        sync_folder(temporary)
        os.replace(temporary, folder / f"step-{checkpoint.step:09d}")
        sync_folder(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    for old in _folders(run)[STORED:]:
        shutil.rmtree(old, ignore_errors=True)


def _clean(folder: Path) -> None:
    """Delete what killed writers left; the run's lock makes us the only writer."""
    for left in folder.glob(".step-*"):
        shutil.rmtree(left, ignore_errors=True)


def _folders(run: Path) -> list[Path]:
    """Return the checkpoints' folders, newest first."""
    return sorted((path for path in (run / "resume").glob("step-[0-9]*") if path.is_dir()), reverse=True)


def newest_valid(run: Path) -> Checkpoint | None:
    """Return the newest checkpoint that verifies, or None where training had not come to its first one.

    Raises:
        CheckpointError: there are checkpoints and none of them can be used; the message says why for the newest.
    """
    errors: list[CheckpointError] = []
    for folder in _folders(run):
        try:
            return load(folder)
        except CheckpointError as error:
            errors.append(error)
    if newer := next((error for error in errors if isinstance(error, NewerCheckpoint)), None):
        raise newer
    if errors:
        raise CheckpointError(joined(errors[0].message, say("No older checkpoint is left, so train the run again.")))
    return None


def load(folder: Path) -> Checkpoint:
    """Return the checkpoint in a folder after checking every byte against its manifest.

    Raises:
        CheckpointError: a file is missing or changed, or the settings are not those of the checkpoint.
        NewerCheckpoint: a newer version wrote it.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load as from_bytes

    name = say("Checkpoint {checkpoint} of run {run!r}", checkpoint=folder.name, run=folder.parent.parent.name)
    manifest = _json(folder / "manifest.json", name, known=FORMAT)
    hashes = manifest.get("files")
    if not isinstance(hashes, Mapping) or set(hashes) != set(FILES):
        raise CheckpointError("{checkpoint} has a damaged manifest.", checkpoint=name)
    strangers = {path.name for path in folder.iterdir()} - {*FILES, "manifest.json"}
    if strangers:
        raise CheckpointError("{checkpoint} holds a file that training did not write ({file}).", checkpoint=name, file=sorted(strangers)[0])
    for file, expected in hashes.items():
        if _hash(folder / file) != expected:
            raise CheckpointError("{checkpoint} is damaged: {file} is not as it was written.", checkpoint=name, file=file)
    if _hash(folder.parent.parent / "config.json") != manifest.get("config"):
        raise CheckpointError(
            "{checkpoint} was made with other settings than those now in config.json; restore config.json.", checkpoint=name
        )
    facts = _json(folder / "state.json", name)
    wrong = [key for key in WHOLE if type(facts.get(key)) is not int or facts[key] < 0]
    wrong += [key for key in REAL if not isinstance(facts.get(key), (int, float))]
    if wrong:
        raise CheckpointError("{checkpoint} is damaged: {fact} in state.json makes no sense.", checkpoint=name, fact=wrong[0])
    try:
        tensors = from_bytes(read_bytes(folder / "state.safetensors", MAX_HASHED))
    except (SafetensorError, ValueError, OSError) as error:
        raise CheckpointError("{checkpoint} is damaged: {file} cannot be read.", checkpoint=name, file="state.safetensors") from error
    return Checkpoint(facts.pop("step"), tensors, facts)


def _json(path: Path, name: str, known: int | None = None) -> dict[str, Any]:
    try:
        return read_json(path, {}, known=known)
    except Newer as error:
        raise NewerCheckpoint("{checkpoint} cannot be used ({why}); {remedy}", checkpoint=name, why=reason(error), remedy=UPDATE) from error
    except (OSError, Unreadable) as error:
        raise CheckpointError("{checkpoint} is damaged: {file} cannot be read.", checkpoint=name, file=path.name) from error


def _hash(path: Path) -> str | None:
    """Return the SHA-256 of a file, or None where it cannot be had."""
    try:
        return sha256(path)
    except (OSError, Unreadable):
        return None


def remove_all(run: Path) -> None:
    """Delete the checkpoints of a run that is finished."""
    shutil.rmtree(run / "resume", ignore_errors=True)


def check(checkpoint: Checkpoint, expected: Mapping[str, Tensor], last_step: int) -> None:
    """Compare names, shapes and types with those of the expected tensors; series that grow with the epochs may have any length.

    Raises:
        CheckpointError: it lies beyond the last step of training; a tensor is missing, too many, of another shape or type, or not finite.
    """
    step = checkpoint.step
    if step > last_step:
        raise CheckpointError(
            "The checkpoint of step {step} lies beyond the last step, {last}; train the run again.", step=step, last=last_step
        )
    kinds = {key: _kind(value) for key, value in expected.items()}
    found = {key: _kind(value) for key, value in checkpoint.tensors.items() if not key.startswith(GROWING)}
    for key in sorted(kinds.keys() | found.keys()):
        if kinds.get(key) != found.get(key):
            raise CheckpointError(
                "In the checkpoint of step {step} {tensor} is {found} and should be {expected}.",
                step=step,
                tensor=key,
                found=found.get(key, say("missing")),
                expected=kinds.get(key, say("absent")),
            )
        if not bool(checkpoint.tensors[key].isfinite().all()):
            unsound = "In the checkpoint of step {step} {tensor} holds a number that is not finite; train the run again."
            raise CheckpointError(unsound, step=step, tensor=key)


def _kind(tensor: Tensor) -> str:
    """Return shape and type as text, such as (64,) float32."""
    return f"{tuple(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')}"


def flat(state: Mapping[int, Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Return an optimiser's state {i: {key: tensor}} as {"i.key": tensor}."""
    return {f"{i}.{key}": value for i, tensors in state.items() for key, value in tensors.items()}


def nested(flat: Mapping[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    """Return the inverse of `flat`."""
    found: dict[int, dict[str, Tensor]] = {}
    for name, value in flat.items():
        index, key = name.split(".")
        found.setdefault(int(index), {})[key] = value
    return found
