"""Which data are pictures, and the only functions that turn arrays into picture files and back.

A picture is an array (H, W) of grey levels or (C, H, W) of channels; only `png` puts the channels last, as PNG files have them.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

WHITE = 255
MOST_PIXELS = 2**18  # of a frame in colour as PNG


@dataclass(frozen=True)
class ImageShape:
    """The shape of one picture: (H, W) is one channel, (C, H, W) is one channel or three colours."""

    channels: int
    height: int
    width: int

    @classmethod
    def of(cls, event_shape: Sequence[int]) -> ImageShape | None:
        """Return the shape of pictures that are stored with this shape, or None where such data are no pictures."""
        channels, *size = event_shape if len(event_shape) == 3 else (1, *event_shape)
        return cls(channels, *size) if len(size) == 2 and channels in (1, 3) else None

    @property
    def is_colour(self) -> bool:
        """Whether there are three channels, red, green and blue."""
        return self.channels == 3


def to_pixels(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Return values of any shape in [0, 1] as bytes; what lies outside is clipped, and what are bytes already stays."""
    return values if values.dtype == np.uint8 else np.round(np.clip(values, 0, 1) * WHITE).astype(np.uint8)


def mosaic_of(pictures: NDArray[Any]) -> NDArray[np.uint8]:
    """Join pictures (rows, columns, [C,] H, W) into one ([C,] rows*S, columns*S) of square cells, S = max(H, W).

    A map's cells are square, so a picture that is not lies in the middle of its cell; mosaic.js lays them out alike.
    """
    rows, columns, *channels, height, width = pictures.shape
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    cells = np.zeros((*channels, rows, side, columns, side), np.uint8)
    cells[..., top : top + height, :, left : left + width] = np.moveaxis(to_pixels(pictures), (0, 1), (-4, -2))
    return cells.reshape(*channels, rows * side, columns * side)


def enlarge(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return a picture so many whole times larger that its longer side has at least `side` pixels: every pixel stays a square."""
    times = max(1, -(-side // max(picture.shape[-2:])))
    return picture.repeat(times, -2).repeat(times, -1)


def shrink(picture: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    """Return a picture so many times smaller along each side, of the means of its pixels."""
    return picture if times == 1 else _as_array(_as_image(picture).reduce(times))


def png(picture: NDArray[np.uint8], *, greys: int = 256, is_packed: bool = True) -> bytes:
    """Return a picture as PNG bytes.

    Args:
        picture: grey (H, W) or (1, H, W), colour (3, H, W), or colour and opacity (4, H, W).
        greys: 16 where a grey picture has no more levels (0, 17 ... 255): half a byte a pixel before they are packed.
        is_packed: whether to take time to find the smallest file.
    """
    image, buffer = _as_image(picture), io.BytesIO()
    if greys == 16 and image.mode == "L":
        image = image.point([(level + 8) // 17 for level in range(256)])
        image.putpalette([17 * level for level in range(greys) for _ in range(3)])
        image.save(buffer, "PNG", bits=4)
    else:
        image.save(buffer, "PNG", optimize=is_packed)
    return buffer.getvalue()


def frame_file(picture: NDArray[np.uint8], *, greys: int = 256) -> bytes:
    """Return a frame of a film as a picture file: a PNG, as `png` makes it, or a JPEG of a large one in colour.

    That is two or three of 255 levels beside, in a hundredth of a PNG's time: a film of 64 x 64 pictures opens at once.
    """
    image = _as_image(picture)
    if image.mode == "L":
        return png(picture, greys=greys)
    if image.width * image.height <= MOST_PIXELS:
        return png(picture, is_packed=False)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=92, subsampling=0)
    return buffer.getvalue()


def data_url(png: bytes) -> str:
    """Return PNG bytes as an address that holds them, which a page needs not fetch."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def pixels_of(png: bytes) -> NDArray[np.uint8]:
    """Return the picture in a PNG file: (H, W), or (3, H, W) where it has colours.

    Raises:
        OSError, SyntaxError, ValueError: the file is damaged; Pillow raises all three.
    """
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        return _as_array(image.convert("RGB" if image.mode == "RGB" else "L"))


def _as_image(picture: NDArray[np.uint8]) -> Any:
    from PIL import Image

    is_colour = picture.ndim == 3 and len(picture) in (3, 4)
    return Image.fromarray(np.moveaxis(picture, 0, -1) if is_colour else picture.reshape(picture.shape[-2:]))


def _as_array(image: Any) -> NDArray[np.uint8]:
    array = np.asarray(image)
    return np.moveaxis(array, -1, 0) if array.ndim == 3 else array
