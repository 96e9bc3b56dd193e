"""The files of a folder or an archive, whichever it is: names that can be shown, sizes, and how a process of its own reads one of them."""

from __future__ import annotations

import os
import stat
import unicodedata
from abc import ABC, abstractmethod
from pathlib import Path
from typing import IO, Any

import numpy as np

from vae_core.data.errors import UnusableFile
from vae_core.importing.limits import LONGEST_NAME, MB, MOST_BYTES, MOST_FILES
from vae_core.importing.picture_head import BadPicture
from vae_core.messages import Message, reason, say
from vae_core.printable import shown

IGNORED = ("__macosx", "thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r", "$recycle.bin")  # what systems leave behind
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst")
READ_ONLY = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
UNFOLLOWED = READ_ONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)

Key = list[Any]  # JSON-ready: what a Reader needs to find a file


class Changed(Exception):
    """A file that is not what it was when the source was looked at."""


class Files(ABC):
    """Files by number, sorted by name.

    Attributes:
        name: of the folder or the archive, without its own folder.
        names: with "/" between folders, fit to be shown; two of them may look alike.
        left_out: names and reasons of what is no file to be read.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.names: list[str] = []
        self.left_out: list[tuple[str, Message]] = []

    @abstractmethod
    def key(self, number: int) -> Key:
        """Return what a Reader needs to read the file."""

    @abstractmethod
    def size(self, number: int) -> int:
        """Return the bytes of a file, as announced."""

    @abstractmethod
    def reader(self) -> Reader:
        """Return who reads them in this process."""

    @abstractmethod
    def address(self) -> list[Any]:
        """Return kind, place and size of the whole, JSON-ready, from which another process makes a reader."""


class Reader(ABC):
    """Reads files by their keys; made anew in each process."""

    @abstractmethod
    def file(self, key: Key) -> tuple[IO[bytes], int]:
        """Return a file to read from, and its bytes.

        Raises:
            BadPicture: it cannot be read.
            Changed: it is not what it was.
        """

    @abstractmethod
    def content(self, key: Key) -> bytes:
        """Return all of a file, at most MOST_BYTES; raises as `file`."""

    def close(self) -> None:  # noqa: B027  # most have nothing to give back
        """Give back what is open."""


def is_ignored(name: str) -> bool:
    """Tell whether a file or a folder of this name is hidden, or left behind by a system."""
    return name.startswith(".") or name.lower() in IGNORED


def in_order(path: str) -> tuple[tuple[str, ...], str]:
    """Return what files are sorted by: alike on systems that write accents as one letter and as two, and never equal for two names."""
    return tuple(unicodedata.normalize("NFC", path).split("/")), path


def as_shown(path: str) -> str:
    """Return a path as it is shown and kept in tables."""
    shortened = shown(path)[:LONGEST_NAME]
    return path if shortened == path else shortened  # of 500,000 names one copy is enough


def archive_inside(name: str) -> Message | None:
    """Return why an archive within a source is left out, or None for other files."""
    if not name.lower().endswith(ARCHIVES):
        return None
    return say("it is an archive within another source, which is not opened; unpack it or import it by itself")


# --------------------------------------------------------------------------- a folder


class FolderFiles(Files):
    """All files below a folder; links that lead out of it are left out, and folders that are links."""

    def __init__(self, root: Path) -> None:
        """Look through the folder.

        Raises:
            UnusableFile: it has too many files, or cannot be read.
        """
        self.root = Path(os.path.realpath(root))
        super().__init__(root.name or self.root.name)
        found: list[tuple[str, str, int, int]] = []  # name, real path, size, time
        waiting, self._n_seen = [""], 0
        while waiting:
            folder = waiting.pop()
            try:
                found += self._directly_in(folder, waiting)
            except OSError as error:
                if not folder:
                    unreadable = "{name} cannot be read ({why}); make it readable or give another file."
                    raise UnusableFile(unreadable, name=self.name, why=reason(error)) from error
                self.left_out.append((as_shown(folder), say("it cannot be read ({why}); make it readable", why=reason(error))))
        found.sort(key=lambda one: in_order(one[0]))
        self.names = [as_shown(name) for name, *_ in found]
        self._paths = [path for _, path, *_ in found]
        self._stamps = np.array([stamp for _, _, *stamp in found], np.int64).reshape(-1, 2)

    def _directly_in(self, folder: str, waiting: list[str]) -> list[tuple[str, str, int, int]]:
        """Return the files in a folder, and add the folders in it to those that wait."""
        found = []
        with os.scandir(self.root / folder) as entries:
            for entry in entries:
                self._n_seen += 1
                if self._n_seen > MOST_FILES:
                    raise UnusableFile("{name} holds more than {most} files; import a part of them.", name=self.name, most=MOST_FILES)
                if is_ignored(entry.name):
                    continue
                name = f"{folder}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(f"{name}/")
                    continue
                try:
                    found.append((name, *self._known(entry, name)))
                except OSError as error:
                    self.left_out.append((as_shown(name), say("it cannot be read ({why}); make it readable", why=reason(error))))
                except BadPicture as error:
                    self.left_out.append((as_shown(name), error.message))
        return found

    def _known(self, entry: os.DirEntry[str], name: str) -> tuple[str, int, int]:
        """Return a file's real path below the root, its size and its time; raises BadPicture where it is left out."""
        if archive := archive_inside(entry.name):
            raise BadPicture(archive)
        if entry.is_symlink():
            real = os.path.realpath(entry.path)
            if os.path.commonpath([real, self.root]) != str(self.root) or not os.path.isfile(real):
                raise BadPicture("it is a link out of the folder or to nothing, which is not followed; put the picture itself there")
            now = os.stat(real)
            return os.path.relpath(real, self.root), now.st_size, now.st_mtime_ns
        now = entry.stat(follow_symlinks=False)
        if not stat.S_ISREG(now.st_mode):
            raise BadPicture("it is no regular file; put a picture in its place or remove it")
        return name, now.st_size, now.st_mtime_ns

    def key(self, number: int) -> Key:
        """Return real path, size and time."""
        return [self._paths[number], *self._stamps[number].tolist()]

    def size(self, number: int) -> int:
        """Return the bytes of a file."""
        return int(self._stamps[number, 0])

    def reader(self) -> Reader:
        """Return who reads them in this process."""
        return FolderReader(str(self.root))

    def address(self) -> list[Any]:
        """Return kind and place."""
        return ["folder", str(self.root), []]


class FolderReader(Reader):
    """Reads files of a folder, if they are what they were."""

    def __init__(self, place: str) -> None:
        self.place = place

    def file(self, key: Key) -> tuple[IO[bytes], int]:
        """Open a file."""
        path, size, time = key
        try:
            handle = os.open(os.path.join(self.place, path), UNFOLLOWED)
        except FileNotFoundError as error:
            raise Changed from error
        except (OSError, ValueError) as error:
            raise BadPicture("it cannot be read ({why}); make it readable", why=reason(error)) from error
        file = os.fdopen(handle, "rb")
        now = os.fstat(handle)
        if not stat.S_ISREG(now.st_mode) or (now.st_size, now.st_mtime_ns) != (size, time):
            file.close()
            raise Changed
        return file, size

    def content(self, key: Key) -> bytes:
        """Read a file."""
        if key[1] > MOST_BYTES:
            raise BadPicture("it has more than {most} MB; save it smaller", most=MOST_BYTES // MB)
        file, size = self.file(key)
        with file:
            try:
                content = file.read(size)
            except OSError as error:
                raise BadPicture("it cannot be read ({why}); make it readable", why=reason(error)) from error
        if len(content) != size:
            raise Changed
        return content
