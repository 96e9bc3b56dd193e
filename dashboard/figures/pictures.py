"""Grey pictures as PNG, enlarged so that every pixel stays a square."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dashboard.i18n.format import fixed, point
from dashboard.i18n.texts import t


def png(picture: NDArray[Any], side: int = 448) -> bytes:
    """Return a picture (H, W), uint8 or floats in [0, 1], as PNG bytes, at least `side` pixels on its longer side."""
    grey = picture if picture.dtype == np.uint8 else np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    times = max(1, -(-side // max(grey.shape)))
    buffer = io.BytesIO()
    Image.fromarray(np.repeat(np.repeat(grey, times, 0), times, 1)).save(buffer, "PNG")
    return buffer.getvalue()


def data_url(data: bytes) -> str:
    """Return PNG bytes as an address that holds them; the server forgets a replaced picture before the browser has fetched it."""
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def describe(picture: NDArray[Any], z: NDArray[Any]) -> str:
    """Say in words where a picture was drawn and how bright it is."""
    return t("sample.alt", z=point(z), mean=fixed(100 * picture.mean(), 0), ink=fixed(100 * (picture > 0.5).mean(), 0))


def pixels(data: bytes) -> NDArray[np.uint8]:
    """Return the grey values (H, W) of a PNG."""
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("L"))
