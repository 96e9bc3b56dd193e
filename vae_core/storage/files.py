"""Files that are whole or absent: written beside and renamed, the same content the same bytes. No pickle anywhere."""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from vae_core.storage.reading import opened

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]


def write_beside(path: Path, content: bytes, is_synced: bool = True) -> None:
    """Write a file so that a reader, or a crash, sees the old content or the new, never a part."""
    temporary = temporary_beside(path)
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            if is_synced:
                os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def temporary_beside(path: Path) -> Path:
    """Return where a file is written before it takes its name: no other writer's, be it a thread, or a process of another container."""
    return path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")


def is_held(lock: Path) -> bool:
    """Tell whether a process holds a lock file; False where it cannot be tried, or is no plain file.

    It is tried by sharing it for an instant, so that several who ask at once do not take one another for the holder.
    """
    try:
        if not stat.S_ISREG(os.lstat(lock).st_mode):
            return False
        if fcntl is None:  # Windows knows no shared locks of this kind
            with FileLock(lock, timeout=0):
                return False
        with open(lock, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except (Timeout, BlockingIOError):
        return True
    except OSError:
        return False


def sync_folder(path: Path) -> None:
    """Make renames within a folder survive a loss of power, where the system can."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write a JSON object beside and rename it."""
    write_beside(path, (json.dumps(values, indent=1, ensure_ascii=False) + "\n").encode())


def write_npz(path: Path, **arrays: NDArray[Any]) -> None:
    """Write compressed arrays beside and rename them; the same arrays give the same bytes."""
    buffer = io.BytesIO()
    # np.savez stamps nothing but the epoch of zip files, so equal runs stay equal to the byte.
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    write_beside(path, buffer.getvalue())


def sha256(path: Path) -> str:
    """Return the SHA-256 of a regular file as hex.

    Raises:
        FileNotFoundError, Unreadable: see reading.py.
    """
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def in_order(safetensors: bytes) -> bytes:
    """Return the same file with its header's keys sorted: the library writes metadata in an order that changes from call to call."""
    length = int.from_bytes(safetensors[:8], "little")
    header = json.dumps(json.loads(safetensors[8 : 8 + length]), sort_keys=True).encode()
    header += b" " * (-len(header) % 8)  # tensors start at a multiple of 8, as the format recommends
    return len(header).to_bytes(8, "little") + header + safetensors[8 + length :]
