"""Pictures that are made and not collected, so that what varies in them is known exactly. Nothing is read or fetched."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

SIDE, FINER = 28, 4  # pixels along a picture; each is the mean of FINER x FINER dots
# Ten letters of which none, turned by at most TURN degrees, is another.
LETTERS = "ABEFGKPRST"
COUNT = 4000
BOLD = 7  # dots by which the 200 dot typeface is thickened: its small letters would be hairlines
TURN = 60.0  # degrees to either side
SMALLEST, LARGEST = 11.0, 20.0  # pixels from top to bottom of an upright letter
PLASTIC = 1.32471795724474602596  # the real root of x^3 = x + 1


def glyphs() -> dict[str, Any]:
    """Return letters in Pillow's built-in typeface, turned and scaled by known amounts, as the fields of a Dataset.

    `factors` (N, 2) are the turn in degrees, counter-clockwise, and the height in pixels before it. They run along the sequence of
    Roberts (2018) that fills the plane evenly; nothing is random. Each letter's box stands in the middle of its picture.
    """
    steps = np.arange(COUNT) // len(LETTERS) + 1
    turn, scale = ((0.5 + steps[:, None] / PLASTIC ** np.array([1, 2])) % 1).T
    factors = np.stack([TURN * (2 * turn - 1), SMALLEST + (LARGEST - SMALLEST) * scale], 1)
    labels = np.arange(COUNT) % len(LETTERS)
    drawn = [_letter(letter) for letter in LETTERS]
    return {
        "name": "glyphs",
        "values": np.stack([_placed(drawn[label], *row) for label, row in zip(labels.tolist(), factors.tolist(), strict=True)]),
        "divisor": 255.0,
        "kind": "image",
        "labels": labels.astype(np.int64),
        "class_names": tuple(LETTERS),
        "factors": factors,
        "source": "Drawn here, with the typeface that Pillow brings along (Aileron)",
        "licence": "CC0",
    }


def _letter(letter: str) -> Any:
    """Return one letter, upright and large, cut to its box."""
    from PIL import Image, ImageDraw, ImageFont

    sheet = Image.new("L", (320, 320))
    ImageDraw.Draw(sheet).text((160, 160), letter, fill=255, font=ImageFont.load_default(200), anchor="mm", stroke_width=BOLD)
    return sheet.crop(sheet.getbbox())


def _placed(letter: Any, turn: float, height: float) -> np.ndarray:
    """Return the letter turned by so many degrees, so many pixels high before that, in the middle of SIDE x SIDE uint8."""
    from PIL import Image, ImageChops

    dots = SIDE * FINER
    scale, angle = letter.height / (height * FINER), math.radians(turn)
    # Pillow asks where each dot of the result comes from: back to the middle, turned back, enlarged.
    across, along = scale * math.cos(angle), scale * math.sin(angle)
    right = letter.width / 2 - dots / 2 * (across - along)
    down = letter.height / 2 - dots / 2 * (along + across)
    turned = letter.transform((dots, dots), Image.Transform.AFFINE, (across, -along, right, along, across, down), Image.Resampling.BILINEAR)
    left, top, end, bottom = turned.getbbox()
    middled = ImageChops.offset(turned, (dots - left - end) // 2, (dots - top - bottom) // 2)
    return np.asarray(middled.reduce(FINER))
