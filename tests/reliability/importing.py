"""Imports that are killed: the data folder must be as it was, or hold the whole new set."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from tests.reliability.children import Child
from tests.reliability.rows import Tries, trial
from tests.vae_core.importing.sources import Made, made
from vae_core.data import imported
from vae_core.data.errors import DataError
from vae_core.importing.writer import import_images
from vae_core.storage.files import sha256
from vae_core.storage.reading import Unreadable

COUNT, SIDE, BLOCKS = 3000, 16, 30
KINDS = ("a new set", "the same images with another table", "the same images in place of a damaged set")


class Paced(Made):
    """A source that says when it begins, and takes its time."""

    mouth: Any = None

    def blocks(self) -> Iterator[Any]:
        if self.mouth:
            self.mouth.send("begun")
        for block in super().blocks():
            yield block
            time.sleep(0.001 if self.mouth else 0)


def source(seed: int, column: str = "number") -> Paced:
    values = np.random.default_rng(seed).integers(0, 256, (COUNT, SIDE, SIDE), dtype=np.uint8)
    plain = made(values=values, labels=np.arange(COUNT) % 3, class_names=("a", "b", "c"), columns={column: range(COUNT)})
    return Paced(
        **{name: getattr(plain, name) for name in ("path", "name", "options", "values", "labels", "class_names", "columns")},
        at_once=COUNT // BLOCKS,
    )


def bring(mouth: Connection, root: Path, seed: int, column: str) -> None:
    """Import, and say when that begins."""
    one = source(seed, column)
    one.mouth = mouth
    import_images(one, folder=root)


def contents(root: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of the sets that can be seen."""
    files = [path for path in root.rglob("*") if path.is_file() and not path.relative_to(root).as_posix().startswith(".")]
    return {str(path.relative_to(root)): sha256(path) for path in files}


def wrong_with(root: Path) -> list[str]:
    """Return what is wrong with a data folder: every set that can be seen must be whole."""
    found, damaged = imported.survey(root)
    problems = [str(one.sentence) for one in damaged]
    for one in found:
        try:
            dataset, table = imported.load(one), imported.read_table(one)
            problems += [f"{one.id} has other images"] * (not dataset.is_as_it_was() or dataset.sha256 != one.sha256)
            problems += [f"{one.id} has {table.num_rows} rows"] * (table.num_rows != one.count)
        except (DataError, OSError, Unreadable) as error:
            problems.append(str(error))
    return problems


def duration(root: Path) -> float:
    """Return how many seconds an import takes from its first image on."""
    child = Child(bring, root, 1, "number")
    child.hear()
    start = time.monotonic()
    child.hear()
    seconds = time.monotonic() - start
    child.end()
    return seconds


@trial(
    "SIGKILL at a random moment of an import: of a new set, of the same images with another table, in place of a damaged set",
    "the data folder is as it was or holds the whole set, and the next import works and clears away what is left",
    short=3,
    full=60,
)
def killed_importing(folder: Path, count: int) -> Tries:
    """A set that lies there is never touched by the import of another."""
    draw, left, done = random.Random(4), 0, 0
    seconds = min(duration(folder / f"timed {number}") for number in range(2))
    for number in range(count):
        root, kind = folder / str(number), KINDS[number % len(KINDS)]
        import_images(source(0), folder=root)
        if kind == KINDS[2]:
            found = import_images(source(1), folder=root)
            (found.path / "images.npy").write_bytes(b"damaged")
        before = contents(root)
        child = Child(bring, root, 0 if kind == KINDS[1] else 1, "other" if kind == KINDS[1] else "number")
        child.hear()
        time.sleep(draw.uniform(0, seconds))
        child.kill()
        after = contents(root)
        left, done = left + any(root.glob(".import-*/*")), done + (after != before)
        kept = {name for name in before if kind == KINDS[0] or not name.startswith("faces@")} if kind != KINDS[2] else set()
        problems = wrong_with(root) if kind != KINDS[2] or after != before else []
        problems += [f"{name} was touched" for name in kept if after.get(name) != before[name]]
        outcome = Child(bring, root, 1, "number").end()
        problems += [] if outcome.how == "done" else [f"the next import ended as {outcome}"]
        problems += wrong_with(root) + [f"{path.name} is left" for path in root.glob(".*-*")]
        problems += ["sets are missing"] * (len(imported.listed(root)) != 2)
        yield [f"{kind}: {problem}" for problem in problems]
    return f"{left} of the kills left half an import behind, {done} came when it was done"
