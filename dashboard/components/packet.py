"""A packet: bytes and small facts on their way to the browser, which js/host/store.js takes apart."""

from __future__ import annotations

import json
import struct
from typing import Any


def pack(key: str, blobs: dict[str, bytes], **small: Any) -> bytes:
    """Join blobs and small facts into the bytes that store.js takes apart: length, JSON header, blobs one after another."""
    header = json.dumps({"key": key, "sizes": [[name, len(blob)] for name, blob in blobs.items()], **small}).encode()
    return struct.pack("<I", len(header)) + header + b"".join(blobs.values())
