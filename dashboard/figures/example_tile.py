"""A tile of examples: a few pictures side by side as one PNG, whose gaps show the page."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vae_core.data.pictures import enlarge, png

ACROSS = 3  # pictures in a row of a tile
SIDE = 96  # pixels of a picture's longer side, at least
GAP = 6  # pixels between two


def draw_tile(pictures: NDArray[np.uint8], across: int = ACROSS) -> bytes:
    """Return a PNG of pictures in rows, enlarged so that every pixel stays a square; what is no picture is clear.

    Args:
        pictures: (n, H, W) or (n, 3, H, W), 0 to 255.
        across: pictures in a row.
    """
    shown = [enlarge(picture, SIDE) for picture in pictures]
    height, width = shown[0].shape[-2:]
    rows = math.ceil(len(shown) / across)
    tile = np.zeros((4, rows * (height + GAP) - GAP, across * (width + GAP) - GAP), np.uint8)
    for place, picture in enumerate(shown):
        top, left = (place // across) * (height + GAP), (place % across) * (width + GAP)
        tile[:3, top : top + height, left : left + width] = picture
        tile[3, top : top + height, left : left + width] = 255
    return png(tile, is_packed=False)
