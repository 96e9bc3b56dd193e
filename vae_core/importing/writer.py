"""From a source into the data folder: written in a hidden folder beside the sets, checked, and renamed once it is whole.

Whatever ends an import, the data folder is as it was, but for a hidden folder after a kill or a loss of power; the next import removes
that: its lock is free, since a lock is held by a process that lives.
"""

from __future__ import annotations

import json
import math
import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from vae_core.data.binarisation import is_ink_dark
from vae_core.data.dataset import Digest
from vae_core.data.errors import ChangedFile, DataError, UnusableFile
from vae_core.data.imported import (
    FORMAT,
    IMAGES,
    OWN_COLUMNS,
    RECORD,
    TABLE,
    Imported,
    as_recorded,
    data_folder,
    id_of,
    unusable,
    with_digits,
)
from vae_core.importing.columns import plain, writable
from vae_core.importing.source import ImageSource, ImportOptions, LeftOut, Survey
from vae_core.messages import reason
from vae_core.progress import Progress, no_progress
from vae_core.storage.files import is_held, sha256, sync_folder, write_beside, write_json
from vae_core.storage.reading import MB, Newer, Unreadable

if TYPE_CHECKING:
    import pyarrow

HIDDEN, LEAVING, LOCK = ".import-", ".removed-", ".lock"
LONGEST_NAME = 60  # letters; a folder's name may have 255 bytes
ROOM = 16 * MB  # that is left free besides
LOOKED = 4096  # images at most whose mean says which way the ink runs


def import_images(source: ImageSource, name: str = "", folder: Path | None = None, on_progress: Progress = no_progress) -> Imported:
    """Write all images of a source into the data folder and return the new set; the same images again are found there and not copied.

    Args:
        source: where they come from.
        name: what the set is called; else as the source is.
        folder: the data folder, by default that of this user.
        on_progress: called with the share that is done.

    Raises:
        UnusableFile: the source refuses, or there is no room; ChangedFile: it was changed meanwhile. Nothing is left of it then.
        What turns out to be damaged on the way is left out, and the rest is imported.
    """
    name, root = clean_name(name or source.name), folder or data_folder()
    while True:
        try:
            return _import(source, name, root, on_progress)
        except LeftOut:  # of its survey: fewer each time, until it says itself that too few are left
            continue


def _import(source: ImageSource, name: str, root: Path, on_progress: Progress) -> Imported:
    survey = source.survey()
    if survey.n_validation + survey.n_test >= survey.count:
        raise UnusableFile(
            "{name} keeps all of its {count} images for validation and test; leave at least one to train on.", name=name, count=survey.count
        )
    try:
        with _new_folder(root) as path:
            _check_room(root, survey)
            record = _write_images(path / IMAGES, source, survey, on_progress)
            _write_table(path / TABLE, _table(source, survey))
            write_json(path / RECORD, {**record, **_told(source, survey, name), "files": {TABLE: sha256(path / TABLE)}})
            return _put_in_place(root, path, as_recorded(path))
    except OSError as error:
        raise UnusableFile(
            "The images of {name} cannot be written to {folder} ({why}); make room or make it writable, or name another folder with "
            "LATENT_LENS_DATA.",
            name=name,
            folder=str(root),
            why=reason(error),
        ) from error
    except Unreadable as error:
        raise UnusableFile("{name} cannot be imported ({why}); give other images.", name=name, why=reason(error)) from error


def clean_name(name: str) -> str:
    """Return a name as every system takes it for a folder, and as it stands in settings: without what has a meaning there."""
    whole = unicodedata.normalize("NFC", writable(name))
    visible = "".join(" " if unicodedata.category(letter)[0] == "C" else letter for letter in whole)  # controls, and marks of direction
    plainer = re.sub(r'[\s/\\:*?"<>|@]+', " ", visible).strip(" .")
    plainer = re.sub(r"(\.npy)+$", "", plainer, flags=re.IGNORECASE)  # which would be taken for a file
    shortened = plainer.encode()[: 3 * LONGEST_NAME].decode(errors="ignore")[:LONGEST_NAME].strip(" .")
    return shortened or "images"


# --------------------------------------------------------------------------- a folder of one's own


@contextmanager
def _new_folder(root: Path) -> Iterator[Path]:
    """Make a hidden folder, hold its lock, and remove both in the end; what killed imports have left goes before."""
    root.mkdir(parents=True, exist_ok=True)
    path = root / f"{HIDDEN}{secrets.token_hex(8)}"
    lock = FileLock(path.with_suffix(LOCK))
    with _one_at_a_time(root):
        _remove_leftovers(root)
        lock.acquire()
        path.mkdir()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        lock.release()
        with suppress(OSError):
            path.with_suffix(LOCK).unlink(missing_ok=True)


@contextmanager
def _one_at_a_time(root: Path) -> Iterator[None]:
    """Let one process at a time make, name and clear away folders."""
    try:
        with FileLock(root / LOCK, timeout=30):
            yield
    except Timeout as error:
        raise DataError("Another import is changing {folder}; try again in a moment.", folder=str(root)) from error


def _remove_leftovers(root: Path) -> None:
    """Remove what nobody works on any more; a link that is called so is taken away and not followed."""
    for path in root.glob(".*-*"):
        if not path.name.startswith((HIDDEN, LEAVING)) or is_held(path.with_suffix(LOCK)):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _check_room(root: Path, survey: Survey) -> None:
    """Refuse before anything is written what the disk has no room for."""
    needed, free = survey.count * math.prod(survey.shape) * survey.dtype.itemsize + ROOM, shutil.disk_usage(root).free
    if needed > free:
        raise UnusableFile(
            "These images need {needed:,} MB and {folder} has {free:,} MB free; make room, import them smaller, or name another folder "
            "with LATENT_LENS_DATA.",
            needed=-(-needed // MB),
            folder=str(root),
            free=free // MB,
        )


# --------------------------------------------------------------------------- what is written


def _write_images(path: Path, source: ImageSource, survey: Survey, on_progress: Progress) -> dict[str, Any]:
    """Write the images as they come and return what is found out on the way; the hash is that of `Dataset.sha256`."""
    shape, digest, done = tuple(map(int, (survey.count, *survey.shape))), Digest(), 0
    low, high, total, looked = math.inf, -math.inf, np.zeros(survey.shape), 0
    digest.begin(survey.dtype, shape)
    with open(path, "wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": survey.dtype.str, "fortran_order": False, "shape": shape})
        for block in source.blocks():
            _check_block(block, survey, done, source)
            digest.add(block)
            file.write(np.ascontiguousarray(block).reshape(-1).data)
            low, high = float(np.minimum(low, block.min())), float(np.maximum(high, block.max()))
            some = block[:: -(-survey.count // LOOKED)]
            total, looked, done = total + some.sum(0, dtype=np.float64), looked + len(some), done + len(block)
            on_progress(done / survey.count)
        if done != survey.count:
            raise ChangedFile(source.path.name)
        file.flush()
        os.fsync(file.fileno())
    if not 0 <= low <= high <= survey.divisor:  # NaN included
        raise Unreadable("it holds a number that makes no sense")
    if survey.labels is not None:
        digest.begin(np.dtype(np.int64), survey.labels.shape)
        digest.add(survey.labels)
    mean = (total / looked).reshape(-1, *survey.shape[-2:]).mean(0)
    stamp = path.stat()
    return {
        "format": FORMAT, "sha256": digest.hexdigest(), "shape": list(shape), "type": survey.dtype.name,
        "divisor": float(survey.divisor), "limits": [low, high], "is_dark": is_ink_dark(mean[None]),
        "stamp": [stamp.st_size, stamp.st_mtime_ns],
    }  # fmt: skip


def _check_block(block: NDArray[Any], survey: Survey, done: int, source: ImageSource) -> None:
    """Refuse images that are not those of the survey."""
    if not len(block) or block.shape[1:] != survey.shape or block.dtype != survey.dtype or done + len(block) > survey.count:
        raise ChangedFile(source.path.name)


def _told(source: ImageSource, survey: Survey, name: str) -> dict[str, Any]:
    """Return what dataset.json keeps of where the images come from and of how they were treated; no folder, which is private."""
    options = source.options
    return {
        "name": name, "class_names": [writable(one) for one in survey.class_names], "n_validation": int(survey.n_validation),
        "n_test": int(survey.n_test), "kind": survey.kind, "source": writable(source.path.name), "options": _recorded(options),
        "said": [one.record() for one in survey.said], "n_left_out": int(survey.n_left_out),
    }  # fmt: skip


def _recorded(options: ImportOptions) -> dict[str, Any]:
    return {
        "size": list(options.size) if options.size else None,
        "fit": options.fit,
        "colour": options.colour,
        "labels": Path(options.labels).name,
        "table": options.table.name if options.table else "",
        "is_inverted": options.is_inverted,
    }


def _table(source: ImageSource, survey: Survey) -> pyarrow.Table:
    """Return the columns of the source, then class and split of each image."""
    import pyarrow

    table = plain(source.table(), survey.count, reserved=OWN_COLUMNS)
    if survey.labels is not None:
        names = pyarrow.array([writable(one) for one in survey.class_names], pyarrow.string())
        classes = pyarrow.DictionaryArray.from_arrays(pyarrow.array(survey.labels, pyarrow.int32()), names)
    else:
        classes = pyarrow.nulls(survey.count, pyarrow.dictionary(pyarrow.int32(), pyarrow.string()))
    parts = np.repeat([0, 1, 2], [survey.count - survey.n_validation - survey.n_test, survey.n_validation, survey.n_test])
    splits = pyarrow.DictionaryArray.from_arrays(pyarrow.array(parts, pyarrow.int32()), ["train", "validation", "test"])
    return table.append_column("class", classes).append_column("split", splits)


def _write_table(path: Path, table: pyarrow.Table) -> None:
    import pyarrow.parquet

    pyarrow.parquet.write_table(table, path, compression="zstd")
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


# --------------------------------------------------------------------------- into its place


def _put_in_place(root: Path, path: Path, new: Imported) -> Imported:
    """Rename a finished folder to its id; where the same images are there already, theirs stays, and is told what is new."""
    with _one_at_a_time(root):
        for known in with_digits(id_of(new.name, new.sha256), root):
            if known.sha256 == new.sha256 and _is_whole(known):
                return _told_anew(known, new)
        target = root / new.id
        if os.path.lexists(target):  # else it would have been found
            _check_damaged(target)
            os.rename(target, root / f"{LEAVING}{secrets.token_hex(8)}")
        sync_folder(path)
        os.rename(path, target)
        sync_folder(root)
        _remove_leftovers(root)
    return replace(new, path=target)


def _check_damaged(path: Path) -> None:
    """Refuse to put anything in the place of a set that only a newer version can read."""
    try:
        as_recorded(path)
    except Newer as error:
        raise unusable(path.name, error) from error
    except (OSError, Unreadable):
        return


def _is_whole(known: Imported) -> bool:
    """Tell whether the images of a set are as they were written; read anew where their file was touched since."""
    images = known.path / IMAGES
    found = images.stat()
    if (found.st_size, found.st_mtime_ns) == known.stamp:
        return True
    from vae_core.data.imported import load

    try:
        return load(known).sha256 == known.sha256
    except DataError:
        return False


def _told_anew(known: Imported, new: Imported) -> Imported:
    """Give a set the table and the description of an import of the same images; dataset.json says which table counts, so one write does."""
    record = json.loads((new.path / RECORD).read_bytes()) | {"name": known.name}
    table = known.table
    if new.table_sha256 != known.table_sha256:
        table = f"table-{new.table_sha256[:8]}.parquet"
        write_beside(known.path / table, (new.path / TABLE).read_bytes())
    stamp = (known.path / IMAGES).stat()
    write_json(known.path / RECORD, {**record, "files": {table: new.table_sha256}, "stamp": [stamp.st_size, stamp.st_mtime_ns]})
    if table != known.table:
        (known.path / known.table).unlink(missing_ok=True)
    return replace(as_recorded(known.path), was_there=True)
