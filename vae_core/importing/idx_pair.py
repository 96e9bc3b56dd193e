"""Images in idx files, as MNIST comes: gzipped or not, with a file of labels for each, and perhaps pairs for training and test."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from vae_core.data.errors import UnusableFile
from vae_core.data.mnist import idx_header
from vae_core.importing.idx_stack import idx_stack, unpacked_head
from vae_core.importing.number_source import SPLITS, NumberSource, Part, SplitName
from vae_core.importing.source import ImportOptions
from vae_core.messages import Message, say
from vae_core.storage.reading import Unreadable, opened

# emnist-letters-train-images-idx3-ubyte.gz: what comes before, the split, what it holds
NAME = re.compile(r"(?P<before>.*?)(?P<split>train|t10k|test|valid|val)(ation)?[-_.](?P<holds>images|labels)(?P<rest>[-_.].*)?", re.I)
SPLIT_OF: dict[str, SplitName] = {"train": "train", "t10k": "test", "test": "test", "valid": "validation", "val": "validation"}
LABELS = "label"
MOST_FILES = 1000  # of a folder that are looked at


@dataclass(frozen=True)
class _File:
    path: Path
    before: str
    split: SplitName
    holds: str


def opens(path: Path, head: bytes) -> bool:
    """Return whether a file is idx, or a folder holds idx files that are called as those of MNIST."""
    if path.is_dir():
        return any(_is_idx(one.path) for one in _files(path))
    return idx_header(unpacked_head(head)) is not None


class IdxPair(NumberSource):
    """idx images and the labels beside them; the whole folder where its files are called train-images..., t10k-images... ."""

    kind = "idx"

    def __init__(self, path: Path, name: str, options: ImportOptions) -> None:
        """Call the data set by what stands before the split in the file's name, else by its folder."""
        if not path.is_dir() and (found := NAME.fullmatch(path.name)):
            name = found["before"].strip("-_. ") or Path(os.path.abspath(path)).parent.name or name
        super().__init__(path, name, options)

    def parts(self) -> tuple[Sequence[Part], Sequence[Message]]:
        """Return the images of the file, or those of all parts in the folder."""
        files = [one for one in _files(self.path if self.path.is_dir() else self.path.parent) if _is_idx(one.path)]
        own = NAME.fullmatch(self.path.name)
        if self.path.is_dir() and len(kinds := sorted({one.before for one in files if one.holds == "images"})) > 1:
            raise UnusableFile(
                "{name} holds idx files of several data sets ({sets}); give the file of images of one of them.",
                name=self.path.name,
                sets=kinds,
            )
        if not self.path.is_dir() and own is None:
            return [_part(self.path, _labels_of(self.path), "train")], []
        files = [one for one in files if own is None or self.path.is_dir() or one.before == own["before"]]
        chosen = {(one.split, one.holds): one.path for one in sorted(files, key=lambda one: one.path.suffix == ".gz", reverse=True)}
        if not self.path.is_dir():
            chosen[SPLIT_OF[own["split"].lower()], own["holds"].lower()] = self.path  # type: ignore[index]
        splits = [split for split in SPLITS if (split, "images") in chosen]
        if not splits:
            raise UnusableFile("{name} lies beside no idx file of images; put the images there too.", name=self.path.name)
        parts = [_part(chosen[split, "images"], chosen.get((split, "labels")), split) for split in splits]
        parts = [Part(one.images, "train", one.columns, one.labels) for one in parts] if len(parts) == 1 else parts
        return parts, [say("Images from {files}.", files=[one.images.name for one in parts])]


def _files(folder: Path) -> list[_File]:
    """Return the files of a folder that are called as those of MNIST."""
    try:
        names = sorted(entry.name for entry in islice(os.scandir(folder), MOST_FILES))
    except OSError:
        return []
    found = ((name, NAME.fullmatch(name)) for name in names)
    return [
        _File(folder / name, named["before"], SPLIT_OF[named["split"].lower()], named["holds"].lower()) for name, named in found if named
    ]


def _is_idx(path: Path) -> bool:
    try:
        with opened(path, 2**62) as file:
            return idx_header(unpacked_head(file.read(1 << 12))) is not None
    except (OSError, Unreadable):
        return False


def _labels_of(path: Path) -> Path | None:
    """Return the labels beside a file that is called like none of MNIST's: faces-labels.idx for faces-images.idx, in whatever form."""
    base = re.sub(r"\.gz$", "", path.name)
    names = {re.sub("images", "labels", base), re.sub(r"images(.*)idx[34]", r"labels\1idx1", base)} - {base}
    places = [path.with_name(name + end) for name in sorted(names) for end in ("", ".gz")]
    return next((place for place in places if place.is_file() and _is_idx(place)), None)


def _part(images: Path, labels: Path | None, split: SplitName) -> Part:
    stack = idx_stack(images)
    if len(stack.shape) < 2:
        raise UnusableFile("{name} holds labels and no images; give the file of the images.", name=images.name)
    if labels is None:
        return Part(stack, split)
    found = idx_stack(labels)
    values: Any = found.take(np.arange(len(found)))
    return Part(stack, split, {LABELS: values}, LABELS)
