"""Checkpoints that are not as they were written: flipped, cut, forged, or set as a trap."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from tests.reliability.children import Child, train_until
from tests.reliability.rows import Tries, one_sentence, settings, trial
from vae_core.runs.errors import RunError
from vae_core.storage.files import sha256, write_json
from vae_core.training import checkpoints
from vae_core.training.checkpoints import FILES, CheckpointError
from vae_core.training.runner import resume

CONFIG = settings("dynamic", average=0.9, checkpoint_seconds=0.0)
STOP = 30


def stopped_run(folder: Path) -> Path:
    """Return a run that was stopped after 30 steps; its checkpoints are of steps 29 and 30."""
    Child(train_until, folder / "run", CONFIG, STOP).end()
    return folder / "run"


def newest_folder(run: Path) -> Path:
    """Return the folder of the newest checkpoint."""
    return run / "resume" / f"step-{STOP:09d}"


def found(run: Path) -> list[str]:
    """Return nothing if the newest checkpoint is refused in one sentence and the older one is taken."""
    try:
        checkpoints.load(newest_folder(run))
    except CheckpointError as error:
        older = checkpoints.newest_valid(run)
        return one_sentence(str(error)) + ([] if older and older.step == STOP - 1 else ["the older checkpoint is not taken"])
    return ["not found"]


def damaged(folder: Path, count: int, damage: Callable[[bytes, random.Random], bytes]) -> Tries:
    """Damage a random file of the newest checkpoint, every time anew."""
    run, draw = stopped_run(folder), random.Random(2)
    for _ in range(count):
        file = newest_folder(run) / draw.choice([*FILES, "manifest.json"])
        good = file.read_bytes()
        file.write_bytes(damage(good, draw))
        yield [f"{file.name}: {problem}" for problem in found(run)]
        file.write_bytes(good)
    return None


def flipped(good: bytes, draw: random.Random) -> bytes:
    """Return the bytes with one bit flipped."""
    bad = bytearray(good)
    bad[draw.randrange(len(bad))] ^= 1 << draw.randrange(8)
    return bytes(bad)


REFUSED = "refused in one sentence, and the checkpoint before it is taken"


@trial("One bit of a checkpoint flipped", REFUSED, short=40, full=200)
def bit_flips(folder: Path, count: int) -> Tries:
    """Any bit of any file, the manifest included."""
    return (yield from damaged(folder, count, flipped))


@trial("A file of a checkpoint cut short", REFUSED, short=20, full=100)
def truncations(folder: Path, count: int) -> Tries:
    """Cut anywhere but at the end of the last line, which carries nothing."""
    return (yield from damaged(folder, count, lambda good, draw: good[: draw.randrange(len(good.rstrip()))]))


# --------------------------------------------------------------------------- forged: the manifest is right, the content is not


Tensors, Facts, Manifest = dict[str, Tensor], dict[str, Any], dict[str, Any]
Forgery = Callable[[Tensors, Facts, Manifest], object]
ANY_WEIGHT = "model.decoder.0.bias"


def poisoned(tensors: Tensors, name: str) -> None:
    """Put one number that is not finite into a tensor."""
    tensors[name].view(-1)[0] = torch.nan


FORGERIES: dict[str, Forgery] = {
    "a tensor of another shape": lambda tensors, facts, manifest: tensors.update({ANY_WEIGHT: torch.zeros(3)}),
    "a tensor of another type": lambda tensors, facts, manifest: tensors.update({ANY_WEIGHT: tensors[ANY_WEIGHT].long()}),
    "a missing weight": lambda tensors, facts, manifest: tensors.pop(ANY_WEIGHT),
    "a missing moment": lambda tensors, facts, manifest: tensors.pop("optimizer.0.exp_avg"),
    "a missing count of steps": lambda tensors, facts, manifest: tensors.pop("optimizer.0.step"),
    "missing sums": lambda tensors, facts, manifest: tensors.pop("train.sums"),
    "a weight too many": lambda tensors, facts, manifest: tensors.update({"model.decoder.99.bias": torch.zeros(3)}),
    "a moment too many": lambda tensors, facts, manifest: tensors.update({"optimizer.99.exp_avg": torch.zeros(3)}),
    "an unknown group": lambda tensors, facts, manifest: tensors.update({"wings": torch.zeros(3)}),
    "NaN in a weight": lambda tensors, facts, manifest: poisoned(tensors, ANY_WEIGHT),
    "NaN in a moment": lambda tensors, facts, manifest: poisoned(tensors, "optimizer.0.exp_avg_sq"),
    "NaN in an averaged weight": lambda tensors, facts, manifest: poisoned(tensors, "average.module.decoder.0.bias"),
    "NaN in a best weight": lambda tensors, facts, manifest: poisoned(tensors, "best.decoder.0.bias"),
    "NaN in the sums": lambda tensors, facts, manifest: poisoned(tensors, "train.sums"),
    "a newer format": lambda tensors, facts, manifest: manifest.update(format=checkpoints.FORMAT + 1),
    "no format": lambda tensors, facts, manifest: manifest.pop("format"),
    "other settings": lambda tensors, facts, manifest: manifest.update(config="0" * 64),
    "a manifest of other files": lambda tensors, facts, manifest: manifest.update(files={"../../config.json": "0" * 64}),
    "a manifest without files": lambda tensors, facts, manifest: manifest.pop("files"),
    "no step": lambda tensors, facts, manifest: facts.pop("step"),
    "a step that is a text": lambda tensors, facts, manifest: facts.update(step="soon"),
    "a step before the first": lambda tensors, facts, manifest: facts.update(step=-1),
    "a step after the last": lambda tensors, facts, manifest: facts.update(step=10**9),
    "no length of history.csv": lambda tensors, facts, manifest: facts.pop("history_bytes"),
    "a negative length of history.csv": lambda tensors, facts, manifest: facts.update(history_bytes=-5),
    "a length of history.csv beyond its end": lambda tensors, facts, manifest: facts.update(history_bytes=10**9),
    "no best epoch": lambda tensors, facts, manifest: facts.pop("best_epoch"),
    "seconds that are a text": lambda tensors, facts, manifest: facts.update(seconds="long"),
}


def forge(folder: Path, forgery: Forgery) -> None:
    """Change a checkpoint as somebody who knows the format would: all hashes are right."""
    tensors, facts = load_file(folder / "state.safetensors"), json.loads((folder / "state.json").read_text())
    manifest = json.loads((folder / "manifest.json").read_text())
    before = json.dumps(manifest)
    forgery(tensors, facts, manifest)
    save_file(tensors, folder / "state.safetensors")
    write_json(folder / "state.json", facts)
    if json.dumps(manifest) == before:
        manifest["files"] = {name: sha256(folder / name) for name in FILES}
    write_json(folder / "manifest.json", manifest)


def refused(run: Path) -> list[str]:
    """Return nothing if going on is refused with a typed error of one sentence."""
    try:
        resume(run)
    except RunError as error:
        return one_sentence(str(error))
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]
    return ["taken as good"]


@trial(
    "A forged checkpoint, its manifest right",
    "refused by CheckpointError or RunError in one sentence",
    short=len(FORGERIES),
    full=len(FORGERIES),
)
def forgeries(folder: Path, count: int) -> Tries:
    """Shapes, missing and extra tensors, numbers that are not finite, facts that make no sense, a newer format."""
    good = stopped_run(folder)
    shutil.rmtree(good / "resume" / f"step-{STOP - 1:09d}")
    for name, forgery in list(FORGERIES.items())[:count]:
        bad = folder / "bad" / name.replace(" ", "-")
        shutil.copytree(good, bad)
        forge(newest_folder(bad), forgery)
        yield [f"{name}: {problem}" for problem in refused(bad)]
    return None


# --------------------------------------------------------------------------- traps


def trap(marker: Path) -> bytes:
    """Return a pickle that makes the file `marker` when it is opened, without importing what this project does not."""
    return b"cposix\nsystem\n(S'touch " + str(marker).encode() + b"'\ntR."


PLACES = (
    "resume/{}/state.safetensors",
    "resume/{}/state.json",
    "resume/{}/manifest.json",
    "resume/{}/state.pkl",
    "history.csv",
    "config.json",
)


@trial("A pickle that runs a command, put in the place of a file or beside it", "refused in one sentence, and never run", short=6, full=6)
def traps(folder: Path, count: int) -> Tries:
    """The manifest names the pickle with its right hash."""
    import pickle

    good, marker = stopped_run(folder), folder / "it-ran"
    pickle.loads(trap(marker))
    assert marker.exists(), "the trap does not work"
    marker.unlink()
    shutil.rmtree(good / "resume" / f"step-{STOP - 1:09d}")
    for place in PLACES[:count]:
        bad = folder / "bad" / place.replace("/", "-").format("x")
        shutil.copytree(good, bad)
        target, manifest = bad / place.format(newest_folder(bad).name), newest_folder(bad) / "manifest.json"
        target.write_bytes(trap(marker))
        if target.name in FILES:
            values = json.loads(manifest.read_text())
            write_json(manifest, {**values, "files": {**values["files"], target.name: sha256(target)}})
        yield [f"{place}: {problem}" for problem in refused(bad)] + ["it was run"] * marker.exists()
    return None
