"""Pictures as PNG files."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


def tile(images: Floats) -> NDArray[np.uint8]:
    """Join pictures (rows, columns, H, W) in [0, 1] into one grey picture (rows*S, columns*S) of square cells, S = max(H, W).

    A map's cells are square, so a picture that is not lies in the middle of its cell; js/canvas/mosaic.js lays them out alike.
    """
    rows, columns, height, width = images.shape
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    cells = np.zeros((rows, side, columns, side), images.dtype)
    cells[:, top : top + height, :, left : left + width] = images.transpose(0, 2, 1, 3)
    joined = cells.reshape(rows * side, columns * side)
    return np.round(np.clip(joined, 0, 1) * 255).astype(np.uint8)


def smaller(picture: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    """Return a grey picture (H, W) so many times smaller along each side, of the means of its pixels."""
    from PIL import Image

    return picture if times == 1 else np.asarray(Image.fromarray(picture).reduce(times))


def png(picture: NDArray[np.uint8]) -> bytes:
    """Return a grey picture (H, W) as PNG bytes."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
