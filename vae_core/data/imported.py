"""The data folder: images that were imported, each set in a folder of its own, which importing/writer.py writes and this module reads.

    <name>@<first 8 hex digits of its SHA-256>/    images.npy    table.parquet (a row for each image)    dataset.json
    .import-*, .removed-*                          imports that are under way or were killed, and sets on their way out

Anybody may have damaged or written what lies there: each set is looked at by itself, and nothing is followed to another place.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_core import place
from vae_core.data.dataset import Dataset
from vae_core.data.errors import DataError, UnusableFile
from vae_core.data.npy import header
from vae_core.data.pictures import ImageShape
from vae_core.data.rows import Rows
from vae_core.data.table import check_plain, labels_of, table_with_hash
from vae_core.messages import Message, reason, say
from vae_core.storage.reading import UPDATE, Newer, Unreadable, read_json
from vae_core.storage.shapes import COUNT, HASH, Between

if TYPE_CHECKING:
    import pyarrow

FORMAT = 1
IMAGES, TABLE, RECORD = "images.npy", "table.parquet", "dataset.json"
ID = re.compile(r"(?P<name>[^/\\\0]+)@(?P<digits>[0-9a-f]{8})")
A_TABLE = re.compile(r"table(-[0-9a-f]{8})?\.parquet")  # another one than the first, where the same images were imported again
ANEW = "remove it with `{command} data remove {name}` and import it again."
OWN_COLUMNS = ("class", "split")  # of the table; the others are the source's
SHAPE: Mapping[str, Any] = {
    "name": str, "sha256": HASH, "shape": [range(1, 2**31), range(3, 5)],
    "type": {"uint8", "float32"}, "divisor": Between(1, 255), "limits": [Between(0, 255), 2], "stamp": [range(2**63), 2],
    "class_names": [str], "n_validation": COUNT, "n_test": COUNT, "is_dark": bool, "files": {"*": HASH},
    "kind": str, "source": str, "options": {}, "said": [{"sentence": str}], "n_left_out": COUNT,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Imported:
    """What is known of a set of imported images without reading them.

    Attributes:
        path: its folder, whose name is its id.
        name: what it is called on a screen.
        sha256: that of `Dataset.sha256`, by which a run knows its data.
        shape: (N, H, W) or (N, 3, H, W).
        dtype: uint8 or float32.
        divisor: the value of full ink.
        limits: the smallest and the largest value.
        class_names: as the source has them; none where it has no classes.
        n_validation, n_test: so many rows at the end are the official validation and test sets.
        is_dark: whether they are dark ink on light paper, as they lie here.
        kind, source, options, said, n_left_out: how it was made: of what, from a file or folder of which name, how, with which conversions.
        table: name of the file of its table.
        table_sha256: SHA-256 of that file.
        stamp: size of images.npy in bytes, and the time of its last change in ns, as they were when it was written.
        was_there: whether the import that returned it found it there already.
    """

    path: Path
    name: str
    sha256: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    divisor: float
    limits: tuple[float, float]
    class_names: tuple[str, ...]
    n_validation: int
    n_test: int
    is_dark: bool
    kind: str
    source: str
    options: Mapping[str, Any]
    said: tuple[Message, ...]
    n_left_out: int
    table: str
    table_sha256: str
    stamp: tuple[int, int]
    was_there: bool = field(default=False, kw_only=True)

    @property
    def id(self) -> str:
        """Return what a run's settings call it."""
        return id_of(self.name, self.sha256)

    @property
    def count(self) -> int:
        """Return how many images there are."""
        return self.shape[0]

    @property
    def event_shape(self) -> tuple[int, ...]:
        """Return the shape of one image."""
        return self.shape[1:]

    def placeholder(self) -> Dataset:
        """Return a dataset of its size and range, all of whose images are one and the same."""
        picture = np.full(self.event_shape, self.limits[0], self.dtype)
        picture.flat[0] = self.limits[1]
        return self.dataset(np.broadcast_to(picture, self.shape), None)

    def dataset(self, values: np.ndarray | Rows, labels: np.ndarray | None) -> Dataset:
        """Return the dataset with these values, whatever is known of it."""
        return Dataset(
            name=self.name,
            values=values,
            divisor=self.divisor,
            kind="image",
            labels=labels,
            class_names=self.class_names if labels is not None else (),
            official_test=self.n_test,
            official_validation=self.n_validation,
            source="images of the user's own",
            limits=self.limits,
        )


@dataclass(frozen=True)
class Damaged:
    """A folder among the imported sets that cannot be used, and the sentence that says why."""

    id: str
    sentence: Message


def data_folder() -> Path:
    """Return the folder of imported images: the environment variable LATENT_LENS_DATA, else one of this user's."""
    if given := os.environ.get("LATENT_LENS_DATA"):
        return Path(os.path.expanduser(given)).absolute()
    from platformdirs import user_data_path

    return user_data_path("latent-lens", appauthor=False) / "data"


def id_of(name: str, sha256: str) -> str:
    """Return what a run's settings call the set of this name with this hash."""
    return f"{name}@{sha256[:8]}"


def display_name(dataset: str) -> str:
    """Return what a screen calls a dataset that settings call `dataset`: an imported one without the digits of its hash."""
    found = ID.fullmatch(dataset)
    return found["name"] if found else dataset


def survey(folder: Path | None = None) -> tuple[list[Imported], list[Damaged]]:
    """Return the imported sets in the order of their ids, and what lies among them that cannot be used."""
    found, damaged, root = [], [], folder or data_folder()
    for name in _names(root):
        try:
            found.append(opened(root / name))
        except UnusableFile as error:
            damaged.append(Damaged(name, error.message))
    return found, damaged


def listed(folder: Path | None = None) -> list[Imported]:
    """Return the imported sets that can be used, in the order of their ids."""
    return survey(folder)[0]


def is_known(name: str) -> bool:
    """Tell whether a folder is called like a set of this name; nothing is opened."""
    return any(display_name(one) == name for one in _names(data_folder()))


def find(name: str, folder: Path | None = None) -> Imported:
    """Return the set of this id, or the only one of this name.

    Raises:
        DataError: there is none, there are several, or (UnusableFile) its folder is damaged.
    """
    return opened(_path_of(name, folder or data_folder()))


def _path_of(name: str, root: Path) -> Path:
    names, asked = _names(root), ID.fullmatch(name)
    same = [one for one in names if one == name] or [path.name for path in _paths(name, root)]
    same = same if asked else [one for one in names if display_name(one) == name]
    if len(same) > 1 and not asked:
        raise DataError("There are several imported data sets called {name}; choose one of {choices}.", name=name, choices=same)
    if not same:
        why = "There is no imported data set {name}; import its images again, or list what there is with `{command} data list`."
        raise DataError(why, name=name, command=place.COMMAND)
    return root / same[0]


def with_digits(dataset: str, folder: Path | None = None) -> list[Imported]:
    """Return the usable sets with the digits of this id, its own name first: the same images may have been imported by another name."""
    found = []
    for path in _paths(dataset, folder or data_folder()):
        with suppress(UnusableFile):
            found.append(opened(path))
    return sorted(found, key=lambda one: one.id != dataset)


def fingerprint(dataset: str) -> list[tuple[str, int, int]]:
    """Return what changes when the sets with the digits of this id do; no file is opened."""
    seen = []
    for file in [path / name for path in _paths(dataset, data_folder()) for name in (RECORD, IMAGES)]:
        with suppress(OSError):
            stamp = os.lstat(file)
            seen.append((f"{file.parent.name}/{file.name}", stamp.st_size, stamp.st_mtime_ns))
    return seen


def _paths(dataset: str, root: Path) -> list[Path]:
    """Return the folders that are called by the digits of this id."""
    asked = ID.fullmatch(dataset)
    return [root / name for name in _names(root) if name.endswith(f"@{asked['digits']}")] if asked else []


def _names(root: Path) -> list[str]:
    """Return the names of the folders that may be imported sets, in order; a link to another place is none."""
    try:
        with os.scandir(root) as entries:
            return sorted(one.name for one in entries if not one.name.startswith(".") and one.is_dir(follow_symlinks=False))
    except OSError:
        return []


# --------------------------------------------------------------------------- one set


def opened(path: Path) -> Imported:
    """Return what dataset.json of a folder says, held against the header of its images.

    Raises:
        UnusableFile: something is missing, damaged, or contradicts another.
    """
    try:
        imported = as_recorded(path)
        if imported.id != path.name:
            raise Unreadable("{name} is missing or makes no sense", name="name")
        return imported
    except (OSError, Unreadable) as error:
        raise unusable(path.name, error) from error


def unusable(name: str, error: BaseException) -> UnusableFile:
    """Return the error that says that a set cannot be used, and what to do."""
    remedy = UPDATE if isinstance(error, Newer) else say(ANEW, name=name, command=place.COMMAND)
    return UnusableFile("The imported data set {name} cannot be used ({why}); {remedy}", name=name, why=reason(error), remedy=remedy)


def as_recorded(path: Path) -> Imported:
    """Return what dataset.json of a folder says, whatever the folder is called.

    Raises:
        OSError, Unreadable: as `opened`.
    """
    for name in (RECORD, IMAGES):
        check_plain(path / name)
    record = read_json(path / RECORD, SHAPE, known=FORMAT)
    shape, kind = tuple(record["shape"]), np.dtype(record["type"])
    classes, tables = record["class_names"], [name for name in record["files"] if A_TABLE.fullmatch(name)]
    low, high = record["limits"]
    is_right = {
        "files": len(tables) == 1,
        "class_names": len(set(classes)) == len(classes),
        "n_test": record["n_validation"] + record["n_test"] < shape[0],
        "limits": low <= high <= record["divisor"],
        "shape": ImageShape.of(shape[1:]) is not None and max(shape[1:]) < 2**16,
    }
    if not all(is_right.values()):
        raise Unreadable("{name} is missing or makes no sense", name=min(is_right, key=lambda name: is_right[name]))
    check_plain(path / tables[0])
    with suppress(UnusableFile):
        if header(path / IMAGES)[:2] == (shape, kind):
            return _imported(path, record, tables[0])
    raise Unreadable("{name} is missing or makes no sense", name=IMAGES)


def _imported(path: Path, record: Mapping[str, Any], table: str) -> Imported:
    low, high = record["limits"]
    return Imported(
        path, record["name"], record["sha256"], tuple(record["shape"]), np.dtype(record["type"]), float(record["divisor"]), (low, high),
        tuple(record["class_names"]),
        record["n_validation"], record["n_test"], record["is_dark"], record["kind"], record["source"], record["options"],
        tuple(map(Message.of, record["said"])), record["n_left_out"], table, record["files"][table], tuple(record["stamp"]),
    )  # fmt: skip


def load(imported: Imported) -> Dataset:
    """Return the images, which stay on the disk, with their labels.

    Raises:
        UnusableFile: its files are not as they were written.
    """
    try:
        rows = Rows(imported.path / IMAGES, header(imported.path / IMAGES)[2], imported.shape, imported.dtype)
        rows.name, classes = imported.name, imported.class_names  # what is said of a change names the set
        dataset = imported.dataset(rows, labels_of(read_table(imported), classes) if classes else None)
        if rows.stamp == imported.stamp:  # written to by nobody since it was hashed
            vars(dataset)["sha256"] = imported.sha256
        return dataset
    except (OSError, Unreadable, DataError) as error:
        raise unusable(imported.id, error) from error


def read_table(imported: Imported) -> pyarrow.Table:
    """Return its table, a row for each image in their order.

    Raises:
        OSError, Unreadable: it is not as it was written, or too large.
    """
    return table_with_hash(imported.path / imported.table, imported.table_sha256, imported.count)


def table_of(sha256: str) -> pyarrow.Table | None:
    """Return the table of the imported set with this hash, a row for each image; None where there is none that can be read."""
    for imported in with_digits(id_of("any", sha256)):
        try:
            if imported.sha256 == sha256:
                return read_table(imported)
        except (OSError, Unreadable):
            continue
    return None


def remove(imported: Imported | str) -> str:
    """Take a set, or what is called so and damaged, out of the data folder for good; runs that learned from it stay. Return its id.

    Raises:
        DataError: there is none, or it cannot be removed.
    """
    path = imported.path if isinstance(imported, Imported) else _path_of(imported, data_folder())
    aside = path.with_name(f".removed-{secrets.token_hex(8)}")
    try:
        os.rename(path, aside)
    except OSError as error:
        raise DataError("{name} cannot be removed ({why}); make its folder writable.", name=path.name, why=reason(error)) from error
    shutil.rmtree(aside, ignore_errors=True)
    return path.name
