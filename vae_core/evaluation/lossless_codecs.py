"""What general programs and picture formats make of images without loss, in bits per image: what a model's code is compared with."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
WIDEST_WEBP = 16383  # pixels along a side
BEST = 9


def bits_of_codecs(pixels: Pixels, levels: int) -> dict[str, float]:
    """Return the bits per image that each codec takes for all images as one stream, or as one sheet of pictures.

    Args:
        pixels: (N, H, W) or (N, C, H, W), whole numbers from 0 to levels - 1.
        levels: how many there are; with two, eight pixels are packed into a byte first.
    """
    stream = np.packbits(pixels).tobytes() if levels == 2 else pixels.tobytes()
    sizes = {
        "gzip": len(gzip.compress(stream, BEST, mtime=0)),
        "bzip2": len(bz2.compress(stream, BEST)),
        "xz": len(lzma.compress(stream, preset=BEST | lzma.PRESET_EXTREME)),
    }
    picture = _sheet(pixels, levels)
    if picture is not None:
        sizes["PNG"] = _size(picture, "PNG", optimize=True)
        if max(picture.size) <= WIDEST_WEBP:
            sizes["WebP"] = _size(picture.convert("RGB"), "WEBP", lossless=True, quality=100, method=6)
    return {name: 8 * size / len(pixels) for name, size in sizes.items()}


def _sheet(pixels: Pixels, levels: int) -> Image.Image | None:
    """Return all images on one sheet, nearly square, or None where they are no grey or RGB pictures."""
    if pixels.ndim == 3:
        pixels = pixels[:, None]
    if pixels.ndim != 4 or pixels.shape[1] not in (1, 3):
        return None
    n, channels, height, width = pixels.shape
    across = max(1, math.ceil(math.sqrt(n * height / width)))
    down = math.ceil(n / across)
    cells = np.zeros((down * across, channels, height, width), np.uint8)
    cells[:n] = pixels
    sheet = cells.reshape(down, across, channels, height, width).transpose(0, 3, 1, 4, 2).reshape(down * height, across * width, channels)
    if channels == 3:
        return Image.fromarray(sheet)
    return Image.fromarray(sheet[..., 0] > 0).convert("1") if levels == 2 else Image.fromarray(sheet[..., 0])


def _size(picture: Image.Image, kind: str, **options: int | bool) -> int:
    content = io.BytesIO()
    picture.save(content, kind, **options)
    return len(content.getvalue())


def bits_of_independent_pixels(train: Pixels, pixels: Pixels, levels: int) -> float:
    """Return the bits per image of the best code that knows how often each pixel has each level, and nothing of its neighbours.

    Args:
        train: (M, *event), images that the shares are counted on; half a count is added to each.
        pixels: (N, *event), those that are coded.
    """
    at = np.arange(train[0].size)
    counts = np.full((train[0].size, levels), 0.5)
    for flat in train.reshape(len(train), -1):
        counts[at, flat] += 1
    bits = -np.log2(counts / counts.sum(1, keepdims=True))
    return float(np.mean([bits[at, flat].sum() for flat in pixels.reshape(len(pixels), -1)]))
