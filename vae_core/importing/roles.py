"""Which arrays of an archive are images, which are labels, and which say something else of each image: found by names, then by shapes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vae_core.data.errors import UnusableFile
from vae_core.importing.archive import Member
from vae_core.importing.number_source import SPLITS as SPLIT_NAMES
from vae_core.importing.number_source import SplitName
from vae_core.messages import Message, say
from vae_core.printable import shown

# In this order: where several are there, the first is taken.
IMAGES = ("images", "image", "imgs", "img", "pictures", "x", "data", "pixels", "features", "")
LABELS = ("labels", "label", "y", "target", "targets", "classes", "class", "lbls")
SPLITS: dict[str, SplitName] = {
    "train": "train", "training": "train", "val": "validation", "valid": "validation", "validation": "validation", "dev": "validation",
    "test": "test",
}  # fmt: skip
MOST_COLUMNS = 16  # of one array of several numbers for each image
MOST_LISTED = 12


@dataclass(frozen=True)
class Roles:
    """What the arrays of one part are: the images, the labels (or ""), and others with one row for each image."""

    split: SplitName
    images: str
    labels: str
    others: tuple[str, ...]


def roles_of(members: Mapping[str, Member], file: str) -> list[Roles]:
    """Return the parts of an archive, those that train first.

    Args:
        members: the arrays by name.
        file: the archive's name, for sentences.

    Raises:
        UnusableFile: no array can be images, or several can.
    """
    chosen: dict[SplitName, str] = {}
    for rule in (_by_name, _by_shape):
        for split in SPLIT_NAMES if not chosen else ():
            if image := rule(members, [name for name in members if _split(name) == split], file):
                chosen[split] = image
    if not chosen:
        raise UnusableFile(
            "{name} holds no array of images (count, height, width); it holds {arrays}; save one under the name images.",
            name=file,
            arrays=_listed(members),
        )
    if len(chosen) == 1:  # images that only test are no official split
        chosen = dict(zip(SPLIT_NAMES, chosen.values(), strict=False))
    return [_roles(members, split, image) for split, image in chosen.items()]


def said_of(roles: Roles) -> Message:
    """Return which arrays were taken for what."""
    if not roles.labels:
        return say("Images from the array {images}.", images=roles.images)
    return say("Images from the array {images}, labels from {labels}.", images=roles.images, labels=roles.labels)


def without_split(name: str) -> str:
    """Return the name of an array without what it says of the split: images for train_images."""
    return "_".join(word for word in _words(name) if word.lower() not in SPLITS)


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[_\-. /]+", name) if word]


def _split(name: str) -> SplitName:
    return next((SPLITS[word.lower()] for word in _words(name) if word.lower() in SPLITS), "train")


def _role(name: str) -> str:
    return without_split(name).lower()


def _by_name(members: Mapping[str, Member], names: list[str], file: str) -> str:
    """Return the array that is called as images are, or ""."""
    named = {_role(name): name for name in names if _is_like_images(members[name])}
    return next((named[word] for word in IMAGES if word in named), "")


def _by_shape(members: Mapping[str, Member], names: list[str], file: str) -> str:
    """Return the only array that can be images, or ""."""
    found = [name for name in names if _is_like_images(members[name]) and _role(name) not in LABELS]
    found = [name for name in found if len(members[name].shape) > 2] or found
    if len(found) > 1:
        raise UnusableFile(
            "{name} holds several arrays that may be images: {arrays}; save one of them under the name images.",
            name=file,
            arrays=_listed({name: members[name] for name in found}),
        )
    return found[0] if found else ""


def _is_like_images(member: Member) -> bool:
    return member.is_numbers and (len(member.shape) in (3, 4) or (len(member.shape) == 2 and member.shape[1] > MOST_COLUMNS))


def _roles(members: Mapping[str, Member], split: SplitName, images: str) -> Roles:
    count = members[images].shape[0]
    here = [name for name in members if _split(name) == _split(images) and name != images and members[name].shape]
    labels = next((name for word in LABELS for name in here if _role(name) == word and _is_like_labels(members[name])), "")
    beside = [name for name in here if _has_row_each(members[name], count)]
    unnamed = [name for name in beside if name.startswith("arr_")]
    if not labels and len(unnamed) == 1:
        labels = unnamed[0]
    return Roles(split, images, labels, tuple(name for name in beside if name != labels))


def _is_like_labels(member: Member) -> bool:
    return len(member.shape) in (1, 2) and member.dtype.kind in "biufSU" and member.size > 0


def _has_row_each(member: Member, count: int) -> bool:
    """Tell whether an array has one number or text, or a few, for each image."""
    is_narrow = len(member.shape) == 1 or (len(member.shape) == 2 and member.shape[1] <= MOST_COLUMNS)
    return member.shape[0] == count and is_narrow and member.dtype.kind in "biufSU" and member.size > 0


def _listed(members: Mapping[str, Member]) -> list[str]:
    """Return some arrays by name, type and shape."""
    listed = [f"{shown(name)[:60]} {_type(member.dtype)} {member.shape}" for name, member in list(members.items())[:MOST_LISTED]]
    return [*listed, "..."] if len(members) > MOST_LISTED else listed


def _type(kind: np.dtype[Any]) -> str:
    return "objects" if kind.hasobject else str(kind)
