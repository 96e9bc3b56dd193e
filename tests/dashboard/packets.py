"""Packets as the browser takes them apart."""

from __future__ import annotations

import json
import struct
from typing import Any


def taken_apart(packet: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the header of a packet and its blobs, as store.js finds them."""
    (length,) = struct.unpack("<I", packet[:4])
    header = json.loads(packet[4 : 4 + length])
    blobs, at = {}, 4 + length
    for name, size in header["sizes"]:
        blobs[name] = packet[at : at + size]
        at += size
    assert at == len(packet)
    return header, blobs
