"""Files of known size and SHA-256: found in the user's own folder or the cache, else fetched from the first mirror that has them."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from vae_core.data.errors import DownloadError
from vae_core.data.npy import LFS
from vae_core.messages import Message, say

TIMEOUT = 10.0  # seconds without a single byte, after which a mirror counts as dead
SLOWEST = 10_000.0  # bytes per second that a mirror must reach on average, so that a trickle ends too
CHUNK = 1 << 16
GZIP, PACKING = b"\x1f\x8b", 1 << 20  # how a gzip file begins; bytes that packing may add where nothing can be saved


class _MirrorError(Exception):
    """Mirrors did not give one file; the arguments are a message for each of them."""


@dataclass(frozen=True)
class RemoteFile:
    """A file of known content.

    Attributes:
        size, sha256: of the file in bytes, and in hex.
        unpacked_size, unpacked_sha256: of what is in it, where it is a gzip file, so that one that was packed anew is known again.
    """

    name: str
    size: int
    sha256: str
    unpacked_size: int = 0
    unpacked_sha256: str = ""

    def is_like(self, path: str) -> bool:
        """Tell from its size, or from the size that a gzip file gives in its last four bytes, whether a file may be this one."""
        try:
            if os.path.getsize(path) == self.size:
                return os.path.isfile(path)
            with open(path, "rb") as file:
                start = file.read(len(GZIP))
                file.seek(-4, os.SEEK_END)
                return start == GZIP and int.from_bytes(file.read(), "little") == self.unpacked_size > 0
        except OSError:
            return False

    def read(self, path: str) -> bytes | None:
        """Return the bytes at `path`, or None where they are absent, unreadable or not exactly this file, perhaps packed anew."""
        try:
            if not self.is_like(path) or os.path.getsize(path) > max(self.size, self.unpacked_size + PACKING):
                return None
            content = Path(path).read_bytes()
        except OSError:
            return None
        return content if hashlib.sha256(content).hexdigest() == self.sha256 or self._is_packed_anew(content) else None

    def _is_packed_anew(self, content: bytes) -> bool:
        try:
            unpacked = gzip.GzipFile(fileobj=io.BytesIO(content)).read(self.unpacked_size + 1)
        except (OSError, EOFError, zlib.error):
            return False
        return hashlib.sha256(unpacked).hexdigest() == self.unpacked_sha256


@dataclass(frozen=True)
class RemoteFolder:
    """Files that belong together, kept as VAE_DATA_DIR/<name>/<file> by the user or as <cache>/latent-lens/<name>/<file> by us.

    Attributes:
        title: how sentences call it.
        mirrors: addresses that end in a slash, to which a file's name is added; tried in order.
    """

    name: str
    title: str
    files: tuple[RemoteFile, ...]
    mirrors: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    def cache(self) -> str:
        """Return the per-user folder that downloads go to."""
        import pooch

        return os.path.join(pooch.os_cache("latent-lens"), self.name)

    def path(self, file: RemoteFile) -> str:
        """Return where `file` is, or would be: in VAE_DATA_DIR where it lies there, else in the cache."""
        own = os.environ.get("VAE_DATA_DIR")
        given = os.path.join(os.path.expanduser(own), self.name, file.name) if own else ""
        return given if os.path.exists(given) else os.path.join(self.cache(), file.name)

    def is_available(self) -> bool:
        """Return whether all files are there with the right size; their content is checked when they are read."""
        return all(file.is_like(self.path(file)) for file in self.files)

    def read(self) -> list[bytes]:
        """Return the verified content of each file, having downloaded those that are nowhere.

        A file of the cache that is damaged is downloaded again; one of the user's is left alone.

        Raises:
            DownloadError: a file of the user's is damaged, or one is absent and no mirror gives it.
        """
        contents = {file: file.read(self.path(file)) for file in self.files}
        wanted = [file for file in self.files if contents[file] is None]
        for file in wanted:
            if (path := self.path(file)) != os.path.join(self.cache(), file.name):
                if _is_pointer(path):
                    raise DownloadError("{name} is not the data but a Git LFS pointer to them; fetch them with git lfs pull.", name=path)
                raise DownloadError(
                    "{path} is not the official file of {size} bytes, it is cut off, damaged, unreadable or another file; "
                    "replace it, or delete it to have it downloaded.",
                    path=path,
                    size=file.size,
                )
        self._download(wanted)
        return [contents[file] or Path(self.cache(), file.name).read_bytes() for file in self.files]

    def _download(self, files: Sequence[RemoteFile]) -> None:
        order = list(self.mirrors)
        for i, file in enumerate(files):
            try:
                good = _fetch(file, self.cache(), order)
            except _MirrorError as error:
                absent = ", ".join(file.name for file in files[i:])
                raise DownloadError(
                    "{title} is not complete on this computer and could not be downloaded ({why}); connect to the internet "
                    "and try again, or put {files} into the folder {cache}, or into the folder {name} inside the folder that "
                    "the environment variable VAE_DATA_DIR names.",
                    title=self.title,
                    why=list(error.args),
                    files=absent,
                    cache=self.cache(),
                    name=self.name,
                ) from error
            order.sort(key=lambda mirror: mirror != good)  # a dead mirror is waited for only once


def _is_pointer(path: str) -> bool:
    """Tell whether a file is what Git LFS leaves where it has not fetched one."""
    try:
        with open(path, "rb") as file:
            return file.read(len(LFS)) == LFS
    except OSError:
        return False


def _fetch(file: RemoteFile, folder: str, mirrors: Sequence[str]) -> str:
    """Put `file` into `folder`, whole and verified or not at all, and return the mirror that gave it."""
    import pooch

    failures: list[Message] = []
    for mirror in mirrors:
        host = urlsplit(mirror).netloc
        try:  # pooch writes a temporary file beside, checks its SHA-256, then renames it, and in any case removes it
            pooch.retrieve(mirror + file.name, file.sha256, file.name, folder, downloader=partial(_receive, size=file.size))
            return mirror
        except _MirrorError as error:
            failures += error.args
        except ValueError:  # what pooch raises for another SHA-256
            failures.append(say("{host} sent another file", host=host))
        except OSError as error:
            why = say(error.strerror or "permission denied")
            raise _MirrorError(say("the folder {folder} cannot be written to, {why}", folder=folder, why=why)) from error
    raise _MirrorError(*failures)


def _receive(url: str, path: str, pooch: object, *, size: int) -> None:
    """Write `size` bytes from `url` to `path`; pooch's own downloader would take any number of bytes, for any length of time."""
    import requests

    host = urlsplit(url).netloc
    try:
        with requests.get(url, stream=True, timeout=TIMEOUT, headers={"Accept-Encoding": "identity"}) as answer, open(path, "wb") as file:
            if answer.status_code != requests.codes.ok:
                raise _MirrorError(say("{host} answered {code}", host=host, code=answer.status_code))
            received = _copy(answer.raw, file, size, os.path.basename(urlsplit(url).path))
    except requests.RequestException as error:
        raise _MirrorError(say("{host} gave no answer", host=host)) from error
    if received < size:
        raise _MirrorError(say("{host} stopped after {received} of {size} bytes", host=host, received=received, size=size))
    if received > size:
        raise _MirrorError(say("{host} sent more than {size} bytes", host=host, size=size))


def _copy(stream: Any, file: IO[bytes], size: int, name: str) -> int:
    """Copy until the stream ends, breaks off, is too slow or exceeds `size`, and return the number of bytes that came."""
    from tqdm import tqdm
    from urllib3.exceptions import HTTPError

    received, deadline = 0, time.monotonic() + TIMEOUT + size / SLOWEST
    with tqdm(total=size, desc=name, unit="B", unit_scale=True, disable=None) as bar:
        while received <= size and time.monotonic() < deadline:
            try:  # read1 returns with what has come; undecoded, because the files are gzip files themselves
                part = stream.read1(CHUNK, decode_content=False)
            except HTTPError:
                break
            if not part:
                break
            received += len(part)
            file.write(part)
            bar.update(len(part))
    return received
