"""Which datasets there are, and how they are loaded by name: those of DATASETS, those that no page offers, a user's own
files, and imported sets by id or by name.

A dataset is added by a module that has its DatasetSource, and by its line in DATASETS.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from vae_core import place
from vae_core.config import RunConfig
from vae_core.data import digits, image_files, imported, mnist, synthetic
from vae_core.data.dataset import Dataset, DatasetSource
from vae_core.data.download import RemoteFolder
from vae_core.data.errors import DataError
from vae_core.data.npy import look

DATASETS: dict[str, DatasetSource] = {
    "digits": digits.SOURCE,
    "glyphs": synthetic.GLYPHS,
    "mnist": mnist.MNIST,
    "fashion-mnist": mnist.FASHION_MNIST,
}
# Loaded by name like the others and not offered as choices: what the story's runs learn from, and letters in colour to try things with.
UNLISTED: dict[str, Callable[[], Dataset]] = {
    **{name: partial(synthetic.curve, name) for name in synthetic.CURVES},
    "colour-glyphs": synthetic.colour_glyphs,
    "five": synthetic.fives,
    "five-full": partial(synthetic.fives, 180.0, "five-full"),
}


def load(name: str) -> Dataset:
    """Return the dataset called `name`, the images in the .npy file of that name, or those that were imported under it.

    >>> import vae_core
    >>> digits = vae_core.load_dataset("digits")
    >>> digits.values.shape, digits.divisor, digits.class_names[:3]
    ((1797, 8, 8), 16.0, ('0', '1', '2'))

    Raises:
        DataError: there is no such dataset, or its files cannot be had.
    """
    if image_files.is_own(name):
        return image_files.load(name)
    if is_imported(name):
        return imported.load(imported.find(name))
    _check_name(name)
    return DATASETS[name].load() if name in DATASETS else UNLISTED[name]()


def is_imported(name: str) -> bool:
    """Return whether a dataset of this name is one that was imported: by the form of its name, or because one is called so."""
    if image_files.is_own(name) or name in DATASETS or name in UNLISTED:
        return False
    return bool(imported.ID.fullmatch(name)) or imported.is_known(name)


def full_name(name: str) -> str:
    """Return the name of a dataset as settings keep it and as a process in another folder finds it.

    Raises:
        DataError: several imported sets have this name.
    """
    return imported.find(name).id if is_imported(name) and not imported.ID.fullmatch(name) else image_files.absolute_name(name)


def named_in_full(config: RunConfig) -> RunConfig:
    """Return settings whose dataset has its full name.

    Raises:
        DataError: as `full_name`.
    """
    return replace(config, data=replace(config.data, dataset=full_name(config.data.dataset)))


def load_with_hash(name: str, sha256: str) -> Dataset | None:
    """Return the dataset of this name with this hash; None where only others are available.

    Several files of a user's may have one name, and an imported set may have come back by another name.

    Raises:
        DataError: none can be had.
    """
    refusals, others = [], 0
    for load_one in _loaders(name):
        try:
            if (dataset := load_one()).sha256 == sha256:
                return dataset
            others += 1
        except DataError as error:
            refusals.append(error)
    if not others:
        raise refusals[0]
    return None


def _loaders(name: str) -> list[Callable[[], Dataset]]:
    """Return what loads each dataset that may be meant by this name."""
    if image_files.is_own(name):
        found: list[Callable[[], Dataset]] = [partial(image_files.load, str(place), is_noted=False) for place in image_files.paths_of(name)]
    else:
        found = [partial(imported.load, one) for one in imported.with_digits(name)]
    return found or [partial(load, name)]


def is_available(name: str) -> bool:
    """Return whether `load` needs no network: its files, if it has any, are there and have the right size.

    Raises:
        DataError: there is no such dataset.
    """
    if image_files.is_own(name):
        return bool(image_files.paths_of(name))
    if is_imported(name):
        return bool(imported.with_digits(name)) or imported.is_known(name)
    _check_name(name)
    return name in UNLISTED or DATASETS[name].is_available


def download_needed(name: str) -> RemoteFolder | None:
    """Return the files that `load` would fetch, None where it needs no network."""
    return DATASETS[name].download if name in DATASETS and not is_available(name) else None


def fingerprint(name: str) -> str:
    """Return a text that changes when what is available under this name does; empty where nothing is. No file is opened."""
    if imported.ID.fullmatch(name):
        return _mark(seen) if (seen := imported.fingerprint(name)) else ""
    if not (image_files.is_own(name) or name in DATASETS or name in UNLISTED) or not is_available(name):
        return ""
    if image_files.is_own(name):
        files = [path for place in image_files.paths_of(name) for path in (place, image_files.labels_path_of(place))]
    elif name in DATASETS and (download := DATASETS[name].download):
        files = [Path(download.path(file)) for file in download.files]
    else:
        return name
    seen = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files if path.is_file()]
    return _mark(seen)


def _mark(seen: object) -> str:
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def placeholder(name: str) -> Dataset:
    """Return a dataset of the size and range of the one called `name`, without reading its images; what has no record is loaded.

    Raises:
        DataError: there is no such dataset, or its files cannot be had.
    """
    if is_imported(name):
        return imported.find(name).placeholder()
    return DATASETS[name].placeholder(name) if name in DATASETS else load(name)


def _check_name(name: str) -> None:
    if name in DATASETS or name in UNLISTED:
        return
    path = Path(os.path.expanduser(name))  # unlike those of pathlib, these functions have an answer for every name
    if os.path.exists(path):
        raise DataError(look(path))
    if path.suffix or path.name != name:
        raise DataError(
            "There is no file {name}; give the path of a .npy file, or put it into the folder that VAE_DATA_DIR names.", name=name
        )
    raise DataError(
        "There is no dataset {name!r}; choose one of {choices}, import your own images under that name with `{command} import`, "
        "or give the path of a .npy file.",
        name=name,
        choices=", ".join(DATASETS),
        command=place.COMMAND,
    )
