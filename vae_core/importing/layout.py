"""How an array of images is laid out: where height, width and channels stand in its shape, and what of it is opacity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.data.errors import UnusableFile
from vae_core.importing.limits import BRIGHT
from vae_core.messages import Message, say
from vae_core.storage.reading import MAX_PIXELS

CHANNELS = (1, 3, 4)  # grey, colours, colours and opacity
LEAST_SIDE = 16  # pixels, of an array of which it is plain that it is one picture in colour


@dataclass(frozen=True)
class Layout:
    """How the numbers of one image become a picture.

    Attributes:
        height, width: of the picture.
        channels: 1, 3, or 4 where the last is opacity.
        is_behind: whether a pixel's channels stand together, instead of one plane behind another.
        said: what was recognised, where the shape does not say it by itself.
    """

    height: int
    width: int
    channels: int = 1
    is_behind: bool = False
    said: Message | None = None

    def pictures(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Return rows (B, *event) as pictures (B, H, W), or (B, C, H, W) of several channels."""
        if self.channels == 1:
            return rows.reshape(len(rows), self.height, self.width)
        if self.is_behind:
            return np.moveaxis(rows.reshape(len(rows), self.height, self.width, self.channels), -1, 1)
        return rows.reshape(len(rows), self.channels, self.height, self.width)


def layout_of(shape: Sequence[int], size: tuple[int, int] | None, name: str, *, is_table: bool = False) -> Layout:
    """Return how images of an array of this shape (N, ...) lie in it.

    Args:
        size: height and width that are asked for; rows of pixels may have them.
        name: of the array, for sentences.
        is_table: whether each row is known to be an image.

    Raises:
        UnusableFile: it holds no images, one picture instead of many, or its shape says nothing.
    """
    if not math.prod(shape):
        raise UnusableFile("{name} has the shape {shape}, so it holds no images; save at least one.", name=name, shape=tuple(shape))
    if math.prod(shape[1:]) > MAX_PIXELS:
        raise UnusableFile(
            "{name} has the shape {shape}, so one image has more than {most} million numbers; save smaller images.",
            name=name,
            shape=tuple(shape),
            most=MAX_PIXELS // 10**6,
        )
    match len(shape):
        case 2:
            return _flat(shape, size, name, is_table=is_table)
        case 3 if not (shape[2] in CHANNELS[1:] and min(shape[:2]) >= LEAST_SIDE):
            return Layout(shape[1], shape[2])
        case 3:
            raise UnusableFile(_one_picture(shape, name))
        case 4 if shape[3] in CHANNELS:
            return Layout(shape[1], shape[2], shape[3], True)
        case 4 if shape[1] in CHANNELS[:2]:
            return Layout(shape[2], shape[3], shape[1])
    raise UnusableFile(
        "{name} has the shape {shape}; save images as (count, height, width), with 1, 3 or 4 channels behind that where they have colours.",
        name=name,
        shape=tuple(shape),
    )


def _flat(shape: Sequence[int], size: tuple[int, int] | None, name: str, *, is_table: bool) -> Layout:
    """Return the layout of rows of pixels: of the size that is asked for, or square."""
    count, pixels = shape
    for channels in (1, 3):
        if size and math.prod(size) * channels == pixels:
            return _rows(*size, channels)
    if count == pixels and not is_table:
        raise UnusableFile(_one_picture(shape, name))
    for channels in (1, 3):
        side = math.isqrt(pixels // channels)
        if side > 1 and side**2 * channels == pixels:
            return _rows(side, side, channels)
    if is_table:
        lacking = "{name} has {pixels} pixels in each row, which make no square; give the size of one image as height x width."
        raise UnusableFile(lacking, name=name, pixels=pixels)
    raise UnusableFile(
        "{name} has the shape {shape}: one picture, or rows of {pixels} pixels, which make no square; give the size of one image as "
        "height x width, or save many as (count, height, width).",
        name=name,
        shape=tuple(shape),
        pixels=pixels,
    )


def _rows(height: int, width: int, channels: int) -> Layout:
    if channels == 1:
        said = say("Each row of {pixels} numbers is an image of {height}x{width}.", pixels=height * width, height=height, width=width)
    else:
        said = say(
            "Each row of {pixels} numbers is an image of {height}x{width} in red, green and blue, one plane behind another.",
            pixels=3 * height * width,
            height=height,
            width=width,
        )
    return Layout(height, width, channels, False, said)


def _one_picture(shape: Sequence[int], name: str) -> Message:
    return say(
        "{name} has the shape {shape}, which is one picture; save many as (count, height, width), or import a folder of picture files.",
        name=name,
        shape=tuple(shape),
    )


def is_seen_on_black(values: NDArray[Any]) -> bool:
    """Tell whether what can be seen of pictures (B, 4, H, W), uint8 or float32 in [0, 1], is so bright that it would be lost on white."""
    shares = values.astype(np.float64) / (255 if values.dtype == np.uint8 else 1)
    opacity = shares[:, 3]
    if not opacity.any() or opacity.min() == 1:
        return False
    return bool((shares[:, :3].mean(1) * opacity).sum() / opacity.sum() > BRIGHT / 255)


def without_opacity(values: NDArray[Any], *, is_black: bool) -> NDArray[Any]:
    """Return pictures (B, 4, H, W), uint8 or float32 in [0, 1], laid on black or white: (B, 3, H, W)."""
    colours, opacity = values[:, :3], values[:, 3:]
    if values.dtype == np.uint8:
        share, ground = opacity.astype(np.uint32), 0 if is_black else 255
        return ((colours * share + ground * (255 - share) + 127) // 255).astype(np.uint8)
    return (colours * opacity + (0 if is_black else 1) * (1 - opacity)).astype(values.dtype)
