"""The pixels of one picture's file: what they say before the import, and as an image. Only Pillow touches what is in the file."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_core.importing.fitting import Target, fit, inverted, with_colour
from vae_core.importing.picture_head import (
    ALPHA,
    DEEP,
    GREY,
    JPEG,
    SIGNATURE,
    BadPicture,
    check_pixels,
    damaged,
    exif_of,
    kind_of,
    open_picture,
)

if TYPE_CHECKING:
    from PIL.Image import Image

STUDIED = 512  # pixels of a side that are looked at for colours


@dataclass(frozen=True, slots=True)
class Study:
    """What the pixels of a picture say.

    Attributes:
        is_grey: the channels are equal in every pixel.
        visible: mean grey level of what can be seen of a picture with alpha, 0 to 255; below 0 where nothing can be seen through.
        low, high: smallest and largest value, of deep pictures.
    """

    is_grey: bool
    visible: float = -1.0
    low: float = 0.0
    high: float = 255.0


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """How all pictures of a source become images.

    Attributes:
        target: size and colour.
        ground: grey level, 0 or 255, of what lies behind what can be seen through.
        low, high: of deep pictures, what becomes black and white.
    """

    target: Target
    ground: int = 255
    low: float = 0.0
    high: float = 65535.0


def study(content: bytes) -> Study:
    """Return what the pixels of a picture say; all of them are decoded, a JPEG's at a smaller size.

    Raises:
        BadPicture: they cannot be decoded.
    """
    try:
        with open_picture(io.BytesIO(content), kind_of(content[:SIGNATURE]) or "") as image:
            check_pixels(image.format or "", *image.size)
            if image.format in JPEG:
                image.draft(None, (STUDIED // 2, STUDIED // 2))
            image.load()
            return _range_of(np.asarray(image)) if image.mode in DEEP else _colours_of(image)
    except Exception as error:  # Pillow's readers let any error through
        raise damaged(error) from error


def _range_of(values: NDArray[Any]) -> Study:
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise BadPicture("it holds NaN or infinity; save it with finite values")
    return Study(is_grey=True, low=float(values.min()), high=float(values.max()))


def _colours_of(image: Image) -> Study:
    from PIL.Image import Resampling

    has_alpha = image.mode in ALPHA or "transparency" in image.info
    if image.mode in GREY and not has_alpha:
        return Study(is_grey=True)
    small = image.resize((min(image.width, STUDIED), min(image.height, STUDIED)), Resampling.NEAREST)
    pixels = np.asarray(small.convert("RGBA" if has_alpha else "RGB"))
    red, green, blue = (pixels[..., channel] for channel in range(3))
    visible = -1.0
    if has_alpha and (total := pixels[..., 3].sum(dtype=np.float64)) < 255 * pixels[..., 3].size:
        visible = float((pixels[..., :3].mean(-1) * pixels[..., 3]).sum() / total) if total else 0.0
    return Study(bool((red == green).all() and (green == blue).all()), visible)


def decode(content: bytes, how: Treatment) -> NDArray[np.uint8]:
    """Return a picture's file as an image, uint8 of the target's shape.

    Raises:
        BadPicture: it cannot be decoded.
    """
    try:
        with open_picture(io.BytesIO(content), kind_of(content[:SIGNATURE]) or "") as image:
            check_pixels(image.format or "", *image.size)
            values = _bytes(fit(_upright(image, how), how.target), how)
    except Exception as error:  # Pillow's readers let any error through
        raise damaged(error) from error
    if how.target.is_colour and values.ndim == 2:
        values = with_colour(values[None])[0]
    return inverted(values) if how.target.is_inverted else values


def _bytes(values: NDArray[Any], how: Treatment) -> NDArray[np.uint8]:
    if values.dtype == np.uint8:
        return values
    span = how.high - how.low or 1.0
    return np.clip((values - how.low) / span * 255 + 0.5, 0, 255).astype(np.uint8)


def _upright(image: Image, how: Treatment) -> Image:
    """Return a picture of mode L or RGB, or F of a deep one, as it is seen."""
    from PIL import Image as Pillow

    target, turn = how.target, 1
    if image.format != "TIFF" and "exif" in image.info:
        turn = exif_of(image)[0]
    if image.format in JPEG:
        # libjpeg makes it smaller by itself, at most by eight, to no less than twice what is wanted, whichever way it is turned.
        sides = (2 * max(target.width, target.height),) * 2
        image.draft(None if target.is_colour else "L", sides)
    flat = _flat(image, how)
    if turn > 1:
        ways = Pillow.Transpose
        turns = (
            ways.FLIP_LEFT_RIGHT, ways.ROTATE_180, ways.FLIP_TOP_BOTTOM, ways.TRANSPOSE, ways.ROTATE_270, ways.TRANSVERSE, ways.ROTATE_90,
        )  # fmt: skip
        flat = flat.transpose(turns[turn - 2])
    return flat


def _flat(image: Image, how: Treatment) -> Image:
    """Return a picture in mode L or RGB, F if it is deep, with the ground behind what can be seen through."""
    from PIL import Image as Pillow

    mode = "RGB" if how.target.is_colour and image.mode not in GREY else "L"
    if image.mode in DEEP:
        return Pillow.fromarray(np.asarray(image).astype(np.float32))
    if image.mode in ALPHA or "transparency" in image.info:
        seen = image.convert("RGBA")
        ground = Pillow.new("RGB", seen.size, (how.ground,) * 3)
        ground.paste(seen, mask=seen.getchannel("A"))
        return ground if mode == "RGB" else ground.convert("L")
    if image.mode == mode:
        image.load()
        return image
    return image.convert(mode) if image.mode in ("1", "L", "RGB") else image.convert("RGB").convert(mode)
